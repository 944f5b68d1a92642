package pipeline_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/pickshard/pickshard/pipeline"
	"github.com/pickshard/pickshard/pipeline/pipelinetest"
)

// die runs a conversion until an operation; from there on nothing happens any more.
func die(t *testing.T, disk *pipelinetest.Disk, d *pipelinetest.Data, last func(pipelinetest.Op) bool, changes ...func(*pipeline.Job)) {
	t.Helper()
	script := pipelinetest.Dying(last)
	if _, err := jobOf(d, &pipelinetest.Store{Under: disk, Script: script}, d.Files, changes...).Convert(t.Context()); !errors.Is(err, pipelinetest.ErrDead) {
		t.Fatalf("it was to die: %v", err)
	}
	disk.Restart()
}

// at is an operation of a kind on a file whose name begins so.
func at(step pipelinetest.Step, prefix string) func(pipelinetest.Op) bool {
	return func(op pipelinetest.Op) bool { return op.Step == step && strings.HasPrefix(op.Name, prefix) }
}

// TestPublishOrder: no file has its final name before every shard is recorded, and
// every file is durable before that; then come the shards, the files beside them, the
// manifest, and _SUCCESS last of all.
func TestPublishOrder(t *testing.T) {
	t.Parallel()
	d, script := pipelinetest.NewData(), &pipelinetest.Script{}
	convertTo(t, &pipelinetest.Store{Under: pipelinetest.NewDisk(), Script: script}, d)
	var names []string
	for _, op := range script.Ops() {
		if op.Step == pipelinetest.StepPublish || op.Step == pipelinetest.StepCreate && op.Name == "_SUCCESS" {
			names = append(names, op.Name)
		}
	}
	records := slices.Sorted(slices.Values(names[1:5]))
	equal(t, "the plan", names[0], ".pickshard/plan.json")
	equal(t, "records", records, []string{
		".pickshard/shards/test-00000-of-00001.json", ".pickshard/shards/train-00000-of-00003.json",
		".pickshard/shards/train-00001-of-00003.json", ".pickshard/shards/train-00002-of-00003.json",
	})
	equal(t, "final names", names[5:], []string{
		"ledger/train/0-3.ledger", "journal/train/0-3.ledger", "ledger/train/1-3.ledger", "journal/train/1-3.ledger",
		"ledger/train/2-3.ledger", "journal/train/2-3.ledger", "ledger/test/0-1.ledger", "journal/test/0-1.ledger",
		"ledger/NOTE", "ledger/README.md", "journal/NOTE", "journal/README.md", "manifest.json", "_SUCCESS",
	})
}

// TestPublishedIsDurable: once a conversion has returned, the power may go.
func TestPublishedIsDurable(t *testing.T) {
	t.Parallel()
	d := pipelinetest.NewData()
	disk := convert(t, d)
	for chance := range uint64(8) {
		equal(t, "what is left", disk.Crash(rand.New(rand.NewPCG(chance, 0))).Files(), disk.Files())
	}
}

// TestConvertGoesOn: wherever a conversion is cut, what stands under a final name is
// whole, the same command completes it, and builds no shard again that is recorded.
func TestConvertGoesOn(t *testing.T) {
	t.Parallel()
	want := convert(t, pipelinetest.NewData()).Files()
	for name, c := range map[string]struct {
		last           func(pipelinetest.Op) bool
		resumed, built int
	}{
		"at the plan":                {at(pipelinetest.StepPublish, ".pickshard/plan.json"), 0, 4},
		"in a shard":                 {at(pipelinetest.StepSync, ".pickshard/files/train-00000"), -1, -1}, // as many as were quicker
		"at the first final name":    {at(pipelinetest.StepPublish, "ledger/train/0"), 4, 0},
		"among final names":          {at(pipelinetest.StepPublish, "journal/train/2"), 4, 0},
		"at a file beside shards":    {at(pipelinetest.StepPublish, "ledger/NOTE"), 4, 0},
		"at the manifest":            {at(pipelinetest.StepPublish, "manifest.json"), 4, 0},
		"while it sweeps":            {at(pipelinetest.StepRemove, ".pickshard/plan.json"), 0, 0},
		"at the end, before it is":   {at(pipelinetest.StepCreate, "_SUCCESS"), 0, 0},
		"at the end, but for a sync": {at(pipelinetest.StepSync, "_SUCCESS"), 0, 0},
	} {
		for _, noLinks := range []bool{false, true} {
			disk := pipelinetest.NewDisk()
			disk.NoLinks = noLinks
			d := pipelinetest.NewData()
			die(t, disk, d, c.last)
			for i, left := range []*pipelinetest.Disk{disk.Crash(rand.New(rand.NewPCG(1, 2))), disk.Crash(rand.New(rand.NewPCG(3, 4))), disk} {
				for file, data := range final(left.Files()) {
					if data != want[file] {
						t.Errorf("%s: %s is not whole", name, file)
					}
				}
				told := &events{}
				convertTo(t, left, d, told.listen)
				equal(t, name, left.Files(), want)
				resumed, built := len(told.shards(pipeline.EventResumed)), len(told.shards(pipeline.EventShard))
				if i == 2 && (resumed != c.resumed || built != c.built) && (c.resumed >= 0 || resumed+built != 4) {
					t.Errorf("%s (no links: %v): %d shards are kept and %d built, want %d and %d", name, noLinks, resumed, built, c.resumed, c.built)
				}
			}
		}
	}
}

// TestConvertGoesOnFromAShard: a shard that is recorded is kept, and the others are built.
func TestConvertGoesOnFromAShard(t *testing.T) {
	t.Parallel()
	d, told := pipelinetest.NewData(), &events{}
	disk := cutAfter(t, d, "train-00000-of-00003")
	recorded := 0
	for name := range disk.Files() {
		if strings.HasPrefix(name, ".pickshard/shards/") {
			recorded++
		}
	}
	convertTo(t, disk, d, told.listen)
	if kept, built := told.shards(pipeline.EventResumed), told.shards(pipeline.EventShard); recorded == 0 || len(kept) != recorded || len(built) != 4-recorded || !slices.Contains(kept, "train-00000-of-00003") {
		t.Errorf("%d are recorded, kept %v, built %v", recorded, kept, built)
	}
	equal(t, "gone on", disk.Files(), convert(t, d).Files())
}

// TestConvertBuildsAgainWhatNoLongerHolds: a shard's record is no use when its images or
// its files are not what it tells of.
func TestConvertBuildsAgainWhatNoLongerHolds(t *testing.T) {
	t.Parallel()
	const shard = "train-00001-of-00003"
	for name, spoil := range map[string]func(*pipelinetest.Data, *pipelinetest.Disk, string){
		"an image of another time": func(d *pipelinetest.Data, _ *pipelinetest.Disk, _ string) {
			r := &d.Rows["train"][2]
			d.Files.Put(r.ImageFile(), strings.ToUpper(r.Image), pipelinetest.Written().AddDate(0, 0, 1))
		},
		"a file that is gone":    func(_ *pipelinetest.Data, disk *pipelinetest.Disk, file string) { disk.Remove(file) },
		"a file of another size": func(_ *pipelinetest.Data, disk *pipelinetest.Disk, file string) { disk.Write(file, "x") },
		"a record of something else": func(_ *pipelinetest.Data, disk *pipelinetest.Disk, _ string) {
			edit(t, disk, ".pickshard/shards/"+shard+".json", `"rows": 2`, `"rows": 1`)
		},
		"a record that is cut": func(_ *pipelinetest.Data, disk *pipelinetest.Disk, _ string) {
			record := ".pickshard/shards/" + shard + ".json"
			disk.Write(record, disk.Files()[record][:100])
		},
		"files elsewhere": func(_ *pipelinetest.Data, disk *pipelinetest.Disk, _ string) {
			edit(t, disk, ".pickshard/shards/"+shard+".json", `".pickshard/files/`, `"../files/`)
		},
	} {
		d, disk, told := pipelinetest.NewData(), pipelinetest.NewDisk(), &events{}
		die(t, disk, d, at(pipelinetest.StepPublish, "ledger/"))
		spoil(d, disk, fileOf(t, disk, ".pickshard/files/"+shard))
		convertTo(t, disk, d, told.listen)
		equal(t, name+": built", told.shards(pipeline.EventShard), []string{shard})
		equal(t, name, disk.Files(), convert(t, d).Files())
	}
}

// fileOf is the first file whose name begins so.
func fileOf(t *testing.T, disk *pipelinetest.Disk, prefix string) string {
	t.Helper()
	for _, name := range slices.Sorted(maps.Keys(disk.Files())) {
		if strings.HasPrefix(name, prefix) {
			return name
		}
	}
	t.Fatalf("there is no %s", prefix)
	return ""
}

// edit replaces a text in a file that has it.
func edit(t *testing.T, disk *pipelinetest.Disk, name, old, fresh string) {
	t.Helper()
	text := disk.Files()[name]
	if !strings.Contains(text, old) {
		t.Fatalf("%s has no %s:\n%s", name, old, text)
	}
	text = strings.Replace(text, old, fresh, 1)
	if name == "manifest.json" {
		text = pipelinetest.Signed(text)
	}
	disk.Write(name, text)
}

// TestConvertAgainChangesNothing: an output that is whole is left as it is.
func TestConvertAgainChangesNothing(t *testing.T) {
	t.Parallel()
	d := pipelinetest.NewData()
	disk, script := convert(t, d), &pipelinetest.Script{}
	m := convertTo(t, &pipelinetest.Store{Under: disk, Script: script}, d)
	if ops := changed(script); !m.Resumed || len(ops) > 0 {
		t.Errorf("resumed: %v, changes: %v", m.Resumed, ops)
	}
}

// TestPublishTakesNoNameFromOthers: what someone has put under a final name meanwhile
// stays as it is, and the run says so; the same bytes are as good as ours.
func TestPublishTakesNoNameFromOthers(t *testing.T) {
	t.Parallel()
	d := pipelinetest.NewData()
	want := convert(t, d).Files()
	for _, name := range []string{"ledger/train/1-3.ledger", "journal/NOTE", "manifest.json"} {
		for _, data := range []string{"mine", want[name]} {
			disk := pipelinetest.NewDisk()
			script := &pipelinetest.Script{Around: func(op pipelinetest.Op, done bool) {
				if op.Step == pipelinetest.StepPublish && op.Name == name && !done {
					disk.Write(name, data)
				}
			}}
			_, err := jobOf(d, &pipelinetest.Store{Under: disk, Script: script}, d.Files).Convert(t.Context())
			if data == want[name] {
				if err != nil {
					t.Errorf("%s, the same bytes: %v", name, err)
				}
				equal(t, name, disk.Files(), want)
				continue
			}
			says(t, name, err, "publish output: "+name, "is there already with other content")
			if files := disk.Files(); files[name] != data || files["_SUCCESS"] != "" {
				t.Errorf("%s: it is %q", name, files[name])
			}
		}
	}
}

// TestManifestTellsTheOutput: the manifest lists every file with its size and digest, and
// its numbers are those of the records.
func TestManifestTellsTheOutput(t *testing.T) {
	t.Parallel()
	d := pipelinetest.NewData()
	disk := convert(t, d)
	files := disk.Files()
	m, err := pipeline.ReadManifest(disk)
	if err != nil {
		t.Fatal(err)
	}
	listed := map[string]bool{"manifest.json": true, "_SUCCESS": true}
	check := func(name string, bytes int64, sum string) {
		listed[name] = true
		if int64(len(files[name])) != bytes || fmt.Sprintf("%08x", pipeline.CRC32C([]byte(files[name]))) != sum {
			t.Errorf("%s is not what the manifest says", name)
		}
	}
	for _, s := range m.Splits {
		for _, sh := range s.Shards {
			for _, f := range sh.Files {
				check(f.Path, f.Bytes, f.CRC32C)
			}
		}
	}
	for _, f := range m.Files {
		check(f.Path, f.Bytes, f.CRC32C)
	}
	for name := range files {
		if !listed[name] {
			t.Errorf("%s is not listed", name)
		}
	}
	equal(t, "images", m.ImageStats(), []pipeline.ImageStat{
		{Field: "image", Format: "png", Count: 7, Bytes: 193, MinWidth: 13, MaxWidth: 56, MinHeight: 1, MaxHeight: 1},
		{Field: "views", Format: "png", Count: 5, Items: 2, Bytes: 69, MinWidth: 13, MaxWidth: 14, MinHeight: 1, MaxHeight: 1},
	})
	sh := m.Splits[0].Shards[1]
	if m.Rows != 7 || m.Splits[1].Rows != 2 || sh.Rows != 2 || sh.FirstKey != "train-000000002" || sh.LastKey != "train-000000003" || sh.ArrowBytes == 0 {
		t.Errorf("%d rows, shard %+v", m.Rows, sh)
	}
}

// pager makes a page of an output.
type pager struct{ made int }

func (p *pager) Report(_ context.Context, o *pipeline.Output) ([]byte, error) {
	p.made++
	b, err := o.Browse(0, 1)
	if err != nil {
		return nil, err
	}
	s, err := b.Next()
	if err != nil {
		return nil, errors.Join(err, b.Close())
	}
	return fmt.Appendf(nil, "%d rows, %d views", o.Manifest.Rows, len(s.Images[3])), b.Close()
}

// TestPublishWithAPage: a page that is part of the output is made of all shards before
// the first has its final name, once, however often the run is cut.
func TestPublishWithAPage(t *testing.T) {
	t.Parallel()
	d, page, disk := pipelinetest.NewData(), &pager{}, pipelinetest.NewDisk()
	report := func(j *pipeline.Job) { j.Report = page }
	die(t, disk, d, at(pipelinetest.StepPublish, "ledger/"), report)
	m := convertTo(t, disk, d, report)
	if got := disk.Files()[pipeline.ReportName]; got != "7 rows, 2 views" || page.made != 1 || !m.Has(pipeline.ReportName) {
		t.Errorf("the page, made %d times: %q", page.made, got)
	}
	told := &events{}
	convertTo(t, disk, d, report, update, told.listen)
	if page.made != 1 || len(told.shards(pipeline.EventShard)) > 0 {
		t.Errorf("an update with nothing to do makes the page %d times", page.made)
	}
	equal(t, "verified", verify(t, disk), nil)
}
