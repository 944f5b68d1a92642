//go:build linux && !race

package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// Bounds on what any attack may cost, measured as the program itself: it is run in a
// process of its own, with its peak of memory as the kernel knows it.
const (
	attackTime   = 3 * time.Second // of CPU: 2 s on a core of its own, more where two of them share one
	attackMemory = 256 << 20
)

// program says in which file the program under test writes down its peak.
const peakVariable = "PICKSHARD_TEST_PEAK"

// notePeak writes down the peak of memory of this process, where a test asks for it.
// Until then it cannot take more than 4 GB, so that a test that fails fails alone.
func notePeak() func() {
	name := os.Getenv(peakVariable)
	if name == "" {
		return func() {}
	}
	_ = syscall.Setrlimit(syscall.RLIMIT_DATA, &syscall.Rlimit{Cur: mostMemory, Max: mostMemory})
	_ = syscall.Setrlimit(syscall.RLIMIT_CPU, &syscall.Rlimit{Cur: mostSeconds, Max: mostSeconds})
	return func() { _ = os.WriteFile(name, fmt.Append(nil, peakMemory()), 0o600) }
}

// mostMemory and mostSeconds are what a program under attack can take at all.
const (
	mostMemory  = 4 << 30
	mostSeconds = 10
)

// peakMemory is the most memory that this process ever had.
func peakMemory() int64 {
	status, _ := os.ReadFile("/proc/self/status")
	_, after, _ := strings.Cut(string(status), "VmHWM:")
	kilobytes, _, _ := strings.Cut(after, "kB")
	n, _ := strconv.ParseInt(strings.TrimSpace(kilobytes), 10, 64)
	return n << 10
}

// cost is what a run of the program took.
type cost struct {
	cpu    time.Duration
	peak   int64
	code   int
	errors string
	output int64 // bytes of stdout
}

// measure runs the program.
func measure(t *testing.T, args ...string) cost {
	t.Helper()
	peak := filepath.Join(t.TempDir(), "peak")
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "pickshard", args...)
	cmd.Env = append(os.Environ(), peakVariable+"="+peak, "GOMAXPROCS=2")
	var out counting
	var errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	err := cmd.Run()
	if exit := new(exec.ExitError); err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	c := cost{code: cmd.ProcessState.ExitCode(), errors: errs.String(), output: out.n,
		cpu: cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()}
	if data, err := os.ReadFile(peak); err != nil {
		t.Errorf("%s: was ended: %v: %.500s", args[0], cmd.ProcessState, c.errors)
	} else if _, err := fmt.Sscan(string(data), &c.peak); err != nil {
		t.Fatal(err)
	}
	return c
}

// counting counts what is written to it.
type counting struct{ n int64 }

func (c *counting) Write(b []byte) (int, error) { c.n += int64(len(b)); return len(b), nil }

// The commands that read a pickle: FILE and CONFIG are put in, OUTPUT is new each time.
var (
	looks = [][]string{
		{"inspect", "FILE"}, {"inspect", "--json", "FILE"},
		{"cat", "FILE"}, {"cat", "--csv", "FILE"}, {"cat", "--arrow", "FILE"},
	}
	converts = [][]string{
		{"convert", "--quiet", "CONFIG string", "INPUT", "OUTPUT"},
		{"convert", "--quiet", "CONFIG json", "INPUT", "OUTPUT"},
	}
	ways = append(slices.Clone(looks), converts...)
)

const attackConfig = `
version: 1
name: attack
splits: {train: {records: %s}}
fields: {a: {type: %s, nullable: true}}
output: {formats: [parquet]}
`

// attackArgs fills in a way, and writes the config it names.
func attackArgs(way []string, file, output string) ([]string, error) {
	args := slices.Clone(way)
	for i, w := range way {
		name, typ, _ := strings.Cut(w, " ")
		switch name {
		case "FILE":
			args[i] = file
		case "CONFIG":
			args[i] = output + ".yaml"
			if err := os.WriteFile(args[i], fmt.Appendf(nil, attackConfig, filepath.Base(file), typ), 0o600); err != nil {
				return nil, err
			}
		case "INPUT":
			args[i] = filepath.Dir(file)
		case "OUTPUT":
			args[i] = output
		}
	}
	return args, nil
}

// assault runs an attack in the given ways.
func assault(t *testing.T, a attack, ways ...[]string) {
	t.Helper()
	folder := t.TempDir()
	name := a.file
	if name == "" {
		name = "pickle.pkl"
	}
	file := filepath.Join(folder, "in", name)
	data := a.data()
	if err := errors.Join(os.Mkdir(filepath.Dir(file), 0o700), os.WriteFile(file, data, 0o600)); err != nil {
		t.Fatal(err)
	}
	for i, way := range ways {
		var c cost
		// A busy machine adds to the time of a run, never takes from it.
		for try := range 3 {
			args, err := attackArgs(way, file, filepath.Join(folder, fmt.Sprintf("out%d-%d", i, try)))
			if err != nil {
				t.Fatal(err)
			}
			if way[0] != "convert" {
				args = append(args, a.args...)
			}
			if c = measure(t, args...); c.cpu <= attackTime {
				break
			}
		}
		told := fmt.Sprintf("%s (%d bytes): %s: exit code %d, %v, %d MB, printed %d bytes: %.300s",
			a.name, len(data), strings.Join(way, " "), c.code, c.cpu.Round(time.Millisecond), c.peak>>20, c.output, c.errors)
		switch {
		case c.cpu > attackTime, c.peak > attackMemory, len(c.errors) > 4000, c.code < 0 || c.code > 3:
			t.Error(told)
		default:
			t.Log(told)
		}
	}
}

// TestReported: files that once took all memory are refused, by every command.
func TestReported(t *testing.T) {
	t.Parallel()
	for _, a := range reported() {
		t.Run(a.name, func(t *testing.T) {
			t.Parallel()
			assault(t, a, ways...)
		})
	}
}

// TestSharedConvert: convert, a process each.
func TestSharedConvert(t *testing.T) {
	t.Parallel()
	for _, c := range constructors() {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			for _, size := range [][2]int{{3, 300}, {24, 2}} {
				for _, p := range placements()[:3] {
					name := fmt.Sprintf("%s of %d by %d", p.name, size[0], size[1])
					assault(t, attack{name: name, data: pickleOf(func(o *opcodes) { p.put(o, c.nested(size[0], size[1])) })}, converts...)
				}
			}
		})
	}
}

// TestRepeated: nor does one long value in many places.
func TestRepeated(t *testing.T) {
	t.Parallel()
	for _, a := range repeated() {
		t.Run(a.name, func(t *testing.T) {
			t.Parallel()
			assault(t, a, ways...)
		})
	}
}
