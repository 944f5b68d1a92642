package pipeline_test

import (
	"context"
	"errors"
	"io/fs"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/pickshard/pickshard/pipeline"
	"github.com/pickshard/pickshard/pipeline/pipelinetest"
)

// build builds the first shard of a data set's plan.
func build(ctx context.Context, j *pipeline.Job) error {
	planned, err := pipeline.MakePlan(ctx, j.Spec, j.Source, j.Loader, func(pipeline.Event) {})
	if err != nil {
		return err
	}
	task, err := planned.Task(pipeline.ShardID{})
	if err != nil {
		return err
	}
	b := &pipeline.Builder{
		Plan: planned.Plan, PlanID: "0", Checker: j.Checker, Store: j.Store, Spec: j.Spec,
		Budget: pipeline.NewBudget(j.Memory), Workers: j.Workers, Readers: j.Readers, Progress: j.Progress,
	}
	b.Init()
	_, err = b.Build(ctx, task, j.Spec.Formats, "aaaaaaaaaaaa")
	return err
}

// TestBuildReadsAnImageOnce: however many formats are written, each image is read once.
func TestBuildReadsAnImageOnce(t *testing.T) {
	t.Parallel()
	d, script := pipelinetest.NewData(), &pipelinetest.Script{}
	if _, err := jobOf(d, pipelinetest.NewDisk(), &pipelinetest.Source{Under: d.Files, Script: script}).Convert(t.Context()); err != nil {
		t.Fatal(err)
	}
	reads := count(script, pipelinetest.StepImage)
	for name, n := range reads {
		if n != 1 {
			t.Errorf("%s is read %d times", name, n)
		}
	}
	if want := len(count(script, pipelinetest.StepFind)) - len(d.Splits); len(reads) != want {
		t.Errorf("%d of %d images are read", len(reads), want)
	}
}

// TestBuildBytesAreTheInputsAlone: neither the number of workers and readers nor the
// memory that they have changes a byte.
func TestBuildBytesAreTheInputsAlone(t *testing.T) {
	t.Parallel()
	d := pipelinetest.NewData(17, 5)
	want := convert(t, d).Files()
	for _, workers := range []int{2, 7} {
		got := convert(t, d, func(j *pipeline.Job) { j.Workers, j.Readers, j.Memory = workers, 3*workers, int64(workers)<<16 })
		equal(t, "with more workers", got.Files(), want)
	}
}

// TestBuildKeepsItsBudget: the images in hand at once take no more memory than there is,
// however many readers there are.
func TestBuildKeepsItsBudget(t *testing.T) {
	t.Parallel()
	const buffer, readers = 64 << 10, 8 // the least that an image takes
	for memory, want := range map[int64]int{buffer: 1, 3 * buffer: 3, 100 * buffer: readers} {
		synctest.Test(t, func(t *testing.T) {
			d := pipelinetest.NewData(30, 0)
			for i := range d.Rows["train"] {
				d.Rows["train"][i].Image, d.Rows["train"][i].Views = "odd", nil // odd sizes count as read from a disk
			}
			d.Put()
			var read atomic.Int64
			reading, goOn := make(chan string, 100), make(chan bool)
			src := &pipelinetest.Source{Under: d.Files, Script: &pipelinetest.Script{Around: func(op pipelinetest.Op, done bool) {
				// The first ones come from a disk, so that more readers are sent for.
				if op.Step == pipelinetest.StepImage && !done && read.Add(1) > readers {
					reading <- op.Name
					<-goOn
				}
			}}}
			j := jobOf(d, pipelinetest.NewDisk(), src, spec(func(s *pipeline.Spec) { s.ShardRows = 0 }), func(j *pipeline.Job) { j.Workers, j.Readers, j.Memory = readers, readers, memory })
			done := make(chan error)
			go func() { done <- build(t.Context(), j) }()
			synctest.Wait() // until whoever can read is reading
			if len(reading) != want {
				t.Errorf("%d images are read at once with %d bytes, want %d", len(reading), memory, want)
			}
			close(goOn)
			if err := <-done; err != nil {
				t.Error(err)
			}
		})
	}
}

// TestBuildRefusesAChangedImage: an image that is not the one that was planned with
// stops the run, which says so, and leaves nothing final.
func TestBuildRefusesAChangedImage(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change func(d *pipelinetest.Data, name, data string)
		is     error
	}{
		"another size": {func(d *pipelinetest.Data, name, data string) { d.Files.Put(name, data+"x", pipelinetest.Written()) }, pipeline.ErrSourceChanged},
		"another time": {func(d *pipelinetest.Data, name, data string) {
			d.Files.Put(name, data, pipelinetest.Written().Add(time.Second))
		}, pipeline.ErrSourceChanged},
		"gone": {func(d *pipelinetest.Data, name, _ string) { d.Files.Remove(name) }, fs.ErrNotExist},
	} {
		d, disk := pipelinetest.NewData(), pipelinetest.NewDisk()
		row := &d.Rows["train"][1]
		j := jobOf(d, disk, d.Files, policy(pipeline.PolicySkip), func(j *pipeline.Job) {
			j.Observe = func(e pipeline.Event) {
				if e.Kind == pipeline.EventPlanned {
					c.change(d, row.ImageFile(), row.Image)
				}
			}
		})
		_, err := j.Convert(t.Context())
		var hinted *pipeline.Hinted
		if !errors.Is(err, c.is) || !errors.As(err, &hinted) || !strings.Contains(hinted.Hint, "the input must not change") {
			t.Errorf("%s: %v", name, err)
		}
		says(t, name, err, row.ImageFile(), "build shard train-00000-of-00003")
		equal(t, name, final(disk.Files()), map[string]string{})
	}
}

// TestBuildGoesByThePolicy: what becomes of a record whose image turns out to be broken.
func TestBuildGoesByThePolicy(t *testing.T) {
	t.Parallel()
	broken := func() *pipelinetest.Data {
		d := pipelinetest.NewData()
		d.Rows["train"][2].Image, d.Rows["train"][4].Views[0] = "!broken", "!broken too"
		d.Put()
		return d
	}
	disk := pipelinetest.NewDisk()
	_, err := jobOf(broken(), disk, broken().Files).Convert(t.Context())
	says(t, "fail", err, "stopped at the first shards with broken images: at least ", "broke a rule", "image.format: begins with !")
	equal(t, "fail", final(disk.Files()), map[string]string{})

	for _, p := range []pipeline.Policy{pipeline.PolicySkip, pipeline.PolicyQuarantine} {
		d, told := broken(), &events{}
		files := convert(t, d, policy(p), told.listen).Files()
		m, err := pipeline.ReadManifest(pipelinetest.DiskOf(files))
		if err != nil {
			t.Fatal(err)
		}
		if m.Rows != 5 || m.Dropped != 2 || m.Splits[0].Dropped[pipeline.RuleFormat] != 2 || m.Splits[0].Shards[1].Rows != 1 || len(told.shards(pipeline.EventDropped)) != 2 {
			t.Errorf("%s: %d rows, %d dropped, %+v", p, m.Rows, m.Dropped, m.Splits[0])
		}
		if _, there := files["quarantine/train.jsonl"]; there != (p == pipeline.PolicyQuarantine) {
			t.Errorf("%s: quarantine is there: %v", p, there)
		}
		// The shard is that of the records that are left, byte for byte.
		rest := pipelinetest.NewData()
		rest.Rows["train"] = slices.Delete(rest.Rows["train"], 4, 5)
		rest.Rows["train"][2], rest.Rows["train"] = rest.Rows["train"][3], rest.Rows["train"][:3]
		rest.Put()
		if want := convert(t, rest).Files()["ledger/train/1-2.ledger"]; files["ledger/train/1-3.ledger"] != want {
			t.Errorf("%s: the shard is not that of the record that is left", p)
		}
	}
}

// rules sets the rules of a job.
func rules(r ...pipeline.Rule) func(*pipeline.Job) {
	return spec(func(s *pipeline.Spec) { s.Rules = r })
}

// noMarks is a rule over images that those break which have a "?" in them.
func noMarks(s pipeline.Severity) pipeline.Rule {
	return pipeline.Rule{About: pipeline.About{ID: "image.mark", Of: pipeline.UnitImages}, Severity: s,
		Image: func(data []byte, _ pipeline.Head, name []byte) *pipeline.Fault {
			if strings.Contains(string(data), "?") {
				return &pipeline.Fault{Detail: "a mark in " + string(name), Cause: "a mark"}
			}
			return nil
		}}
}

// marked is a data set of which three images have a mark, in two records.
func marked() *pipelinetest.Data {
	d := pipelinetest.NewData()
	d.Rows["train"][0].Image, d.Rows["train"][2].Views[1], d.Rows["train"][2].Image = "what?", "why?", "who?"
	d.Put()
	return d
}

// TestBuildAsksRulesOfImages: a rule over images is asked about every image that may be
// written, and its severity decides what becomes of the record; a warning leaves it in.
func TestBuildAsksRulesOfImages(t *testing.T) {
	t.Parallel()
	for severity, want := range map[pipeline.Severity]struct{ rows, violated, checked int64 }{
		pipeline.SeverityWarn: {7, 3, 12}, pipeline.SeveritySkip: {5, 3, 12}, pipeline.SeverityQuarantine: {5, 3, 12}, pipeline.SeverityOff: {7, 0, 0},
	} {
		m := convertTo(t, pipelinetest.NewDisk(), marked(), rules(noMarks(severity)))
		var got struct{ rows, violated, checked int64 }
		got.rows = m.Rows
		for _, r := range m.Rules {
			if r.Rule == "image.mark" {
				got.violated, got.checked = got.violated+r.Violated, got.checked+r.Checked
			}
		}
		if got != want {
			t.Errorf("%s: %+v, want %+v", severity, got, want)
		}
		if told := len(m.Violations); int64(told) != want.violated {
			t.Errorf("%s: told are %v", severity, m.Violations)
		}
	}
	_, err := jobOf(marked(), pipelinetest.NewDisk(), marked().Files, rules(noMarks(pipeline.SeverityFail))).Convert(t.Context())
	says(t, "fail", err, "image.mark: a mark in train")
}

// TestBuildStopsOverTheLimit: a rule that is broken more often than is tolerated stops a
// run whatever its severity; a run that goes on counts what the one before has found.
func TestBuildStopsOverTheLimit(t *testing.T) {
	t.Parallel()
	limit := func(text string) func(*pipeline.Job) {
		r := noMarks(pipeline.SeverityWarn)
		var err error
		if r.Tolerate, err = pipeline.ParseTolerance(text); err != nil {
			t.Fatal(err)
		}
		return rules(r)
	}
	convert(t, marked(), limit("3"))
	convert(t, marked(), limit("40%"))
	for _, text := range []string{"2", "0", "20%"} {
		_, err := jobOf(marked(), pipelinetest.NewDisk(), marked().Files, limit(text)).Convert(t.Context())
		says(t, text, err, "image.mark", "at most "+text+" may be")
	}
	disk := cutAfter(t, marked(), "train-00000-of-00003", limit("3"))
	_, err := jobOf(marked(), disk, marked().Files, limit("2")).Convert(t.Context())
	says(t, "a run that goes on", err, "3 of 9 images, at most 2 may be")
}

// cutAfter ends a conversion once a shard is recorded.
func cutAfter(t *testing.T, d *pipelinetest.Data, shard string, changes ...func(*pipeline.Job)) *pipelinetest.Disk {
	t.Helper()
	disk := pipelinetest.NewDisk()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	j := jobOf(d, disk, d.Files, changes...)
	j.Observe = func(e pipeline.Event) {
		if e.Kind == pipeline.EventShard && e.Shard == shard {
			cancel()
		}
	}
	if _, err := j.Convert(ctx); !errors.Is(err, context.Canceled) {
		t.Fatalf("cut after %s: %v", shard, err)
	}
	return disk
}

// TestBuildAsksRulesOfSamples: a rule over a record's images sees those that could be
// read, and counts the records that it had something to say about.
func TestBuildAsksRulesOfSamples(t *testing.T) {
	t.Parallel()
	d := pipelinetest.NewData()
	d.Rows["train"][1].Views[0], d.Rows["train"][2].Views[1] = d.Rows["train"][1].Image, d.Rows["train"][2].Views[0]
	d.Put()
	const image, views = 1, 3
	twins := func(s pipeline.Severity) pipeline.Rule {
		return pipeline.Rule{About: pipeline.About{ID: "sample.twins", Of: pipeline.UnitRecords}, Severity: s,
			Sample: func(ctx context.Context, m *pipeline.SampleImages) (*pipeline.Fault, bool, error) {
				if m.Schema().Field(views).Name != "views" || !m.Has(image, 0) || !m.Has(views, 0) || m.Has(views, m.Count(views)) {
					return nil, false, nil
				}
				if _, size, ok := m.Sum(image, 0); !ok || size == 0 {
					t.Error("an image that was read has no sum")
				}
				for _, with := range [][2]int{{image, 0}, {views, 1}} {
					if same, err := m.Same(ctx, views, 0, with[0], with[1]); same || err != nil {
						return &pipeline.Fault{Detail: "twins"}, true, err
					}
				}
				return nil, true, nil
			}}
	}
	m := convertTo(t, pipelinetest.NewDisk(), d, rules(twins(pipeline.SeverityWarn)))
	var results []pipeline.RuleResult
	for _, r := range m.Rules {
		if r.Rule == "sample.twins" {
			results = append(results, r)
		}
	}
	if len(results) != 2 || results[0].Violated != 2 || results[0].Checked != 3 || results[1].Violated != 0 || results[1].Checked != 1 {
		t.Errorf("%+v", results)
	}
	if m := convertTo(t, pipelinetest.NewDisk(), d, rules(twins(pipeline.SeveritySkip))); m.Rows != 5 {
		t.Errorf("%d records are left", m.Rows)
	}
}

// TestBuildLeavesNothingOfAFailedAttempt: whatever fails while a shard is built, its
// files go, and its progress is taken back.
func TestBuildLeavesNothingOfAFailedAttempt(t *testing.T) {
	t.Parallel()
	d := pipelinetest.NewData()
	for _, step := range []pipelinetest.Step{pipelinetest.StepCreate, pipelinetest.StepWrite, pipelinetest.StepSync, pipelinetest.StepSyncDir, pipelinetest.StepImage} {
		disk, n := pipelinetest.NewDisk(), 0
		script := &pipelinetest.Script{Fail: func(op pipelinetest.Op) *pipelinetest.Fault {
			if op.Step == step {
				if n++; n == 2 || step == pipelinetest.StepSyncDir {
					return &pipelinetest.Fault{Err: syscall.EMFILE}
				}
			}
			return nil
		}}
		j := jobOf(d, &pipelinetest.Store{Under: disk, Script: script}, &pipelinetest.Source{Under: d.Files, Script: script})
		err := build(t.Context(), j)
		says(t, string(step), err, "build shard train-00000-of-00003: ", string(step))
		if !errors.Is(err, syscall.EMFILE) {
			t.Errorf("%s: %v", step, err)
		}
		equal(t, string(step), disk.Files(), map[string]string{})
		if bytes, records := j.Progress.Bytes.Load(), j.Progress.Records.Load(); bytes != 0 || records != 0 {
			t.Errorf("%s: progress is %d bytes and %d records", step, bytes, records)
		}
	}
}

// TestBuildBlamesNoRecordForTheMachine: a read that fails for want of something that the
// machine has run out of stops the run, whatever the policy; one of a bad file does not.
func TestBuildBlamesNoRecordForTheMachine(t *testing.T) {
	t.Parallel()
	for fault, stops := range map[error]bool{syscall.EMFILE: true, syscall.ENOMEM: true, syscall.EIO: false, syscall.EACCES: false} {
		d := pipelinetest.NewData()
		script := &pipelinetest.Script{Fail: func(op pipelinetest.Op) *pipelinetest.Fault {
			if op.Step == pipelinetest.StepImage && op.Name == "images/train1.png" {
				return &pipelinetest.Fault{Err: fault}
			}
			return nil
		}}
		m, err := jobOf(d, pipelinetest.NewDisk(), &pipelinetest.Source{Under: d.Files, Script: script}, policy(pipeline.PolicySkip)).Convert(t.Context())
		if stops != errors.Is(err, fault) || !stops && (m == nil || m.Dropped != 1 || m.Violations[0].Rule != pipeline.RuleMissing) {
			t.Errorf("%v: %v, %+v", fault, err, m)
		}
	}
}

// peeker is a format whose layout hangs on the first bytes of images.
type peeker struct {
	pipelinetest.Ledger
	seen func(image []byte)
}

func (f peeker) Create(ctx context.Context, s *pipeline.Shard, t pipeline.Traits, c *pipeline.Canvas) (pipeline.ShardWriter, error) {
	for _, row := range s.Order.All() {
		if err := s.Peek(ctx, 1, row, 0, f.seen); err != nil {
			return nil, err
		}
	}
	return f.Ledger.Create(ctx, s, t, c)
}

// TestBuildLetsFormatsPeek: a format may look at an image before the shard is laid out;
// one that cannot be read is passed over, as the pass over the images tells of it.
func TestBuildLetsFormatsPeek(t *testing.T) {
	t.Parallel()
	d := pipelinetest.NewData(2, 0)
	script := &pipelinetest.Script{Fail: func(op pipelinetest.Op) *pipelinetest.Fault {
		if op.Step == pipelinetest.StepImage && op.Name == "images/train1.png" {
			return &pipelinetest.Fault{Err: syscall.EIO}
		}
		return nil
	}}
	var seen []string
	j := jobOf(d, pipelinetest.NewDisk(), &pipelinetest.Source{Under: d.Files, Script: script}, policy(pipeline.PolicySkip), spec(func(s *pipeline.Spec) {
		s.Formats = []pipeline.Format{peeker{seen: func(image []byte) { seen = append(seen, string(image)) }}}
	}))
	if _, err := j.Convert(t.Context()); err != nil {
		t.Fatal(err)
	}
	image := d.Rows["train"][0].Image
	equal(t, "seen, in the first attempt and in the one without the record", seen, []string{image, image})
}

// TestBuildWritesIndexes: an index lies beside its shard, and its bytes are the shard's.
func TestBuildWritesIndexes(t *testing.T) {
	t.Parallel()
	files := convert(t, pipelinetest.NewData(), spec(func(s *pipeline.Spec) { s.Formats = []pipeline.Format{pipelinetest.Ledger{Index: true}} })).Files()
	for name, toc := range files {
		shard, ok := strings.CutSuffix(name, ".toc")
		if !ok {
			continue
		}
		if !strings.HasPrefix(toc, "8\n") || strings.Count(toc, "\n") != int(files[shard+".ledger"][0]) {
			t.Errorf("%s is %q", name, toc)
		}
	}
	if files["ledger/train/0-3.toc"] == "" {
		t.Error("there is no index")
	}
}
