//go:build linux && !race

package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestShared: every constructor that holds others, some levels deep and some wide,
// wherever a pickle can have a value. There are too many for a process each: one runs
// inspect and cat in turn, and its peak is set back before each.
func TestShared(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	list, err := os.Create(filepath.Join(folder, "list"))
	if err != nil {
		t.Fatal(err)
	}
	files, n := 0, 0
	sizes := [][2]int{{3, 300}, {24, 2}}
	for i, c := range constructors() {
		for k, p := range placements() {
			if (i+2*k)%5 != 0 && os.Getenv("PICKSHARD_SOAK") == "" {
				continue // a fifth of them, with each constructor and each place; all in a soak
			}
			size := sizes[(i+k)%2]
			data := pickleOf(func(o *opcodes) { p.put(o, c.nested(size[0], size[1])) })()
			name := filepath.Join(folder, strings.ReplaceAll(fmt.Sprintf("%s-%s-%dx%d", c.name, p.name, size[0], size[1]), " ", "_"), "x.pkl")
			if err := errors.Join(os.Mkdir(filepath.Dir(name), 0o700), os.WriteFile(name, data, 0o600)); err != nil {
				t.Fatal(err)
			}
			n += len(turn(files))
			files++
			fmt.Fprintln(list, name)
		}
	}
	if err := list.Close(); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), "pickshard-in-turn", list.Name())
	cmd.Env = append(os.Environ(), "GOMAXPROCS=2")
	var errs bytes.Buffer
	cmd.Stderr = &errs
	out, err := cmd.Output()
	done := 0
	for line := range strings.Lines(string(out)) {
		var c cost
		var name, way string
		var cpu, peak int64
		if _, err := fmt.Sscan(line, &name, &way, &c.code, &cpu, &peak); err != nil {
			t.Errorf("%q: %v", line, err) // it was ended here
			continue
		}
		done++
		if time.Duration(cpu) > attackTime || peak > attackMemory || c.code == 2 {
			t.Errorf("%s: %s: exit code %d, %v, %d MB", filepath.Base(filepath.Dir(name)), way, c.code, time.Duration(cpu), peak>>20)
		}
	}
	if err != nil || done != n {
		t.Errorf("%d of %d runs: %v: %.2000s", done, n, err, errs.String())
	}
}

// turn is how the i-th file is looked at: the first of each constructor in every way,
// others in one.
func turn(i int) [][]string {
	if i%len(placements()) == 0 {
		return looks
	}
	return looks[i%len(looks):][:1]
}

// inTurn inspects and prints every file of a list and says what it took.
func inTurn(list string) error {
	_ = syscall.Setrlimit(syscall.RLIMIT_DATA, &syscall.Rlimit{Cur: mostMemory, Max: mostMemory})
	data, err := os.ReadFile(list)
	if err != nil {
		return err
	}
	for i, name := range strings.Fields(string(data)) {
		for _, way := range turn(i) {
			args, err := attackArgs(way, name, "")
			if err != nil {
				return err
			}
			fmt.Print(name, " ", strings.Join(way[:len(way)-1], ""))
			code, cpu, peak, err := inspectOnce(args)
			// A busy machine adds to the time of a run, never takes from it.
			for range 2 {
				if err != nil || cpu <= attackTime {
					break
				}
				code, cpu, peak, err = inspectOnce(args)
			}
			if err != nil {
				return err
			}
			fmt.Println("", code, int64(cpu), peak)
		}
	}
	return nil
}

// inspectOnce runs one command line and says its exit code, the CPU time it took and
// the most memory the process had meanwhile, in bytes.
func inspectOnce(args []string) (code int, cpu time.Duration, peak int64, err error) {
	debug.FreeOSMemory()
	if err := os.WriteFile("/proc/self/clear_refs", []byte("5"), 0); err != nil {
		return 0, 0, 0, err
	}
	before := cpuTime()
	code = run(context.Background(), args, strings.NewReader(""), io.Discard, io.Discard)
	return code, cpuTime() - before, peakMemory(), nil
}

func cpuTime() time.Duration {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
