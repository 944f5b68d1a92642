package pipeline_test

import (
	"errors"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pickshard/pickshard/pipeline"
	"github.com/pickshard/pickshard/pipeline/pipelinetest"
)

// TestUpdateIsAFreshConversion: after any change of the input or of what is asked for,
// an update makes what a fresh conversion makes; it keeps the shards that are the same,
// and builds the others.
func TestUpdateIsAFreshConversion(t *testing.T) {
	t.Parallel()
	row := func(n int, change func(*pipelinetest.Row)) func(*pipelinetest.Data, *pipelinetest.Disk) {
		return func(d *pipelinetest.Data, _ *pipelinetest.Disk) {
			change(&d.Rows["train"][n])
			d.Put()
		}
	}
	nothing := func(*pipelinetest.Data, *pipelinetest.Disk) {}
	one := spec(func(s *pipeline.Spec) { s.Formats, s.Config = s.Formats[:1], []byte(`{"one":1}`) })
	for name, c := range map[string]struct {
		change      func(*pipelinetest.Data, *pipelinetest.Disk)
		was, is     func(*pipeline.Job) // what is asked for, nil for the usual
		built, kept int
		warns       string
	}{
		"nothing":          {nothing, nil, nil, 0, 0, ""},
		"records appended": {func(d *pipelinetest.Data, _ *pipelinetest.Disk) { d.Grow("train", 7) }, nil, nil, 2, 3, ""},
		"a record inserted": {func(d *pipelinetest.Data, _ *pipelinetest.Disk) {
			d.Rows["test"] = append([]pipelinetest.Row{pipelinetest.NewRow("x", 1)}, d.Rows["test"]...)
			d.Put()
		}, nil, nil, 2, 3, ""},
		"a record removed":   {func(d *pipelinetest.Data, _ *pipelinetest.Disk) { d.Rows["train"] = d.Rows["train"][:4]; d.Put() }, nil, nil, 0, 3, ""},
		"a split emptied":    {func(d *pipelinetest.Data, _ *pipelinetest.Disk) { d.Rows["test"] = nil; d.Put() }, nil, nil, 1, 3, ""},
		"a value":            {row(2, func(r *pipelinetest.Row) { r.Score = 9 }), nil, nil, 1, 3, ""},
		"an image":           {row(2, func(r *pipelinetest.Row) { r.Image = "another" }), nil, nil, 1, 3, ""},
		"one of its size":    {row(2, func(r *pipelinetest.Row) { r.Image = strings.ToUpper(r.Image) }), nil, nil, 1, 3, ""},
		"an image in a list": {row(2, func(r *pipelinetest.Row) { r.Views[1] = "another" }), nil, nil, 1, 3, ""},
		"no image":           {row(0, func(r *pipelinetest.Row) { r.Image = "" }), nil, nil, 1, 3, ""},
		"an image touched": {func(d *pipelinetest.Data, _ *pipelinetest.Disk) {
			r := &d.Rows["train"][0]
			d.Files.Put(r.ImageFile(), r.Image, pipelinetest.Written().Add(time.Hour))
		}, nil, nil, 0, 0, ""},
		"the config alone":     {nothing, nil, spec(func(s *pipeline.Spec) { s.Config = []byte(`{"other":1}`); s.Used = s.Config }), 0, 4, ""},
		"how bytes are made":   {nothing, nil, spec(func(s *pipeline.Spec) { s.Form, s.Config = []byte(`{"form":2}`), []byte(`{"form":2}`) }), 4, 0, "config is not what it was: every shard is rebuilt"},
		"the tool":             {nothing, nil, spec(func(s *pipeline.Spec) { s.Tool = "0.0.1" }), 4, 0, "tool version is not what it was: every shard is rebuilt"},
		"more records a shard": {nothing, nil, spec(func(s *pipeline.Spec) { s.ShardRows = 5 }), 1, 1, ""},
		"a format less":        {nothing, nil, one, 0, 4, ""},
		"a format more":        {nothing, one, nil, 4, 0, ""},
		"other traits": {nothing, nil, spec(func(s *pipeline.Spec) {
			s.Formats = []pipeline.Format{surveyed{traits: pipeline.Traits{"image": "jpg"}}, s.Formats[1]}
			s.Config = []byte(`{"traits":1}`)
		}), 4, 0, "names of members in ledger shards are not what they were"},
		"a file lost":      {func(_ *pipelinetest.Data, disk *pipelinetest.Disk) { disk.Remove("ledger/train/1-3.ledger") }, nil, nil, 1, 3, ""},
		"a side file lost": {func(_ *pipelinetest.Data, disk *pipelinetest.Disk) { disk.Remove("ledger/NOTE") }, nil, nil, 0, 4, ""},
		"an edited manifest": {func(_ *pipelinetest.Data, disk *pipelinetest.Disk) {
			disk.Write("manifest.json", strings.Replace(disk.Files()["manifest.json"], `"small"`, `"large"`, 1))
		}, nil, nil, 4, 0, "manifest.json was edited: every shard is rebuilt"},
	} {
		var was, is []func(*pipeline.Job)
		if c.was != nil {
			was = append(was, c.was)
		}
		if c.is != nil {
			is = append(is, c.is)
		}
		d, told := pipelinetest.NewData(), &events{}
		disk := convert(t, d, was...)
		c.change(d, disk)
		prune := func(j *pipeline.Job) { j.Prune, j.Formats = true, formats() }
		convertTo(t, disk, d, append(is, update, prune, told.listen)...)
		equal(t, name, disk.Files(), convert(t, d, is...).Files())
		built, kept := len(told.shards(pipeline.EventShard)), len(told.shards(pipeline.EventKept))
		if built != c.built || kept != c.kept || !strings.Contains(told.messages(pipeline.EventWarning), c.warns) {
			t.Errorf("%s: %d built and %d kept, want %d and %d; warnings: %q", name, built, kept, c.built, c.kept, told.messages(pipeline.EventWarning))
		}
	}
}

// TestUpdateWithNothingToDo: where nothing changed, nothing is written.
func TestUpdateWithNothingToDo(t *testing.T) {
	t.Parallel()
	d, script := pipelinetest.NewData(), &pipelinetest.Script{}
	disk := convert(t, d)
	m := convertTo(t, &pipelinetest.Store{Under: disk, Script: script}, d, update)
	if ops := changed(script); !m.Resumed || len(ops) > 0 {
		t.Errorf("resumed: %v, changes: %v", m.Resumed, ops)
	}
}

// TestUpdateReadsNoImageThatIsRemembered: what Seen knows of a shard whose images were
// not touched is not read again; without it the same comes of it.
func TestUpdateReadsNoImageThatIsRemembered(t *testing.T) {
	t.Parallel()
	d, seen := pipelinetest.NewData(), &pipelinetest.Memory{}
	remember := func(j *pipeline.Job) { j.Seen = seen }
	disk := convert(t, d, remember)
	r := &d.Rows["train"][4]
	d.Files.Put(r.ImageFile(), r.Image, pipelinetest.Written().Add(time.Hour))
	for _, want := range []int{2, 0} { // those of the record that was touched, and then none
		script := &pipelinetest.Script{}
		if _, err := jobOf(d, disk, &pipelinetest.Source{Under: d.Files, Script: script}, remember, update).Convert(t.Context()); err != nil {
			t.Fatal(err)
		}
		if n := len(count(script, pipelinetest.StepImage)); n != want {
			t.Errorf("%d images are read, want %d", n, want)
		}
	}
}

// forgetful is a Seen that cannot remember.
type forgetful struct{ pipelinetest.Memory }

func (*forgetful) Remember([]pipeline.SeenShard) error { return errors.New("no room") }

// TestConvertNeedsNoMemory: that nothing can be remembered is told, and harms nothing.
func TestConvertNeedsNoMemory(t *testing.T) {
	t.Parallel()
	d, told := pipelinetest.NewData(), &events{}
	disk := convert(t, d, func(j *pipeline.Job) { j.Seen = &forgetful{} }, told.listen)
	equal(t, "the output", disk.Files(), convert(t, d).Files())
	if got := told.messages(pipeline.EventWarning); got != "what the images hold is not remembered, the next --update will read them: no room" {
		t.Errorf("warnings: %q", got)
	}
}

// TestUpdateIsCut: until all that is new is built the old output stands whole; from then
// on nothing says that what stands there is an output; and the same command completes it.
func TestUpdateIsCut(t *testing.T) {
	t.Parallel()
	old := convert(t, pipelinetest.NewData()).Files()
	d := pipelinetest.NewData()
	d.Rows["train"][2].Score = 9
	d.Grow("test", 3)
	want := convert(t, d).Files()
	for name, c := range map[string]struct {
		last  func(pipelinetest.Op) bool
		stays bool // the old output
	}{
		"before it begins":    {at(pipelinetest.StepPublish, ".pickshard/old.json"), true},
		"before the plan":     {at(pipelinetest.StepPublish, ".pickshard/plan.json"), true},
		"while it builds":     {at(pipelinetest.StepPublish, ".pickshard/shards/"), true},
		"before it replaces":  {at(pipelinetest.StepRemove, "_SUCCESS"), true},
		"while it replaces":   {at(pipelinetest.StepPublish, "journal/train/1"), false},
		"while it removes":    {at(pipelinetest.StepRemove, "ledger/test/0-1"), false},
		"before the manifest": {at(pipelinetest.StepPublish, "manifest.json"), false},
	} {
		disk := pipelinetest.DiskOf(old)
		die(t, disk, d, c.last, update)
		got := final(disk.Files())
		_, told := got["manifest.json"]
		if told != c.stays {
			t.Errorf("%s: the manifest is there: %v", name, told)
		}
		if c.stays {
			equal(t, name, got, final(old))
		}
		for file, data := range got {
			if data != old[file] && data != want[file] {
				t.Errorf("%s: %s is neither the old nor the new one", name, file)
			}
		}
		if !c.stays {
			_, err := jobOf(d, disk, d.Files).Convert(t.Context())
			if name == "while it removes" && err == nil {
				continue // the plan is this one, and all of it is published
			}
		}
		convertTo(t, disk, d, update)
		equal(t, name+", and again", disk.Files(), want)
	}
}

// TestUpdateAfterAnotherWasCut: an update of another input takes over from one that was
// cut while it replaced files, and loses nothing that was ours to keep.
func TestUpdateAfterAnotherWasCut(t *testing.T) {
	t.Parallel()
	disk, d := convert(t, pipelinetest.NewData()), pipelinetest.NewData()
	d.Rows["train"][2].Score = 9
	d.Put()
	die(t, disk, d, at(pipelinetest.StepPublish, "journal/train/1"), update)
	d.Grow("train", 7)
	convertTo(t, disk, d, update)
	equal(t, "after the second", disk.Files(), convert(t, d).Files())
}

// TestUpdateLeavesWhatOthersChanged: a file that is not what was written there is neither
// replaced nor removed; the update says which, and completes once it is moved away.
func TestUpdateLeavesWhatOthersChanged(t *testing.T) {
	t.Parallel()
	d := pipelinetest.NewData()
	base := convert(t, d).Files()
	other := spec(func(s *pipeline.Spec) { s.Form, s.ShardRows = []byte(`{"form":2}`), 3 })
	for _, name := range []string{"ledger/train/0-3.ledger", "journal/test/0-1.ledger", "ledger/NOTE", "_SUCCESS"} {
		for _, data := range []string{base[name] + "x", strings.Repeat("x", max(len(base[name]), 1))} {
			disk := pipelinetest.DiskOf(base)
			disk.Write(name, data)
			_, err := jobOf(d, disk, d.Files, other, update).Convert(t.Context())
			says(t, name, err, name+" was changed since it was written")
			left := final(disk.Files())
			if left[name] != data {
				t.Errorf("%s: it is gone", name)
			}
			left[name] = base[name]
			equal(t, name, left, base)
			disk.Remove(name)
			convertTo(t, disk, d, other, update)
			equal(t, name, disk.Files(), convert(t, d, other).Files())
		}
	}
}

// TestUpdateKeepsEditedCards: what people have written into a card stays, around the
// text that is ours, which is the new one.
func TestUpdateKeepsEditedCards(t *testing.T) {
	t.Parallel()
	d := pipelinetest.NewData()
	disk := convert(t, d)
	const card = "ledger/README.md"
	edit(t, disk, card, pipeline.CardBegin, "# Mine\n"+pipeline.CardBegin)
	d.Grow("test", 3)
	die(t, disk, d, at(pipelinetest.StepPublish, "journal/NOTE"), update)
	convertTo(t, disk, d, update)
	want := strings.Replace(convert(t, d).Files()[card], pipeline.CardBegin, "# Mine\n"+pipeline.CardBegin, 1)
	equal(t, "the card", disk.Files()[card], want)
	if !strings.Contains(want, "8 records") {
		t.Errorf("the card is %q", want)
	}
	equal(t, "verified", verify(t, disk), nil)
}

// TestUpdatePrunesOnlyWhenTold: a split or a format that is not asked for any more is
// removed with --prune alone; without it nothing is touched.
func TestUpdatePrunesOnlyWhenTold(t *testing.T) {
	t.Parallel()
	for want, change := range map[string]func(*pipeline.Job){
		"the update would remove split test: 2 shard files of ":                    spec(func(s *pipeline.Spec) { s.Splits = s.Splits[:1] }),
		"the update would remove format journal: 4 shard files of ":                spec(func(s *pipeline.Spec) { s.Formats = s.Formats[:1] }),
		"the update would remove split test and format journal: 5 shard files of ": spec(func(s *pipeline.Spec) { s.Formats, s.Splits = s.Formats[:1], s.Splits[:1] }),
		"the update would remove splits train, test: 8 shard files of ":            func(j *pipeline.Job) { j.Spec.Splits = []string{"valid"} },
	} {
		d := pipelinetest.NewData()
		d.Rows["valid"] = nil
		d.Put()
		disk, script := convert(t, d), &pipelinetest.Script{}
		before := disk.Files()
		known := func(j *pipeline.Job) { j.Formats = formats() }
		j := jobOf(d, &pipelinetest.Store{Under: disk, Script: script}, d.Files, change, known, update)
		_, err := j.Convert(t.Context())
		says(t, want, err, want)
		says(t, want, j.Refuses(), want)
		if ops := changed(script); len(ops) > 0 {
			t.Errorf("%s: %v", want, ops)
		}
		equal(t, want, disk.Files(), before)
		convertTo(t, disk, d, change, known, update, func(j *pipeline.Job) { j.Prune = true })
		equal(t, want, disk.Files(), convert(t, d, change).Files())
	}
}

// TestUpdateTakesRepairedRecordsIn: a record that was left out comes in once it is whole,
// and its shard alone is rebuilt.
func TestUpdateTakesRepairedRecordsIn(t *testing.T) {
	t.Parallel()
	d, told := pipelinetest.NewData(), &events{}
	d.Rows["train"][2].Image, d.Rows["test"][1].Score = "!broken", math.Inf(1)
	d.Put()
	quarantine := policy(pipeline.PolicyQuarantine)
	disk := convert(t, d, quarantine)
	d.Rows["train"][2].Image, d.Rows["test"][1].Score = "whole", 1
	d.Put()
	convertTo(t, disk, d, quarantine, update, told.listen)
	equal(t, "repaired", disk.Files(), convert(t, d, quarantine).Files())
	built := told.shards(pipeline.EventShard)
	slices.Sort(built)
	equal(t, "built", built, []string{"test-00000-of-00001", "train-00001-of-00003"})
}
