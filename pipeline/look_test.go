package pipeline_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/pickshard/pickshard/pipeline"
	"github.com/pickshard/pickshard/pipeline/pipelinetest"
)

// TestOutputIsRefusedUntouched: an OUTPUT that is not this conversion's, or not as a run
// has left it, is refused with what is wrong and what to do, before a byte is written.
func TestOutputIsRefusedUntouched(t *testing.T) {
	t.Parallel()
	whole := convert(t, pipelinetest.NewData()).Files()
	cut := func(step pipelinetest.Step, name string, changes ...func(*pipeline.Job)) map[string]string {
		d, disk := pipelinetest.NewData(), pipelinetest.NewDisk()
		if len(changes) > 0 {
			disk = pipelinetest.DiskOf(whole)
			d.Rows["train"][2].Score = 9
			d.Put()
		}
		die(t, disk, d, at(step, name), changes...)
		return disk.Files()
	}
	begun, publishing := cut(pipelinetest.StepPublish, "ledger/train/0"), cut(pipelinetest.StepPublish, "ledger/train/1")
	updating := cut(pipelinetest.StepPublish, "ledger/train/1", update)
	add := func(name, data string) func(*pipelinetest.Disk) {
		return func(disk *pipelinetest.Disk) { disk.Write(name, data) }
	}
	nothing := func(*pipelinetest.Disk) {}
	other := spec(func(s *pipeline.Spec) { s.Tool, s.Config = "0.0.1", []byte(`{"other":1}`) })
	for name, c := range map[string]struct {
		files  map[string]string
		spoil  func(*pipelinetest.Disk)
		change func(*pipeline.Job)
		is     error
		says   string // the error or its hint
	}{
		"someone's file":               {nil, add("notes.txt", "x"), nil, pipeline.ErrOutputForeign, "notes.txt"},
		"someone's folder":             {nil, add("ledger/x", "x"), nil, pipeline.ErrOutputForeign, "choose an empty or new folder"},
		"one in the work folder":       {begun, add(".pickshard/files/mine.txt", "x"), nil, pipeline.ErrOutputForeign, ".pickshard/files/mine.txt"},
		"one beside it":                {begun, add("mine", "x"), nil, pipeline.ErrOutputForeign, "mine"},
		"another conversion, whole":    {whole, nothing, other, pipeline.ErrPlanDiffers, "different config, tool version"},
		"another conversion, begun":    {begun, nothing, other, pipeline.ErrPlanDiffers, "give the same config, flags and input as before"},
		"another, publishing":          {publishing, nothing, other, pipeline.ErrPlanDiffers, "cut short while its files got their final names"},
		"another, publishing, updated": {publishing, nothing, func(j *pipeline.Job) { other(j); update(j) }, pipeline.ErrPlanDiffers, "finish it with the config"},
		"an update that was cut":       {updating, func(disk *pipelinetest.Disk) { disk.Remove(".pickshard/plan.json") }, nil, pipeline.ErrPlanDiffers, "run it again with --update"},
		"a file of another size":       {whole, add("ledger/train/0-3.ledger", "x"), nil, nil, "ledger/train/0-3.ledger has 1 bytes, the manifest says"},
		"a file that is gone":          {whole, func(disk *pipelinetest.Disk) { disk.Remove("ledger/train/0-3.ledger") }, nil, nil, "--update rebuilds what is missing"},
		"a damaged manifest":           {whole, add("manifest.json", "{"), nil, pipeline.ErrOutputForeign, "manifest.json is cut after 1 bytes"},
		"an empty manifest":            {whole, add("manifest.json", ""), nil, pipeline.ErrOutputForeign, "manifest.json is empty"},
		"a manifest of something else": {whole, add("manifest.json", `{"name":"x","icons":[]}`), nil, pipeline.ErrOutputForeign, "is not a manifest of pickshard"},
		"a manifest that is no JSON":   {whole, add("manifest.json", "hello"), nil, pipeline.ErrOutputForeign, "is not JSON at byte 1"},
		"a later manifest":             {whole, add("manifest.json", strings.Replace(whole["manifest.json"], `"manifest_version": 1`, `"manifest_version": 2`, 1)), nil, pipeline.ErrOutputForeign, "has version 2, this pickshard knows version 1"},
		"a damaged plan":               {begun, add(".pickshard/plan.json", "{"), nil, nil, "the unfinished conversion in OUTPUT cannot be continued"},
		"a page made later":            {whole, add("report.html", "x"), update, nil, "`pickshard report` makes it again"},
		"a file beside an output":      {whole, add("mine", "x"), update, pipeline.ErrOutputForeign, "mine"},
		"workers of another plan":      {begun, add(".pickshard/workers.json", `{"plan":"x"}`), other, pipeline.ErrPlanDiffers, "workers of another plan may be at work"},
		"a damaged mark":               {begun, add(".pickshard/workers.json", `{}`), other, pipeline.ErrOutputForeign, "workers.json is damaged"},
		"a process at work":            {begun, func(disk *pipelinetest.Disk) { lock(t, disk) }, nil, pipeline.ErrOutputBusy, "wait for it to end"},
	} {
		d, disk := pipelinetest.NewData(), pipelinetest.DiskOf(c.files)
		c.spoil(disk)
		var changes []func(*pipeline.Job)
		if c.change != nil {
			changes = append(changes, c.change)
		}
		before := disk.Files()
		_, err := jobOf(d, disk, d.Files, changes...).Convert(t.Context())
		text := ""
		if err != nil {
			text = err.Error()
		}
		if hinted := new(pipeline.Hinted); errors.As(err, &hinted) {
			text += "\n" + hinted.Hint
		}
		if err == nil || c.is != nil && !errors.Is(err, c.is) || !strings.Contains(text, c.says) {
			t.Errorf("%s: want %q (%v), got %s", name, c.says, c.is, text)
		}
		equal(t, name, disk.Files(), before)
	}
}

// lock takes an output for another process.
func lock(t *testing.T, disk *pipelinetest.Disk) {
	t.Helper()
	if _, err := disk.Lock(); err != nil {
		t.Fatal(err)
	}
}

// TestRefusesBeforeTheInput: what no conversion has made is refused before INPUT is read.
func TestRefusesBeforeTheInput(t *testing.T) {
	t.Parallel()
	d, disk := pipelinetest.NewData(), pipelinetest.NewDisk()
	j := d.Job(disk, nil)
	if err := j.Refuses(); err != nil {
		t.Error(err)
	}
	disk.Write("mine", "x")
	if err := j.Refuses(); !errors.Is(err, pipeline.ErrOutputForeign) {
		t.Error(err)
	}
}

// TestConversionThatCameToNothingGivesWay: where no file has its final name yet, a
// conversion whose input was fixed since begins again, and so does any with --update.
func TestConversionThatCameToNothingGivesWay(t *testing.T) {
	t.Parallel()
	other := spec(func(s *pipeline.Spec) { s.Config = []byte(`{"other":1}`) })
	for name, changes := range map[string][]func(*pipeline.Job){"the same request": nil, "another, to update": {other, update}} {
		d, disk := pipelinetest.NewData(), pipelinetest.NewDisk()
		die(t, disk, d, at(pipelinetest.StepPublish, "ledger/train/0"))
		d.Rows["train"][0].Score = 3
		d.Put()
		convertTo(t, disk, d, changes...)
		var fresh []func(*pipeline.Job)
		if changes != nil {
			fresh = changes[:1]
		}
		equal(t, name, disk.Files(), convert(t, d, fresh...).Files())
	}
}

// TestAnotherRunComesFirst: a run that finds its work done when it has the lock leaves it
// so; an update that finds another output than it looked at says so.
func TestAnotherRunComesFirst(t *testing.T) {
	t.Parallel()
	d := pipelinetest.NewData()
	for name, c := range map[string]struct {
		first, second []func(*pipeline.Job)
		busy          bool
	}{
		"the same":       {nil, nil, false},
		"another update": {[]func(*pipeline.Job){update, spec(func(s *pipeline.Spec) { s.Tool = "0.0.1" })}, []func(*pipeline.Job){update, spec(func(s *pipeline.Spec) { s.Tool = "0.0.2" })}, true},
	} {
		disk, came, told := pipelinetest.NewDisk(), false, &events{}
		if c.busy {
			disk = convert(t, d)
		}
		script := &pipelinetest.Script{Around: func(op pipelinetest.Op, done bool) {
			if op.Step == pipelinetest.StepLock && !done && !came {
				came = true
				convertTo(t, disk, d, c.first...)
			}
		}}
		_, err := jobOf(d, &pipelinetest.Store{Under: disk, Script: script}, d.Files, append(c.second, told.listen)...).Convert(t.Context())
		if errors.Is(err, pipeline.ErrOutputBusy) != c.busy || !c.busy && err != nil || len(told.shards(pipeline.EventShard)) > 0 || !came {
			t.Errorf("%s: %v, built %v", name, err, told.shards(pipeline.EventShard))
		}
		equal(t, name, final(disk.Files()), convert(t, d, c.first...).Files())
	}
}

// tight is a store with room for so many bytes.
type tight struct {
	pipeline.Store
	room int64
}

func (s tight) Room() int64 { return s.room }

// TestConvertNeedsRoom: what there is no room for is not begun.
func TestConvertNeedsRoom(t *testing.T) {
	t.Parallel()
	d := pipelinetest.NewData()
	disk := pipelinetest.NewDisk()
	_, err := jobOf(d, tight{disk, 100}, d.Files).Convert(t.Context())
	var full *pipeline.NoRoomError
	if !errors.As(err, &full) || full.Free != 100 || full.Needs < 1000 || len(disk.Files()) > 0 {
		t.Errorf("%v, %+v", err, full)
	}
	convertTo(t, tight{disk, full.Needs}, d)
}
