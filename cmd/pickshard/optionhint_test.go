package main

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"github.com/pickshard/pickshard/configs"
)

func command(t *testing.T, name string) *cobra.Command {
	t.Helper()
	cmd, _, err := newRoot(&streams{out: &bytes.Buffer{}, err: &bytes.Buffer{}}).Find([]string{name})
	if err != nil {
		t.Fatal(err)
	}
	return cmd
}

// What fixes an error is a flag of the command at hand, or a key that configs have.
func TestOptionHintsNameWhatThereIs(t *testing.T) {
	t.Parallel()
	keys := map[string]bool{}
	for _, f := range reflect.VisibleFields(reflect.TypeFor[configs.Table]()) {
		key, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		keys[key] = true
	}
	for _, o := range readOptions() {
		err := fmt.Errorf("read: %w", o.err)
		for _, name := range []string{"cat", "inspect"} {
			if got := optionHint(command(t, name), err); !strings.HasPrefix(got, "`--"+o.flag+"`") {
				t.Errorf("%s: %s", name, got)
			}
		}
		got := optionHint(command(t, "convert"), err)
		key, _, _ := strings.Cut(o.key, ":")
		if !keys[key] || !strings.Contains(got, "`"+o.key+"`") || strings.Contains(got, "--") {
			t.Errorf("convert: %s; keys %v", got, keys)
		}
	}
}

// literals calls each with the text literals of the sources below a folder, line by line.
func literals(t *testing.T, root string, each func(path, text string)) {
	t.Helper()
	literal := regexp.MustCompile("\"(?:[^\"\\\\]|\\\\.)*\"|`[^`]*`")
	err := filepath.WalkDir(root, func(path string, _ fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		source, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for line := range strings.SplitSeq(string(source), "\n") {
			if strings.HasPrefix(strings.TrimSpace(line), "//") {
				continue
			}
			for _, text := range literal.FindAllString(line, -1) {
				each(path, text)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func hasFlag(cmd *cobra.Command, name string) bool {
	return cmd.Flags().Lookup(name) != nil || cmd.InheritedFlags().Lookup(name) != nil
}

// Messages of the packages below know no command: a flag that they name is convert's, or
// that of the one command that a file is for, unless it is another program's.
func TestMessagesNameFlagsOfConvert(t *testing.T) {
	t.Parallel()
	flag := regexp.MustCompile(`(?:^|[ (,;"])--([a-z][a-z-]+)`)
	whose := regexp.MustCompile(`^"pickshard ([a-z]+) `)
	others := regexp.MustCompile("`(?:zip|tar|xz|rhash|git|ulimit|pickshard)[^`]*`") // those of pickshard are judged by TestMessagesNameCommands
	foreign := map[string]bool{"sparse": true}                                       // of tar, in words
	seen := 0
	for _, root := range []string{"../../stages", "../../pipeline", "../../configs", "../../schema"} {
		literals(t, root, func(path, text string) {
			name := "convert"
			for _, other := range []string{"diff", "verify"} {
				if strings.HasPrefix(filepath.Base(path), other) {
					name = other
				}
			}
			if strings.Contains(filepath.ToSlash(path), "pipeline/compare/") {
				name = "diff"
			}
			if m := whose.FindStringSubmatch(text); m != nil { // a whole command line
				name = m[1]
			}
			for _, m := range flag.FindAllStringSubmatch(others.ReplaceAllString(text, ""), -1) {
				if seen++; !hasFlag(command(t, name), m[1]) && !foreign[m[1]] {
					t.Errorf("%s: %s has no --%s: %s", path, name, m[1], text)
				}
			}
		})
	}
	if seen == 0 {
		t.Error("no message with a flag was found")
	}
}

// A command that any message names is there, and has the flags that it is named with.
func TestMessagesNameCommands(t *testing.T) {
	t.Parallel()
	named := regexp.MustCompile("`pickshard ([a-z][a-z-]*)([^`\"]*)")
	flag := regexp.MustCompile(`--([a-z][a-z-]+)`)
	seen := 0
	for _, root := range []string{".", "../../stages", "../../pipeline", "../../configs", "../../schema"} {
		literals(t, root, func(path, text string) {
			for _, m := range named.FindAllStringSubmatch(text, -1) {
				cmd := command(t, m[1])
				if seen++; cmd.Name() != m[1] {
					t.Errorf("%s: there is no pickshard %s: %s", path, m[1], text)
				}
				for _, f := range flag.FindAllStringSubmatch(m[2], -1) {
					if !hasFlag(cmd, f[1]) {
						t.Errorf("%s: %s has no --%s: %s", path, m[1], f[1], text)
					}
				}
			}
		})
	}
	if seen < 5 {
		t.Errorf("%d messages with a command were found", seen)
	}
}
