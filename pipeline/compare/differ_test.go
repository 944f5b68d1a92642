package compare_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pickshard/pickshard/pipeline"
	"github.com/pickshard/pickshard/pipeline/compare"
	"github.com/pickshard/pickshard/pipeline/pipelinetest"
)

// convert converts a data set.
func convert(t *testing.T, d *pipelinetest.Data, changes ...func(*pipeline.Spec)) *pipelinetest.Disk {
	t.Helper()
	disk := pipelinetest.NewDisk()
	j := d.Job(disk, d.Files)
	for _, change := range changes {
		change(j.Spec)
	}
	if _, err := j.Convert(t.Context()); err != nil {
		t.Fatal(err)
	}
	return disk
}

func formats() []pipeline.Format { return pipelinetest.NewData().Job(nil, nil).Spec.Formats }

// diff compares two outputs.
func diff(t *testing.T, old, fresh pipeline.Store, by string) *compare.Difference {
	t.Helper()
	d, err := (&compare.Differ{Old: old, New: fresh, Formats: formats(), By: by, MaxListed: 10}).Diff(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// told spells a split's difference in a few words.
func told(d *compare.Difference) string {
	var words []string
	for _, s := range d.Splits {
		words = append(words, fmt.Sprintf("%s: +%d -%d ~%d, %d moved", s.Split, s.Added, s.Removed, s.Changed, s.Moved))
		for _, r := range s.Records {
			words = append(words, strings.TrimSpace(fmt.Sprintf("%s %s %s", r.Change, r.Key, strings.Join(r.Fields, ","))))
		}
	}
	return strings.Join(words, "; ")
}

// TestDiffTellsRecordsApart: a record that is gone, is new, changed or stands elsewhere is
// told as that, and no other with it, however the shards are cut.
func TestDiffTellsRecordsApart(t *testing.T) {
	t.Parallel()
	rows := func(change func([]pipelinetest.Row) []pipelinetest.Row) func(*pipelinetest.Data) {
		return func(d *pipelinetest.Data) { d.Rows["train"] = change(d.Rows["train"]) }
	}
	for name, c := range map[string]struct {
		change func(*pipelinetest.Data)
		want   string
	}{
		"nothing":      {func(*pipelinetest.Data) {}, ""},
		"one removed":  {rows(func(r []pipelinetest.Row) []pipelinetest.Row { return slices.Delete(r, 0, 1) }), "train: +0 -1 ~0, 0 moved; removed train-000000000"},
		"one appended": {rows(func(r []pipelinetest.Row) []pipelinetest.Row { return append(r, pipelinetest.NewRow("train", 9)) }), "train: +1 -0 ~0, 0 moved; added train-000000009"},
		"one inserted": {rows(func(r []pipelinetest.Row) []pipelinetest.Row {
			return slices.Insert(r, 3, pipelinetest.NewRow("new", 7))
		}), "train: +1 -0 ~0, 0 moved; added train-000000003"},
		"one moved": {rows(func(r []pipelinetest.Row) []pipelinetest.Row { return append(r[1:], r[0]) }), "train: +0 -0 ~0, 1 moved"},
		"two swapped": {rows(func(r []pipelinetest.Row) []pipelinetest.Row {
			r[0], r[8] = r[8], r[0]
			return r
		}), "train: +0 -0 ~0, 2 moved"},
		"a value":      {func(d *pipelinetest.Data) { d.Rows["train"][4].Score = 9 }, "train: +0 -0 ~1, 0 moved; changed train-000000004 score"},
		"an image":     {func(d *pipelinetest.Data) { d.Rows["train"][4].Image = "another" }, "train: +0 -0 ~1, 0 moved; changed train-000000004 image"},
		"two fields":   {func(d *pipelinetest.Data) { d.Rows["train"][4].Score, d.Rows["train"][4].Views = 9, nil }, "train: +0 -0 ~1, 0 moved; changed train-000000004 score,views"},
		"all of it":    {func(d *pipelinetest.Data) { d.Rows["train"][4] = pipelinetest.NewRow("new", 7) }, "train: +1 -1 ~0, 0 moved; added train-000000004; removed train-000000004"},
		"other split":  {func(d *pipelinetest.Data) { d.Rows["test"][1].Score = 9 }, "test: +0 -0 ~1, 0 moved; changed test-000000001 score"},
		"a split gone": {func(d *pipelinetest.Data) { d.Splits = d.Splits[:1] }, "test: +0 -2 ~0, 0 moved; removed test-000000000; removed test-000000001"},
	} {
		base, d := convert(t, pipelinetest.NewData(9, 2)), pipelinetest.NewData(9, 2)
		c.change(d)
		d.Put()
		got := diff(t, base, convert(t, d), "")
		if told(got) != c.want || got.Equal != (c.want == "") {
			t.Errorf("%s: told %q, want %q", name, told(got), c.want)
		}
	}
}

// TestDiffOfAShuffle: a shuffled output has the same records, of which as many moved as
// are not in the longest run that kept its order; and nothing else is told.
func TestDiffOfAShuffle(t *testing.T) {
	t.Parallel()
	seed := uint64(3)
	d := pipelinetest.NewData(20)
	got := diff(t, convert(t, d), convert(t, d, func(s *pipeline.Spec) { s.Shuffle = &seed }), "")
	if len(got.Splits) != 1 {
		t.Fatalf("%+v", got)
	}
	s := got.Splits[0]
	if s.Added+s.Removed+s.Changed != 0 || s.Moved < 8 || s.Moved > 19 || s.Same > 3 {
		t.Errorf("%+v", s)
	}
	equalText(t, "what differs", strings.Join(got.Identity, ", "), "image names and sizes, shards")
}

// TestDiffByAField: records with one value of the field are one, whatever else changed; a
// field whose values are no record's own is refused, and so is one that is not there.
func TestDiffByAField(t *testing.T) {
	t.Parallel()
	base, d := convert(t, pipelinetest.NewData(9)), pipelinetest.NewData(9)
	r := &d.Rows["train"][4]
	name := r.Name
	*r = pipelinetest.NewRow("other", 7)
	r.Name = name
	d.Rows["train"][0].Name = "new"
	d.Put()
	got := diff(t, base, convert(t, d), "name")
	equalText(t, "by name", told(got), "train: +1 -1 ~1, 0 moved; added train-000000000; changed train-000000004 image,score,views; removed train-000000000")
	for field, count := range map[string]int64{"image": 1, "score": 1, "views": 1, "name": 0} {
		if got.Splits[0].ByField[field] != count {
			t.Errorf("%s is counted %d times", field, got.Splits[0].ByField[field])
		}
	}
	for i := range d.Rows["train"] {
		d.Rows["train"][i].Score = 1
	}
	d.Put()
	twice := convert(t, d)
	for by, want := range map[string]string{"score": "records 0 and 1 of the new output have the same score", "scores": "no such field: scores"} {
		_, err := (&compare.Differ{Old: base, New: twice, Formats: formats(), By: by}).Diff(t.Context())
		var hinted *pipeline.Hinted
		if err == nil || !strings.Contains(err.Error(), want) || !errors.As(err, &hinted) {
			t.Errorf("%s: %v", by, err)
		}
	}
}

// TestDiffReadsWhatDiffersAlone: shards with the same digests are not read.
func TestDiffReadsWhatDiffersAlone(t *testing.T) {
	t.Parallel()
	base, d, script := convert(t, pipelinetest.NewData()), pipelinetest.NewData(), &pipelinetest.Script{}
	d.Rows["train"][4].Score = 9
	d.Put()
	diff(t, &pipelinetest.Store{Under: base, Script: script}, convert(t, d), "")
	for _, op := range script.Ops() {
		if op.Step == pipelinetest.StepOpen && op.Name != "journal/train/2-3.ledger" {
			t.Errorf("%s is read", op.Name)
		}
	}
}

// TestDiffTellsWhatElseDiffers: fields, files beside the shards, and what was asked for
// are told, though no record changed.
func TestDiffTellsWhatElseDiffers(t *testing.T) {
	t.Parallel()
	base := convert(t, pipelinetest.NewData())
	got := diff(t, base, convert(t, pipelinetest.NewData(), func(s *pipeline.Spec) { s.Name, s.Tool = "other", "0.0.1" }), "")
	want := &compare.Difference{Identity: []string{"tool version"}, Files: []string{"ledger/NOTE", "journal/NOTE"}}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	got = diff(t, base, convert(t, pipelinetest.NewData(), func(s *pipeline.Spec) { s.Formats = s.Formats[:1] }), "")
	equalText(t, "a format less", strings.Join(got.Files, ", "), "journal/NOTE, journal/README.md")
	renamed, manifest := pipelinetest.DiskOf(base.Files()), base.Files()["manifest.json"]
	renamed.Write("manifest.json", pipelinetest.Signed(strings.Replace(manifest, `"name": "score"`, `"name": "grade"`, 1)))
	got = diff(t, base, renamed, "")
	equalText(t, "fields", strings.Join(got.Fields, ", "), "+grade, -score")
}

// TestDiffListsNoMoreThanAskedFor: records are listed up to a bound, and all are counted.
func TestDiffListsNoMoreThanAskedFor(t *testing.T) {
	t.Parallel()
	d := pipelinetest.NewData(9)
	got, err := (&compare.Differ{Old: convert(t, pipelinetest.NewData(3)), New: convert(t, d), Formats: formats(), MaxListed: 2}).Diff(t.Context())
	if err != nil || got.Splits[0].Added != 6 || len(got.Splits[0].Records) != 2 {
		t.Errorf("%+v, %v", got, err)
	}
}

// TestDiffTrustsNoOutput: what is not an output, cannot be read, or does not hold what its
// manifest says is an error that says which and what.
func TestDiffTrustsNoOutput(t *testing.T) {
	t.Parallel()
	base, d := convert(t, pipelinetest.NewData()), pipelinetest.NewData()
	d.Rows["train"][2].Score = 9
	d.Put()
	const file = "journal/train/1-3.ledger"
	for want, spoil := range map[string]func(*pipelinetest.Disk){
		"new output: read manifest: ":          func(disk *pipelinetest.Disk) { disk.Remove("manifest.json") },
		"split train: read " + file:            func(disk *pipelinetest.Disk) { disk.Remove(file) },
		file + ": 0 bytes":                     func(disk *pipelinetest.Disk) { disk.Write(file, "") },
		file + ": record 0: ":                  func(disk *pipelinetest.Disk) { disk.Write(file, disk.Files()[file][:100]) },
		file + ": it has 1 records, the manif": func(disk *pipelinetest.Disk) { disk.Write(file, disk.Files()["journal/train/2-3.ledger"]) },
	} {
		fresh := convert(t, d)
		spoil(fresh)
		_, err := (&compare.Differ{Old: base, New: fresh, Formats: formats()}).Diff(t.Context())
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want %q, got %v", want, err)
		}
	}
	_, err := (&compare.Differ{Old: base, New: base}).Diff(t.Context())
	if err == nil || !strings.Contains(err.Error(), "formats ledger, journal: none can be read") {
		t.Errorf("no format: %v", err)
	}
}

func equalText(t *testing.T, what, got, want string) {
	t.Helper()
	if got != want {
		t.Errorf("%s: %q, want %q", what, got, want)
	}
}
