//go:build unix

package soak

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/pickshard/pickshard/pipeline"
	"github.com/pickshard/pickshard/pipeline/pipelinetest"
	"github.com/pickshard/pickshard/stages/store/folder"
)

// TestMain makes the test binary double as a small conversion that kills itself
// at a given operation (see TestKilledAtEveryStep).
func TestMain(m *testing.M) {
	if at := os.Getenv("PICKSHARD_SOAK_KILL"); at != "" {
		os.Exit(killedConversion(at))
	}
	goleak.VerifyTestMain(m, goleak.Cleanup(func(code int) {
		removeProgram()
		os.Exit(code)
	}))
}

// killedConversion converts the small data set to the folder in the
// environment, and ends with SIGKILL at the operation "N before" or "N after".
// It prints events as JSON Lines.
func killedConversion(at string) int {
	var n int
	var side string
	if _, err := fmt.Sscan(at, &n, &side); err != nil {
		return 2
	}
	script := &pipelinetest.Script{Around: func(op pipelinetest.Op, done bool) {
		if op.N == n && done == (side == "after") {
			// SIGKILL comes at once, and is not heard of.
			_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
			time.Sleep(time.Minute)
		}
	}}
	d := newSmall()
	var tb quietTB
	store := &pipelinetest.Store{Under: folder.New(os.Getenv("PICKSHARD_SOAK_OUTPUT")), Script: script}
	job := d.job(&tb, store, d.files)
	enc := json.NewEncoder(os.Stdout)
	job.Observe = func(e pipeline.Event) { _ = enc.Encode(e) }
	if _, err := job.Convert(tb.Context()); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	for _, op := range script.Ops() {
		fmt.Fprintln(os.Stderr, op)
	}
	return 0
}

// child runs killedConversion in a process of its own.
func child(t *testing.T, output, at string) outcome {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), "PICKSHARD_SOAK_KILL="+at, "PICKSHARD_SOAK_OUTPUT="+output)
	return runCommand(t, cmd)
}

// TestKilledAtEveryStep kills a real process before and after operations of
// every kind that a run does on a real folder: one of each kind and file, or all of
// them in a soak.
func TestKilledAtEveryStep(t *testing.T) {
	whole := filepath.Join(fastDir(t), "whole")
	first := child(t, whole, "0 before")
	if first.code != 0 {
		t.Fatalf("undisturbed run: %s", first.errOut)
	}
	want := tree(t, whole)
	kinds := make(map[string][]int)
	n := 0
	for line := range strings.Lines(first.errOut) {
		n++
		_, what, _ := strings.Cut(strings.TrimSpace(line), ": ")
		kinds[kind(what)] = append(kinds[kind(what)], n)
	}
	for what, at := range kinds {
		if !thorough() {
			at = at[len(at)/2:][:1]
		}
		for _, n := range at {
			for _, side := range []string{"before", "after"} {
				killOnce(t, fmt.Sprintf("%d %s", n, side), what, want)
			}
		}
	}
	t.Logf("%d operations of %d kinds", n, len(kinds))
}

// kind names an operation without what is random in file names.
func kind(op string) string {
	step, name := op, ""
	if i := strings.LastIndexByte(op, ' '); i >= 0 {
		step, name = op[:i], op[i+1:]
	}
	switch {
	case strings.HasPrefix(name, ".pickshard/files/"):
		ext := filepath.Ext(name)
		return step + " attempt" + ext
	case strings.HasPrefix(name, ".pickshard/shards/"):
		return step + " record"
	}
	if format, rest, ok := strings.Cut(name, "/"); ok && strings.Contains(rest, "-of-") {
		return step + " shard of " + format
	}
	return step + " " + name
}

func killOnce(t *testing.T, at, what string, want map[string]string) {
	t.Helper()
	what = fmt.Sprintf("killed at %s (%s)", at, what)
	output := filepath.Join(fastDir(t), "out")
	killed := child(t, output, at)
	if killed.code != -1 {
		t.Errorf("%s: the process ended with %d: %s", what, killed.code, killed.errOut)
	}
	left := tree(t, output)
	checkFinal(t, what, left, want)
	again := child(t, output, "0 before")
	if again.code != 0 {
		t.Errorf("%s: the same again: %s", what, again.errOut)
	}
	equalFiles(t, what+", and again", tree(t, output), want)
	checkNotDoneAgain(t, what, left, events(killed.out), events(again.out), true)
	if t.Failed() {
		t.FailNow()
	}
}

// checkNotDoneAgain wants shards that were recorded before a kill, or told of,
// not to be built by the next run; ended says that that run came to its end.
func checkNotDoneAgain(t testing.TB, what string, left map[string]string, before, after []pipeline.Event, ended bool) {
	t.Helper()
	done := shardsOf(before, pipeline.EventShard)
	for name := range left {
		// An empty folder is listed with its slash alone: killed before the first record.
		if shard, ok := strings.CutPrefix(name, ".pickshard/shards/"); ok && shard != "" {
			done[strings.TrimSuffix(shard, ".json")] = true
		}
	}
	built, kept := shardsOf(after, pipeline.EventShard), shardsOf(after, pipeline.EventResumed)
	_, manifest := left["manifest.json"]
	for shard := range done {
		if built[shard] || ended && !kept[shard] && !manifest {
			t.Errorf("%s: shard %s was done, and the next run built it again (%v) or did not keep it (%v)", what, shard, built[shard], kept[shard])
		}
	}
	if manifest && len(built) > 0 {
		t.Errorf("%s: the manifest was there, and the next run built %d shards", what, len(built))
	}
}

// TestKilledAtRandom kills the real program at random moments of runs over many
// small shards, and starts the same command again and again until it completes.
func TestKilledAtRandom(t *testing.T) {
	input := demoInput(t)
	args := func(output string) []string {
		return []string{"convert", "pick-high", input, output, "--json", "--shard-rows", "1", "--workers", "2"}
	}
	reference := filepath.Join(fastDir(t), "whole")
	began := time.Now()
	mustPickshard(t, args(reference)...)
	took := time.Since(began)
	want := tree(t, reference)
	kills, rounds, budget := 0, 0, 200
	if thorough() {
		budget = 3000
	}
	chance := rand.New(rand.NewPCG(uint64(budget), 5))
	for kills < budget {
		kills += killUntilWhole(t, args(filepath.Join(fastDir(t), "out")), want, took, chance)
		rounds++
		if t.Failed() {
			t.FailNow()
		}
	}
	t.Logf("%d kills in %d conversions of %v", kills, rounds, took.Round(time.Millisecond))
}

// killUntilWhole starts a command, kills it, and starts it again, until it ends
// by itself. It returns the number of kills.
func killUntilWhole(t *testing.T, args []string, want map[string]string, took time.Duration, chance *rand.Rand) int {
	t.Helper()
	output := args[3]
	var left map[string]string
	var before []pipeline.Event
	for kills := 0; ; kills++ {
		// Late kills are as frequent as early ones: the moment is drawn over the
		// whole of a run, and each run is shorter than the one before.
		o, killed := killAfter(t, time.Duration(float64(took)*chance.Float64()*0.9), args)
		what := fmt.Sprintf("after %d kills", kills+1)
		checkNotDoneAgain(t, what, left, before, events(o.out), !killed)
		if !killed {
			if o.code != 0 {
				t.Errorf("%s: exit code %d: %s", what, o.code, o.errOut)
			}
			equalFiles(t, what, tree(t, output), want)
			return kills
		}
		left, before = tree(t, output), events(o.out)
		checkFinal(t, what, left, want)
		if t.Failed() {
			return kills
		}
	}
}

func killAfter(t *testing.T, wait time.Duration, args []string) (o outcome, killed bool) {
	t.Helper()
	var out, errOut bytes.Buffer
	cmd := exec.Command(program(t), args...)
	cmd.Stdout, cmd.Stderr = &out, &errOut
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	timer := time.AfterFunc(wait, func() { _ = cmd.Process.Kill() })
	err := cmd.Wait()
	timer.Stop()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return outcome{cmd.ProcessState.ExitCode(), out.String(), errOut.String()}, cmd.ProcessState.ExitCode() == -1
}
