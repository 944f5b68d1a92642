package pipeline_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/pickshard/pickshard/pipeline"
	"github.com/pickshard/pickshard/pipeline/pipelinetest"
)

// site is a data set whose plan was written for workers.
type site struct {
	d       *pipelinetest.Data
	disk    *pipelinetest.Disk
	planned *pipeline.Planned
	id      string
	changes []func(*pipeline.Job)
}

func prepare(t *testing.T, d *pipelinetest.Data, changes ...func(*pipeline.Job)) *site {
	t.Helper()
	s := &site{d: d, disk: pipelinetest.NewDisk(), planned: mustPlan(t, d, changes...), changes: changes}
	if err := jobOf(d, s.disk, d.Files, changes...).Prepare(s.planned.Plan); err != nil {
		t.Fatal(err)
	}
	id, err := s.planned.Plan.Identity()
	if err != nil {
		t.Fatal(err)
	}
	s.id = id.ID()
	return s
}

// all are the shards of the site's plan.
func (s *site) all() []pipeline.ShardID {
	return []pipeline.ShardID{{Split: 0, Index: 0}, {Split: 0, Index: 1}, {Split: 0, Index: 2}, {Split: 1, Index: 0}}
}

// work builds shards on a store over the site's disk, and tells which are done.
func (s *site) work(t *testing.T, store pipeline.Store, ids ...pipeline.ShardID) (done []string, err error) {
	t.Helper()
	queue := make(chan pipeline.ShardID, len(ids))
	for _, id := range ids {
		queue <- id
	}
	close(queue)
	err = jobOf(s.d, store, s.d.Files, s.changes...).Work(t.Context(), s.planned.Plan, s.id, s.planned, queue, func(d pipeline.ShardDone) error {
		done = append(done, fmt.Sprintf("%s: %d rows, %d left out, there: %v", d.Shard, d.Rows, d.Dropped, d.There))
		return nil
	})
	slices.Sort(done)
	return done, err
}

// collected is what publishing the site takes.
func (s *site) collected() *pipeline.Collected {
	return &pipeline.Collected{Plan: s.planned.Plan, Tasks: s.planned}
}

func (s *site) finalize(t *testing.T) (*pipeline.Manifest, error) {
	t.Helper()
	return jobOf(s.d, s.disk, s.d.Files, s.changes...).Finalize(t.Context(), s.collected())
}

func (s *site) missing(t *testing.T) *pipeline.MissingError {
	t.Helper()
	missing, err := jobOf(s.d, s.disk, s.d.Files, s.changes...).Missing(t.Context(), s.collected())
	if err != nil {
		t.Fatal(err)
	}
	return missing
}

// TestWorkersMakeWhatConvertMakes: whoever builds which shard, the output is the same.
func TestWorkersMakeWhatConvertMakes(t *testing.T) {
	t.Parallel()
	d := pipelinetest.NewData()
	s := prepare(t, d)
	done, err := s.work(t, s.disk, s.all()[2], s.all()[3], s.all()[2])
	equal(t, "one worker, told of a shard twice", done, []string{"test-00000-of-00001: 2 rows, 0 left out, there: false", "train-00002-of-00003: 1 rows, 0 left out, there: false"})
	if err != nil {
		t.Error(err)
	}
	equal(t, "missing", s.missing(t).Shards, []string{"train-00000-of-00003", "train-00001-of-00003"})
	if done, err = s.work(t, s.disk, s.all()[:3]...); err != nil || !strings.Contains(strings.Join(done, "\n"), "train-00002-of-00003: 1 rows, 0 left out, there: true") {
		t.Errorf("%v, %v", done, err)
	}
	if missing := s.missing(t); missing != nil {
		t.Error(missing)
	}
	for range 2 { // doing it again changes nothing
		if _, err := s.finalize(t); err != nil {
			t.Fatal(err)
		}
		equal(t, "the output", s.disk.Files(), convert(t, d).Files())
	}
	done, err = s.work(t, noFolders{s.disk}, s.all()[0])
	if err != nil || len(done) != 1 || !strings.HasSuffix(done[0], "there: true") {
		t.Errorf("a worker that comes late: %v, %v", done, err)
	}
	equal(t, "after a worker that comes late", s.disk.Files(), convert(t, d).Files())
}

// noFolders is a store that makes no folder, as a worker's is: that the work folder is
// gone tells it that all is published.
type noFolders struct{ *pipelinetest.Disk }

func (s noFolders) Create(name string) (pipeline.StoreFile, error) {
	folders, err := s.List(path.Dir(path.Dir(name)))
	if err == nil && !slices.Contains(folders, path.Base(path.Dir(name))+"/") {
		err = fmt.Errorf("create %s: %w", name, fs.ErrNotExist)
	}
	if err != nil {
		return nil, err
	}
	return s.Disk.Create(name)
}

// TestNothingIsFinalBeforeAllRecords: an output is published once every shard is
// recorded; what is missing is named, and nothing has a final name.
func TestNothingIsFinalBeforeAllRecords(t *testing.T) {
	t.Parallel()
	s := prepare(t, pipelinetest.NewData())
	if _, err := s.work(t, s.disk, s.all()[:3]...); err != nil {
		t.Fatal(err)
	}
	_, err := s.finalize(t)
	var missing *pipeline.MissingError
	if !errors.As(err, &missing) || !slices.Equal(missing.Shards, []string{"test-00000-of-00001"}) || missing.Total != 4 {
		t.Errorf("%v", err)
	}
	says(t, "the error", err, "1 of 4 shards are missing\n  test-00000-of-00001")
	equal(t, "final names", final(s.disk.Files()), map[string]string{})
}

// TestFinalizeTrustsNoRecord: a record that is not the plan's, or whose images or files
// are not what it says, counts as missing.
func TestFinalizeTrustsNoRecord(t *testing.T) {
	t.Parallel()
	const shard, record = "train-00001-of-00003", ".pickshard/shards/train-00001-of-00003.json"
	for name, spoil := range map[string]func(*site){
		"another plan's":     func(s *site) { edit(t, s.disk, record, `"plan": "`, `"plan": "0`) },
		"another shard's":    func(s *site) { edit(t, s.disk, record, `"index": 1`, `"index": 2`) },
		"of other images":    func(s *site) { edit(t, s.disk, record, `"source": "`, `"source": "0`) },
		"of a lost file":     func(s *site) { s.disk.Remove(fileOf(t, s.disk, ".pickshard/files/"+shard)) },
		"of files elsewhere": func(s *site) { edit(t, s.disk, record, `": ".pickshard/files/`, `": "ledger/`) },
		"cut":                func(s *site) { s.disk.Write(record, s.disk.Files()[record][:100]) },
	} {
		s := prepare(t, pipelinetest.NewData())
		if _, err := s.work(t, s.disk, s.all()...); err != nil {
			t.Fatal(err)
		}
		spoil(s)
		if missing := s.missing(t); missing == nil || !slices.Equal(missing.Shards, []string{shard}) {
			t.Errorf("%s: missing are %v", name, missing)
		}
		done, err := s.work(t, s.disk, s.all()[1])
		if err != nil || len(done) != 1 || !strings.HasSuffix(done[0], "there: false") {
			t.Errorf("%s: built again: %v, %v", name, done, err)
		}
		if _, err := s.finalize(t); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// race lets another worker record a shard right before this one does.
func (s *site) race(t *testing.T, before func()) (done []string, err error) {
	t.Helper()
	var once sync.Once
	script := &pipelinetest.Script{Around: func(op pipelinetest.Op, finished bool) {
		if at(pipelinetest.StepPublish, ".pickshard/shards/")(op) && !finished {
			once.Do(before)
		}
	}}
	return s.work(t, &pipelinetest.Store{Under: s.disk, Script: script}, s.all()[0])
}

// TestCommitOnce: the first of two attempts at a shard is recorded; the second, which has
// the same bytes, finds it there and takes its files away.
func TestCommitOnce(t *testing.T) {
	t.Parallel()
	s := prepare(t, pipelinetest.NewData())
	done, err := s.race(t, func() {
		if _, err := s.work(t, s.disk, s.all()[0]); err != nil {
			t.Error(err)
		}
	})
	if err != nil || len(done) != 1 || done[0] != "train-00000-of-00003: 2 rows, 0 left out, there: true" {
		t.Errorf("%v, %v", done, err)
	}
	files := 0
	for name := range s.disk.Files() {
		if strings.HasPrefix(name, ".pickshard/files/") {
			files++
		}
	}
	if files != 2 {
		t.Errorf("%d files are left of two attempts in two formats", files)
	}
}

// TestCommitRefusesOtherBytes: two attempts with different bytes cannot be; the one that
// comes second says so, and the first one's record stands.
func TestCommitRefusesOtherBytes(t *testing.T) {
	t.Parallel()
	s := prepare(t, pipelinetest.NewData())
	const record = ".pickshard/shards/train-00000-of-00003.json"
	stands := ""
	_, err := s.race(t, func() {
		if _, err := s.work(t, s.disk, s.all()[0]); err != nil {
			t.Error(err)
		}
		edit(t, s.disk, record, `"crc32c": "`, `"crc32c": "0`)
		stands = s.disk.Files()[record]
	})
	says(t, "other bytes", err, "record shard train-00000-of-00003", "another attempt has built it with other bytes")
	equal(t, "the record", s.disk.Files()[record], stands)
}

// TestWorkNamesWhatChanged: an image that is not the planned one is named, and the error
// says that the plan no longer holds; other shards are built.
func TestWorkNamesWhatChanged(t *testing.T) {
	t.Parallel()
	d := pipelinetest.NewData()
	s := prepare(t, d)
	d.Files.Put(d.Rows["train"][3].ImageFile(), "another", pipelinetest.Written())
	done, err := s.work(t, s.disk, s.all()...)
	var changed *pipeline.InputChangedError
	if !errors.As(err, &changed) || changed.File != "images/train3.png" || !errors.Is(err, pipeline.ErrSourceChanged) || len(done) != 3 {
		t.Errorf("%v, %v", done, err)
	}
	says(t, "an image that changed", err, "build shard train-00001-of-00003: images/train3.png is not what it was when the plan was written")
}

// TestWorkWritesDownWhatIsBroken: who publishes is told why a shard is missing; once that
// is fixed the shard is built.
func TestWorkWritesDownWhatIsBroken(t *testing.T) {
	t.Parallel()
	d := pipelinetest.NewData()
	image := d.Rows["test"][1].Image
	d.Rows["test"][1].Image = "!" + image[1:]
	d.Put()
	s := prepare(t, d)
	_, err := s.work(t, s.disk, s.all()...)
	says(t, "work", err, "shard test-00000-of-00001: 1 record broke a rule", "begins with !")
	_, err = s.finalize(t)
	says(t, "finalize", err, "1 of 4 shards are missing\n  test-00000-of-00001: test row 1, field image: image.format: begins with ! (images/test1.png)")

	d.Rows["test"][1].Image = image
	d.Put()
	if _, err := s.work(t, s.disk, s.all()...); err != nil {
		t.Fatal(err)
	}
	if _, err := s.finalize(t); err != nil {
		t.Fatal(err)
	}
	equal(t, "fixed", s.disk.Files(), convert(t, d).Files())
}

// TestWorkLeavesRecordsOutAsConvertDoes: what a build leaves out is quarantined by who
// publishes.
func TestWorkLeavesRecordsOutAsConvertDoes(t *testing.T) {
	t.Parallel()
	d := pipelinetest.NewData()
	d.Rows["train"][2].Image = "!"
	d.Put()
	s := prepare(t, d, policy(pipeline.PolicyQuarantine))
	done, err := s.work(t, s.disk, s.all()...)
	if err != nil || done[2] != "train-00001-of-00003: 1 rows, 1 left out, there: false" {
		t.Errorf("%v, %v", done, err)
	}
	if _, err := s.finalize(t); err != nil {
		t.Fatal(err)
	}
	equal(t, "quarantined", s.disk.Files(), convert(t, d, policy(pipeline.PolicyQuarantine)).Files())
}

// TestWorkWantsItsOwnOutput: a folder that was not prepared for the plan, or for another
// one, is left alone.
func TestWorkWantsItsOwnOutput(t *testing.T) {
	t.Parallel()
	other := prepare(t, pipelinetest.NewData(3, 1))
	otherWhole := convert(t, pipelinetest.NewData(3, 1))
	for name, c := range map[string]struct {
		disk *pipelinetest.Disk
		is   error
	}{
		"not prepared": {pipelinetest.NewDisk(), pipeline.ErrNotPrepared}, "for another plan": {other.disk, pipeline.ErrPlanDiffers},
		"another output": {otherWhole, pipeline.ErrPlanDiffers},
	} {
		s := prepare(t, pipelinetest.NewData())
		s.disk = c.disk
		before := s.disk.Files()
		if _, err := s.work(t, s.disk, s.all()...); !errors.Is(err, c.is) {
			t.Errorf("%s: work: %v", name, err)
		}
		if _, err := s.finalize(t); !errors.Is(err, c.is) {
			t.Errorf("%s: finalize: %v", name, err)
		}
		if err := jobOf(s.d, s.disk, s.d.Files).Prepare(s.planned.Plan); name != "not prepared" && !errors.Is(err, pipeline.ErrPlanDiffers) {
			t.Errorf("%s: prepare: %v", name, err)
		}
		if name != "not prepared" {
			equal(t, name, s.disk.Files(), before)
		}
	}
}

// TestWorkEndsWhenItIsTold: an interrupt ends a worker, and what its caller cannot be told
// is an error of its own.
func TestWorkEndsWhenItIsTold(t *testing.T) {
	t.Parallel()
	s := prepare(t, pipelinetest.NewData())
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	j := s.d.Job(s.disk, s.d.Files)
	queue := make(chan pipeline.ShardID) // nobody ever names a shard
	if err := j.Work(ctx, s.planned.Plan, s.id, s.planned, queue, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("an interrupt: %v", err)
	}
	one := make(chan pipeline.ShardID, 1)
	one <- s.all()[0]
	deaf := errors.New("nobody listens")
	if err := j.Work(t.Context(), s.planned.Plan, s.id, s.planned, one, func(pipeline.ShardDone) error { return deaf }); !errors.Is(err, deaf) {
		t.Errorf("nobody listens: %v", err)
	}
}

// TestConvertGoesOnAmongWorkers: convert may take part in a written plan's work; it
// sweeps nothing that a worker has begun before it publishes.
func TestConvertGoesOnAmongWorkers(t *testing.T) {
	t.Parallel()
	d := pipelinetest.NewData()
	s := prepare(t, d)
	if _, err := s.work(t, s.disk, s.all()[1]); err != nil {
		t.Fatal(err)
	}
	begun := ".pickshard/files/train-00000-of-00003.aaaaaaaaaaaa.ledger"
	s.disk.Write(begun, "half a shard")
	j := jobOf(d, s.disk, d.Files)
	j.Observe = func(e pipeline.Event) {
		if _, there := s.disk.Files()[begun]; e.Kind == pipeline.EventShard && !there {
			t.Error("what a worker has begun is swept")
		}
	}
	if _, err := j.Convert(t.Context()); err != nil {
		t.Fatal(err)
	}
	equal(t, "the output", s.disk.Files(), convert(t, d).Files())
}
