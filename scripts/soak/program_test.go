package soak

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/pickshard/pickshard/pipeline"
)

// program builds the real pickshard once and returns its path.
func program(t testing.TB) string {
	t.Helper()
	name, err := buildProgram()
	if err != nil {
		t.Fatal(err)
	}
	return name
}

var buildProgram = sync.OnceValues(func() (string, error) {
	folder, err := os.MkdirTemp("", "pickshard-soak-")
	if err != nil {
		return "", err
	}
	return build(filepath.Join(folder, "pickshard"))
})

// build compiles pickshard to a file.
func build(name string, flags ...string) (string, error) {
	if runtime.GOOS == "windows" {
		name += ".exe"
	}
	cmd := exec.Command("go", append(append([]string{"build"}, flags...), "-o", name, "github.com/pickshard/pickshard/cmd/pickshard")...)
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", errors.Join(err, errors.New(string(out)))
	}
	return name, nil
}

// removeProgram removes what buildProgram built.
func removeProgram() {
	if name, err := buildProgram(); err == nil {
		os.RemoveAll(filepath.Dir(name))
	}
}

// outcome is how a process ended.
type outcome struct {
	code        int // -1 when a signal ended it
	out, errOut string
}

// pickshard runs the program to its end.
func pickshard(t testing.TB, args ...string) outcome {
	t.Helper()
	return runCommand(t, exec.CommandContext(t.Context(), program(t), args...))
}

func runCommand(t testing.TB, cmd *exec.Cmd) outcome {
	t.Helper()
	var out, errOut bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errOut
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return outcome{cmd.ProcessState.ExitCode(), out.String(), errOut.String()}
}

// mustPickshard runs the program, which must succeed.
func mustPickshard(t testing.TB, args ...string) outcome {
	t.Helper()
	o := pickshard(t, args...)
	if o.code != 0 {
		t.Fatalf("pickshard %s: exit code %d\n%s", strings.Join(args, " "), o.code, o.errOut)
	}
	return o
}

// fastDir returns a temporary folder in memory where there is one, so that the
// hundreds of short runs do not wait for a disk to sync; a soak uses the disk.
func fastDir(t testing.TB) string {
	t.Helper()
	if thorough() {
		return t.TempDir()
	}
	folder, err := os.MkdirTemp("/dev/shm", "pickshard-soak-")
	if err != nil {
		return t.TempDir()
	}
	t.Cleanup(func() { os.RemoveAll(folder) })
	return folder
}

// demoInput lays the demo's data out and returns its folder.
func demoInput(t testing.TB) string {
	t.Helper()
	folder := t.TempDir()
	mustPickshard(t, "demo", folder)
	return filepath.Join(folder, "input")
}

// tree returns all files under a folder by name, with their contents; empty
// folders as names that end in a slash.
func tree(t testing.TB, root string) map[string]string {
	t.Helper()
	files := make(map[string]string)
	err := filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, _ := filepath.Rel(root, name)
		rel = filepath.ToSlash(rel)
		if d.IsDir() {
			if entries, err := os.ReadDir(name); err == nil && len(entries) == 0 {
				files[rel+"/"] = ""
			}
			return nil
		}
		data, err := os.ReadFile(name)
		files[rel] = string(data)
		return err
	})
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	return files
}

// events parses the lines of --json; the last may be cut by a kill.
func events(out string) []pipeline.Event {
	var all []pipeline.Event
	for line := range strings.Lines(out) {
		var e pipeline.Event
		if json.Unmarshal([]byte(line), &e) == nil {
			all = append(all, e)
		}
	}
	return all
}

// shardsOf lists the shards that events of a kind name.
func shardsOf(all []pipeline.Event, kind pipeline.EventKind) map[string]bool {
	shards := make(map[string]bool)
	for _, e := range all {
		if e.Kind == kind {
			shards[e.Shard] = true
		}
	}
	return shards
}

// commandContext makes a command of the program.
func commandContext(ctx context.Context, t testing.TB, args ...string) *exec.Cmd {
	t.Helper()
	return exec.CommandContext(ctx, program(t), args...)
}

// pace is how many operations a sweep goes on from one to the next: n, but one by
// one in a soak.
func pace(n int) int {
	if thorough() {
		return 1
	}
	return n
}

// fewer returns the first two of a list, all of it in a soak.
func fewer[T any](all []T) []T {
	if thorough() {
		return all
	}
	return all[:2]
}
