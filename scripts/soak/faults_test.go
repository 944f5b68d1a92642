package soak

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"syscall"
	"testing"

	"go.uber.org/goleak"

	"github.com/pickshard/pickshard/pipeline"
	"github.com/pickshard/pickshard/pipeline/pipelinetest"
)

// operations runs the data set undisturbed, and returns what happened and what
// came of it.
func operations(t *testing.T, d *small) ([]pipelinetest.Op, map[string]string) {
	t.Helper()
	disk, script := pipelinetest.NewDisk(), &pipelinetest.Script{}
	job := d.job(t, &pipelinetest.Store{Under: disk, Script: script}, &pipelinetest.Source{Under: d.files, Script: script})
	if _, err := job.Convert(t.Context()); err != nil {
		t.Fatal(err)
	}
	return script.Ops(), disk.Files()
}

// faults lists how operations fail.
func faults() []pipelinetest.Fault {
	return []pipelinetest.Fault{
		{Err: syscall.EIO}, {Err: syscall.ENOSPC, When: pipelinetest.Half}, {When: pipelinetest.Half},
		{Err: syscall.EINTR}, {Err: syscall.EIO, When: pipelinetest.After},
	}
}

// TestEveryOperationFails lets each operation of a run fail in each way. The
// error must say which file and step it was, no final name may stand on
// something that is not whole, and the same command again must complete.
func TestEveryOperationFails(t *testing.T) {
	d := newSmall()
	ops, want := operations(t, d)
	for k, fault := range faults() {
		for n := 1 + k%pace(7); n <= len(ops); n += pace(7) {
			what := fmt.Sprintf("operation %d fails with %v, %v", n, fault.Err, fault.When)
			disk := pipelinetest.NewDisk()
			failed := failAt(t, d, disk, n, fault, what)
			if failed {
				checkFinal(t, what, disk.Files(), want)
			} else {
				equalFiles(t, what, disk.Files(), want)
			}
			disk.Restart()
			if _, err := d.job(t, disk, d.files).Convert(t.Context()); err != nil {
				t.Errorf("%s: the same command again: %v", what, err)
			}
			equalFiles(t, what+", and again", disk.Files(), want)
			if t.Failed() {
				t.Fatalf("%s: see above", what)
			}
		}
	}
	goleak.VerifyNone(t)
	t.Logf("%d operations, %d ways to fail", len(ops), len(faults()))
}

// failAt runs with one fault, and says whether the run failed.
func failAt(t *testing.T, d *small, disk *pipelinetest.Disk, n int, fault pipelinetest.Fault, what string) bool {
	t.Helper()
	script := pipelinetest.FailAt(n, fault)
	job := d.job(t, &pipelinetest.Store{Under: disk, Script: script}, &pipelinetest.Source{Under: d.files, Script: script})
	_, err := job.Convert(t.Context())
	if err == nil {
		return false
	}
	op := script.Ops()[n-1]
	var broken *pipeline.ViolationsError
	if fault.Err != nil && !errors.Is(err, fault.Err) && !errors.As(err, &broken) {
		t.Errorf("%s (%v): the error hides the reason: %v", what, op, err)
	}
	if fault.Err == syscall.EINTR && !errors.Is(err, fault.Err) {
		t.Errorf("%s (%v): a record is blamed for an interrupted call: %v", what, op, err)
	}
	if text := err.Error(); !strings.Contains(text, op.Name) || !strings.Contains(text, string(op.Step)) {
		t.Errorf("%s (%v): the error does not name the file and the step: %v", what, op, err)
	}
	return true
}

// TestPowerGoesAtEveryOperation ends the process at each operation and leaves of
// the disk what is sure and, of the rest, what chance picks. Shards whose record
// is there are not built again.
func TestPowerGoesAtEveryOperation(t *testing.T) {
	d := newSmall()
	ops, want := operations(t, d)
	chances := 2
	if thorough() {
		chances = 200
	}
	for n := 1; n <= len(ops)+1; n += pace(2) {
		for chance := range chances {
			what := fmt.Sprintf("power goes at operation %d (chance %d)", n, chance)
			disk := pipelinetest.NewDisk()
			dieAt(t, d, disk, n)
			left := disk.Crash(rand.New(rand.NewPCG(uint64(n), uint64(chance))))
			checkFinal(t, what, left.Files(), want)
			resumeAndCompare(t, d, left, want, what)
			if t.Failed() {
				t.Fatalf("%s: see above", what)
			}
		}
	}
}

// dieAt runs until the n-th operation; from there on nothing happens any more.
func dieAt(t *testing.T, d *small, disk *pipelinetest.Disk, n int) {
	t.Helper()
	dieWhen(t, d, disk, func(op pipelinetest.Op) bool { return op.N >= n })
}

// dieWhen runs until an operation is the last; from there on nothing happens.
func dieWhen(t testing.TB, d *small, disk *pipelinetest.Disk, last func(pipelinetest.Op) bool) {
	t.Helper()
	script := pipelinetest.Dying(last)
	job := d.job(t, &pipelinetest.Store{Under: disk, Script: script}, &pipelinetest.Source{Under: d.files, Script: script})
	if _, err := job.Convert(t.Context()); err != nil && !errors.Is(err, pipelinetest.ErrDead) {
		var broken *pipeline.ViolationsError // images that cannot be read any more
		if !errors.As(err, &broken) {
			t.Errorf("dying: %v", err)
		}
	}
}

// resumeAndCompare runs the same again and wants the undisturbed run's output,
// with no shard done twice.
func resumeAndCompare(t *testing.T, d *small, disk *pipelinetest.Disk, want map[string]string, what string) {
	t.Helper()
	recorded := 0
	whole := false
	for name := range disk.Files() {
		if strings.HasPrefix(name, ".pickshard/shards/") {
			recorded++
		}
		whole = whole || name == "manifest.json"
	}
	resumed, built := 0, 0
	job := d.job(t, disk, d.files)
	job.Observe = func(e pipeline.Event) {
		switch e.Kind {
		case pipeline.EventResumed:
			resumed++
		case pipeline.EventShard:
			built++
		}
	}
	if _, err := job.Convert(t.Context()); err != nil {
		t.Errorf("%s: the same command again: %v", what, err)
		return
	}
	equalFiles(t, what+", and again", disk.Files(), want)
	const shards = 4
	if !whole && (resumed != recorded || built != shards-recorded) {
		t.Errorf("%s: %d of %d shards were recorded; then %d were kept and %d built", what, recorded, shards, resumed, built)
	}
	if whole && built > 0 {
		t.Errorf("%s: the manifest was there, and %d shards were built", what, built)
	}
}

// TestAnotherRunFinishesBeforeTheLock lets a run of the same conversion come and
// go between another one's look at OUTPUT and its lock: that one must find its
// work done, and leave nothing behind.
func TestAnotherRunFinishesBeforeTheLock(t *testing.T) {
	d, disk := newSmall(), pipelinetest.NewDisk()
	came := false
	script := &pipelinetest.Script{Around: func(op pipelinetest.Op, done bool) {
		if op.Step == pipelinetest.StepLock && !done && !came {
			came = true
			if _, err := d.job(t, disk, d.files).Convert(t.Context()); err != nil {
				t.Error(err)
			}
		}
	}}
	second := d.job(t, &pipelinetest.Store{Under: disk, Script: script}, d.files)
	second.Observe = func(e pipeline.Event) {
		if e.Kind == pipeline.EventShard {
			t.Errorf("shard %s is built again", e.Shard)
		}
	}
	if _, err := second.Convert(t.Context()); err != nil {
		t.Errorf("the run that came second: %v", err)
	}
	if !came {
		t.Error("no lock was taken")
	}
	equalFiles(t, "after both", disk.Files(), d.convert(t).Files())
}
