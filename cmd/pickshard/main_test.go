package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

var update = flag.Bool("update", false, "rewrite the expected output in testdata/script")

// frames is absolute, as scripts run in folders of their own.
var frames = func() string {
	name, err := filepath.Abs("../../stages/read/pandas/testdata/pandas-2.3.3")
	if err != nil {
		panic(err)
	}
	return name
}()

// TestMain makes the test binary double as pickshard, so that scripts run the
// real program in a process of its own.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"pickshard": func() {
			peak := notePeak()
			code := run(context.Background(), os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
			peak()
			os.Exit(code)
		},
		"pickshard-in-turn": func() {
			if err := inTurn(os.Args[1]); err != nil {
				panic(err)
			}
		},
	})
}

// TestScript runs testdata/script/*.txtar: a command line, and what it prints.
func TestScript(t *testing.T) {
	t.Parallel()
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		UpdateScripts:       *update,
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"demo":  layOutDemo,
			"frame": copyFrame,
			"patch": patch,
			"forge": forge,
			"copy":  copyFolder,
			"same":  same,
			"code":  code,
			"json":  checkJSON,
			"pack":  pack,
		},
	})
}

// demo FOLDER lays the demo's input out.
func layOutDemo(ts *testscript.TestScript, _ bool, args []string) {
	ts.Check(layOut(ts.MkAbs(args[0])))
}

// frame NAME FILE copies a pickle that pandas 2.3.3 made.
func copyFrame(ts *testscript.TestScript, _ bool, args []string) {
	data, err := os.ReadFile(filepath.Join(frames, args[0]))
	ts.Check(err)
	ts.Check(os.MkdirAll(filepath.Dir(ts.MkAbs(args[1])), 0o777))
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), data, 0o666))
}

// patch FILE truncate N | append TEXT | flip N | write TEXT damages a file.
func patch(ts *testscript.TestScript, _ bool, args []string) {
	name := ts.MkAbs(args[0])
	data, err := os.ReadFile(name)
	ts.Check(err)
	n := 0
	if args[1] == "truncate" || args[1] == "flip" {
		_, err := fmt.Sscan(args[2], &n)
		ts.Check(err)
	}
	switch args[1] {
	case "truncate":
		data = data[:n]
	case "append":
		data = append(data, args[2]...)
	case "flip":
		data[n] ^= 1
	case "write":
		data = []byte(args[2])
	}
	ts.Check(os.WriteFile(name, data, 0o666))
}

// forge MANIFEST OLD NEW replaces a text and makes the manifest's digest fit, as
// whoever hands it over would.
func forge(ts *testscript.TestScript, _ bool, args []string) {
	name := ts.MkAbs(args[0])
	text := strings.ReplaceAll(ts.ReadFile(args[0]), args[1], args[2])
	digest := regexp.MustCompile(`"manifest_sha256": "[^"]*"`)
	sum := sha256.Sum256([]byte(digest.ReplaceAllString(text, `"manifest_sha256": ""`)))
	text = digest.ReplaceAllString(text, `"manifest_sha256": "`+hex.EncodeToString(sum[:])+`"`)
	ts.Check(os.WriteFile(name, []byte(text), 0o666))
}

// copy FROM TO copies a folder.
func copyFolder(ts *testscript.TestScript, _ bool, args []string) {
	ts.Check(os.CopyFS(ts.MkAbs(args[1]), os.DirFS(ts.MkAbs(args[0]))))
}

// same A B compares two folders file by file.
func same(ts *testscript.TestScript, neg bool, args []string) {
	a, b := tree(ts, ts.MkAbs(args[0])), tree(ts, ts.MkAbs(args[1]))
	var diff strings.Builder
	for name, data := range a {
		if other, ok := b[name]; !ok {
			fmt.Fprintf(&diff, "%s is only in %s\n", name, args[0])
		} else if other != data {
			fmt.Fprintf(&diff, "%s differs\n", name)
		}
	}
	for name := range b {
		if _, ok := a[name]; !ok {
			fmt.Fprintf(&diff, "%s is only in %s\n", name, args[1])
		}
	}
	if (diff.Len() > 0) != neg {
		ts.Fatalf("folders %s and %s: %s", args[0], args[1], &diff)
	}
}

func tree(ts *testscript.TestScript, root string) map[string]string {
	files := make(map[string]string)
	ts.Check(filepath.WalkDir(root, func(name string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(name)
		files[strings.TrimPrefix(name, root)] = string(data)
		return err
	}))
	return files
}

// code N COMMAND... runs a command that must end with that exit code.
func code(ts *testscript.TestScript, _ bool, args []string) {
	err := ts.Exec(args[1], args[2:]...)
	got := 0
	if err != nil {
		// testscript gives the exit status in the error's text alone.
		if _, serr := fmt.Sscanf(err.Error(), "exit status %d", &got); serr != nil {
			ts.Fatalf("%v", err)
		}
	}
	if fmt.Sprint(got) != args[0] {
		ts.Fatalf("exit code is %d, want %s", got, args[0])
	}
}

// json stdout checks that every line is a JSON value.
func checkJSON(ts *testscript.TestScript, _ bool, args []string) {
	for line := range strings.Lines(ts.ReadFile(args[0])) {
		if !json.Valid([]byte(line)) {
			ts.Fatalf("not JSON: %s", line)
		}
	}
}
