package soak

import (
	"errors"
	"io/fs"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pickshard/pickshard/pipeline"
	"github.com/pickshard/pickshard/pipeline/pipelinetest"
	"github.com/pickshard/pickshard/stages/write/conformance"
)

// TestSourceChangesUnderneath changes the input at each reading operation of a
// run: what was planned with is not what is there. The run must say so and name
// the file, or not be touched by it; nothing final may come of a mixture.
func TestSourceChangesUnderneath(t *testing.T) {
	const image = "train/refine_image/3.png"
	later := written().Add(time.Minute)
	old := newSmall().tables["train"].Rows[3][2].(conformance.Image).Data
	for what, change := range map[string]struct {
		name string
		do   func(d *small)
		is   error
	}{
		"an image grows":              {image, func(d *small) { d.files.Put(image, string(old)+"x", later) }, pipeline.ErrSourceChanged},
		"an image is cut":             {image, func(d *small) { d.files.Put(image, string(old[:50]), written()) }, pipeline.ErrSourceChanged},
		"an image is written again":   {image, func(d *small) { d.files.Put(image, string(conformance.Noise(len(old), 1)), later) }, pipeline.ErrSourceChanged},
		"an image goes":               {image, func(d *small) { d.files.Remove(image) }, fs.ErrNotExist},
		"a pickle is replaced":        {"train.pkl", func(d *small) { d.files.Put("train.pkl", "other", later) }, pipeline.ErrSourceChanged},
		"a pickle is touched":         {"test.pkl", func(d *small) { d.files.Put("test.pkl", pickled(d.tables["test"]), later) }, pipeline.ErrSourceChanged},
		"a pickle goes":               {"test.pkl", func(d *small) { d.files.Remove("test.pkl") }, fs.ErrNotExist},
		"a file that is not read yet": {"none.png", func(d *small) { d.files.Put("none.png", "x", later) }, nil},
	} {
		ops, whole := operations(t, newSmall())
		noticed := 0
		for n := 1; n <= len(ops); n += pace(2) {
			d, disk := newSmall(), pipelinetest.NewDisk()
			planned := false // the change comes after the file was looked at
			changed, looked := false, false
			var mu sync.Mutex // a shard is synced beside the next one
			script := &pipelinetest.Script{Around: func(op pipelinetest.Op, done bool) {
				mu.Lock()
				defer mu.Unlock()
				table, isTable := strings.CutSuffix(change.name, ".pkl")
				planned = planned || done && op.Name == change.name || isTable && strings.HasPrefix(op.Name, table+"/")
				looked = looked || changed && !done && op.Name == change.name
				if op.N == n && !done && planned {
					change.do(d)
					changed, looked = true, op.Name == change.name
				}
			}}
			job := d.job(t, &pipelinetest.Store{Under: disk, Script: script}, &pipelinetest.Source{Under: d.files, Script: script})
			_, err := job.Convert(t.Context())
			if err == nil {
				if looked && change.is != nil {
					t.Errorf("%s at operation %d: the file was looked at again, and nothing noticed", what, n)
				}
				if name := change.name; strings.HasSuffix(name, ".pkl") && changed && n < firstFinal(ops) {
					t.Errorf("%s at operation %d: before the first final name, and nothing noticed", what, n)
				}
				equalFiles(t, what, disk.Files(), whole) // all of the old state
				continue
			}
			noticed++
			if !errors.Is(err, change.is) || !strings.Contains(err.Error(), change.name) {
				t.Errorf("%s at operation %d: the error is not %v, or names not %s: %v", what, n, change.is, change.name, err)
			}
			for name := range disk.Files() {
				if final(name) {
					t.Errorf("%s at operation %d: %s is final", what, n, name)
				}
			}
			if t.Failed() {
				t.FailNow()
			}
		}
		if change.is != nil && noticed == 0 {
			t.Errorf("%s: never noticed", what)
		}
		t.Logf("%s: noticed at %d of %d operations", what, noticed, len(ops))
	}
}

// firstFinal is the last moment to look at the input: what comes just before the
// first final name is given.
func firstFinal(ops []pipelinetest.Op) int {
	for i, op := range ops {
		if op.Step == pipelinetest.StepPublish && final(op.Name) {
			return ops[i].N - 5 // a look at each pickle, and at what another goroutine does
		}
	}
	return 0
}

// TestUnfinishedRunGivesWayToChangedInput begins a conversion and changes the
// input, as people do who fix it: the same command makes all of it again, with
// --update and without. Another config is refused unless it comes with --update.
func TestUnfinishedRunGivesWayToChangedInput(t *testing.T) {
	for _, update := range []bool{false, true} {
		d, disk := newSmall(), pipelinetest.NewDisk()
		dieAt(t, d, disk, 150)
		disk.Restart()
		d.grow("train", 7)
		want := d.fresh(t, change{})
		other := d.job(t, disk, d.files)
		other.Spec.Config = []byte(`{"name":"other"}`)
		before := disk.Files()
		if _, err := other.Convert(t.Context()); !errors.Is(err, pipeline.ErrPlanDiffers) {
			t.Errorf("another config: %v", err)
		}
		equalFiles(t, "another config was refused", disk.Files(), before)
		if update {
			updateAndCompare(t, d, change{}, disk, want, "unfinished run of another input")
			continue
		}
		if _, err := d.job(t, disk, d.files).Convert(t.Context()); err != nil {
			t.Errorf("the same command again: %v", err)
		}
		equalFiles(t, "unfinished run of another input, again", disk.Files(), want)
	}
}

// TestInputChangesBetweenRuns cuts a run, changes images that shards were built
// from, and spoils what was built: the same command must not take the old shards.
func TestInputChangesBetweenRuns(t *testing.T) {
	old := newSmall().tables["train"].Rows[0][3].(conformance.Image)
	for what, change := range map[string]func(d *small, disk *pipelinetest.Disk, attempt string){
		"an image changes": func(d *small, _ *pipelinetest.Disk, _ string) {
			d.replace("train", 0, 3, conformance.Noise(len(old.Data), 4), written().Add(time.Hour))
		},
		"a built file goes": func(_ *small, disk *pipelinetest.Disk, attempt string) { _ = disk.Remove(attempt) },
		"a built file is cut": func(_ *small, disk *pipelinetest.Disk, attempt string) {
			disk.Write(attempt, disk.Files()[attempt][:100])
		},
	} {
		d, disk := newSmall(), pipelinetest.NewDisk()
		dieWhen(t, d, disk, func(op pipelinetest.Op) bool { return op.Step == pipelinetest.StepPublish && final(op.Name) })
		disk.Restart()
		attempt, recorded := "", 0
		for name := range disk.Files() {
			if strings.HasPrefix(name, ".pickshard/files/train-00000-of-") {
				attempt = name
			}
			if strings.HasPrefix(name, ".pickshard/shards/") {
				recorded++
			}
		}
		if recorded != 4 || attempt == "" {
			t.Fatalf("%d shards were recorded before the cut", recorded)
		}
		change(d, disk, attempt)
		if _, err := d.job(t, disk, d.files).Convert(t.Context()); err != nil {
			t.Errorf("%s: %v", what, err)
		}
		equalFiles(t, what, disk.Files(), d.convert(t).Files())
	}
}
