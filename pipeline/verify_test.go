package pipeline_test

import (
	"errors"
	"io/fs"
	"maps"
	"math"
	"strings"
	"testing"

	"github.com/pickshard/pickshard/pipeline"
	"github.com/pickshard/pickshard/pipeline/pipelinetest"
)

// verify tells what is wrong with an output.
func verify(t *testing.T, disk *pipelinetest.Disk, changes ...func(*pipeline.Verifier)) []string {
	t.Helper()
	r := mustVerify(t, disk, changes...)
	var found []string
	for _, f := range r.Findings {
		found = append(found, f.String())
	}
	return found
}

func mustVerify(t *testing.T, disk *pipelinetest.Disk, changes ...func(*pipeline.Verifier)) *pipeline.VerifyReport {
	t.Helper()
	v := &pipeline.Verifier{Store: disk, Formats: formats(), Workers: 2, Progress: &pipeline.Progress{}}
	for _, change := range changes {
		change(v)
	}
	r, err := v.Verify(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// formats are those of a small data set's job.
func formats() []pipeline.Format { return pipelinetest.NewData().Job(nil, nil).Spec.Formats }

// quick makes a verification a quick one.
func quick(v *pipeline.Verifier) { v.Quick = true }

// TestVerifyPasses: nothing is wrong with what a conversion has made, and the report
// counts what was looked at.
func TestVerifyPasses(t *testing.T) {
	t.Parallel()
	disk := convert(t, pipelinetest.NewData())
	size := int64(0)
	for name, data := range disk.Files() {
		if name != "manifest.json" {
			size += int64(len(data))
		}
	}
	for _, changes := range [][]func(*pipeline.Verifier){nil, {quick}} {
		r := mustVerify(t, disk, changes...)
		if len(r.Findings) > 0 || r.Files != 12 || r.Rows != 7 || r.Bytes != size {
			t.Errorf("%+v", r)
		}
	}
}

// TestVerifyPassesWhatLeftRecordsOut: nothing is wrong with an output without the
// records that broke a rule, of names, of images, of a format or of the config.
func TestVerifyPassesWhatLeftRecordsOut(t *testing.T) {
	t.Parallel()
	for _, p := range []pipeline.Policy{pipeline.PolicySkip, pipeline.PolicyQuarantine} {
		d := marked()
		d.Rows["train"][1].Score, d.Rows["train"][4].Image, d.Rows["test"][0].Image = math.NaN(), "!", ""
		d.Put()
		d.Files.Remove(d.Rows["train"][3].ImageFile())
		disk := convert(t, d, policy(p), rules(noMarks(pipeline.Severity(p))))
		equal(t, string(p), verify(t, disk), nil)
		m, err := pipeline.ReadManifest(disk)
		if err != nil || m.Rows != 2 || m.Dropped != 5 {
			t.Errorf("%s: %v, %d rows, %d left out", p, err, m.Rows, m.Dropped)
		}
	}
}

// TestVerifyNamesEachDamage: each kind of damage is found, and told with the file's name
// and what is wrong with it. A quick look finds what names, sizes and ends tell.
func TestVerifyNamesEachDamage(t *testing.T) {
	t.Parallel()
	const file = "ledger/train/1-3.ledger"
	base := convert(t, pipelinetest.NewData()).Files()
	replace := func(name, old, fresh string) func(*testing.T, *pipelinetest.Disk) {
		return func(t *testing.T, disk *pipelinetest.Disk) { edit(t, disk, name, old, fresh) }
	}
	write := func(name, data string) func(*testing.T, *pipelinetest.Disk) {
		return func(_ *testing.T, disk *pipelinetest.Disk) { disk.Write(name, data) }
	}
	remove := func(name string) func(*testing.T, *pipelinetest.Disk) {
		return func(_ *testing.T, disk *pipelinetest.Disk) { disk.Remove(name) }
	}
	for name, c := range map[string]struct {
		spoil func(*testing.T, *pipelinetest.Disk)
		want  string
		quick bool // finds it, too
	}{
		"a file that is missing":   {remove(file), file + ": is missing", true},
		"_SUCCESS that is missing": {remove("_SUCCESS"), "_SUCCESS: missing: the conversion was not finished", true},
		"_SUCCESS with something":  {write("_SUCCESS", "x"), "_SUCCESS: has 1 bytes, must be empty", true},
		"a file too many":          {write("ledger/train/mine", "x"), "ledger/train/mine: the manifest does not name this file", true},
		"a folder too many":        {write("mine/deep/x", "x"), "mine/deep/x: the manifest does not name this file", true},
		"a file cut":               {write(file, base[file][:100]), file + ": has 100 bytes, the manifest says", true},
		"a record cut":             {write(file, base[file][:100]), file + ": record 0: ", false},
		"an empty file":            {write(file, ""), file + ": 0 bytes: unexpected EOF", true},
		"bytes behind the end":     {write(file, base[file]+"x"), file + ": record 2: 1 bytes behind the last record", false},
		"a value":                  {replace(file, "0.5", "0.6"), file + ": record 0 differs from journal/train/1-3.ledger: value of score", false},
		"an image's byte":          {replace(file, "train image 2;", "train image 3;"), file + ": digest is ", false},
		"an image that differs":    {replace(file, "train image 2;", "train image 3;"), file + ": record 0 differs from journal/train/1-3.ledger: bytes of image image", false},
		"a record's head":          {replace(file, `"values"`, `"volues"`), file + `: record 0: head at byte 12: json: unknown field "volues"`, false},
		"a key":                    {replace("journal/train/1-3.ledger", `"train-000000002"`, `"train-000000009"`), "journal/train/1-3.ledger: first key is train-000000009, the manifest says train-000000002", false},
		"a last key":               {replace("journal/train/1-3.ledger", `"train-000000003"`, `"train-000000009"`), "journal/train/1-3.ledger: last key is train-000000009, the manifest says train-000000003", false},
		"a shard of another place": {write(file, base["ledger/train/0-3.ledger"]), file + ": record 0 differs from journal", false},
		"another number":           {write(file, base["ledger/train/2-3.ledger"]), file + ": has 1 records, the manifest says 2", true},
		"fewer records":            {write(file, base["ledger/train/2-3.ledger"]), file + ": ends after 1 records, the manifest says 2", false},
		"more records":             {write("ledger/train/2-3.ledger", base[file]), "ledger/train/2-3.ledger: has more than the 1 records that the manifest says", false},
		"a side file":              {replace("ledger/NOTE", "small", "smell"), "ledger/NOTE: digest is ", false},
		"an edited manifest":       {write("manifest.json", strings.Replace(base["manifest.json"], `"small"`, `"large"`, 1)), "manifest.json: was edited", true},
		"a total":                  {replace("manifest.json", `"rows": 7`, `"rows": 8`), "manifest.json: rows is 8, must be 7", true},
		"an identity":              {replace("manifest.json", `"tool version": "0.0.0"`, `"tool version": "0.0.1"`), `manifest.json: identity, tool version is "0.0.1", must be "0.0.0"`, true},
		"a count of images":        {replace("manifest.json", `"count": 2`, `"count": 3`), "images of image with", false},
		"a digest of images":       {replace("manifest.json", `"images_sha256": "`, `"images_sha256": "0`), "manifest.json: identity, image names and sizes is", true},
	} {
		disk := pipelinetest.DiskOf(base)
		c.spoil(t, disk)
		found := strings.Join(verify(t, disk), "\n")
		if !strings.Contains(found, c.want) {
			t.Errorf("%s: want %q, found\n%s", name, c.want, found)
		}
		if found := strings.Join(verify(t, disk, quick), "\n"); c.quick != strings.Contains(found, c.want) {
			t.Errorf("%s: quickly found\n%s", name, found)
		}
	}
}

// TestVerifyLetsCardsBeEdited: a card is for people to edit; that it was is told, and
// is nothing wrong.
func TestVerifyLetsCardsBeEdited(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"mine", strings.Replace(convert(t, pipelinetest.NewData()).Files()["ledger/README.md"], "7 records", "8 records", 1)} {
		disk := convert(t, pipelinetest.NewData())
		disk.Write("ledger/README.md", text)
		r := mustVerify(t, disk)
		if len(r.Findings) > 0 || len(r.Edited) != 1 || r.Edited[0] != "ledger/README.md" {
			t.Errorf("%+v", r)
		}
	}
}

// TestVerifyChecksIndexes: an index must be that of the shard beside it.
func TestVerifyChecksIndexes(t *testing.T) {
	t.Parallel()
	indexed := []pipeline.Format{pipelinetest.Ledger{Index: true}}
	known := func(v *pipeline.Verifier) { v.Formats = indexed }
	base := convert(t, pipelinetest.NewData(), spec(func(s *pipeline.Spec) { s.Formats = indexed }))
	equal(t, "as it was made", verify(t, base, known), nil)
	const toc = "ledger/train/0-3.toc"
	disk := pipelinetest.DiskOf(base.Files())
	edit(t, disk, toc, "8\n", "9\n")
	if found := strings.Join(verify(t, disk, known), "\n"); !strings.Contains(found, toc+": digest is") {
		t.Errorf("an index that was edited: %s", found)
	}
	disk.Remove(toc)
	if found := strings.Join(verify(t, disk, known), "\n"); found != toc+": is missing" {
		t.Errorf("an index that is gone: %s", found)
	}
}

// TestVerifyComparesWithTheInput: with its input, an output must be what a conversion
// would make of it now.
func TestVerifyComparesWithTheInput(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change func(*pipelinetest.Data)
		want   []string
	}{
		"nothing": {func(*pipelinetest.Data) {}, nil},
		"a value": {func(d *pipelinetest.Data) { d.Rows["train"][2].Score = 8 }, []string{
			"manifest.json: INPUT differs from what was converted: records (pickle files)",
			"ledger/train/1-3.ledger: INPUT has other records or values", "ledger/train/1-3.ledger: record 0 differs from INPUT: value of score",
		}},
		"an image of its size": {func(d *pipelinetest.Data) { d.Rows["train"][4].Views[0] = "other 4 view 0" }, []string{"ledger/train/2-3.ledger: record 0 differs from INPUT: bytes of image views"}},
		"an image that is none": {func(d *pipelinetest.Data) { d.Rows["test"][1].Image = "" }, []string{
			"ledger/test/0-1.ledger: record 1 differs from INPUT: image image is null in one", "image names and sizes",
		}},
		"a longer list": {func(d *pipelinetest.Data) { d.Rows["train"][1].Views = append(d.Rows["train"][1].Views, "more") }, []string{"record 1 differs from INPUT: number of images views, 1 and 2"}},
		"no list":       {func(d *pipelinetest.Data) { d.Rows["train"][1].Views = nil }, []string{"record 1 differs from INPUT: image views is null in one"}},
		"a name":        {func(d *pipelinetest.Data) { d.Rows["train"][0].Name = "trian0" }, []string{"record 0 differs from INPUT: value of name"}},
		"a record more": {func(d *pipelinetest.Data) { d.Grow("train", 6) }, []string{"ledger/train/2-3.ledger: INPUT has 2 whole records for this shard, 1 were converted"}},
		"a split less":  {func(d *pipelinetest.Data) { d.Splits = d.Splits[:1] }, []string{"ledger/test/0-1.ledger: INPUT has no such shard"}},
		"an image that is gone": {func(d *pipelinetest.Data) { d.Rows["test"][1].Name = "gone" }, []string{
			"ledger/test/0-1.ledger: INPUT has 1 whole records for this shard, 2 were converted", "INPUT: test row 1, field image: image.missing: no such file",
		}},
	} {
		d := pipelinetest.NewData()
		disk := convert(t, d)
		c.change(d)
		d.Put()
		d.Files.Remove("images/gone.png")
		found := verify(t, disk, func(v *pipeline.Verifier) {
			v.Input = &pipeline.Input{Planned: mustPlan(t, d, func(j *pipeline.Job) { j.Spec.Forgive() })}
		})
		text := strings.Join(found, "\n")
		for _, want := range c.want {
			if !strings.Contains(text, want) {
				t.Errorf("%s: want %q, found\n%s", name, want, text)
			}
		}
		if len(c.want) == 0 {
			equal(t, name, found, nil)
		}
	}
}

// TestVerifyNeedsAnOutput: what holds no manifest is told from what is not finished.
func TestVerifyNeedsAnOutput(t *testing.T) {
	t.Parallel()
	begun := pipelinetest.NewDisk()
	die(t, begun, pipelinetest.NewData(), at(pipelinetest.StepPublish, "manifest.json"))
	for hint, disk := range map[string]*pipelinetest.Disk{"was not finished": begun, "give the folder that": pipelinetest.NewDisk()} {
		_, err := (&pipeline.Verifier{Store: disk, Formats: formats(), Workers: 1, Progress: &pipeline.Progress{}}).Verify(t.Context())
		var hinted *pipeline.Hinted
		if !errors.Is(err, fs.ErrNotExist) || !errors.As(err, &hinted) || !strings.Contains(hinted.Hint, hint) {
			t.Errorf("%v: %+v", err, hinted)
		}
	}
}

// TestVerifyFollowsNoFolderForEver: folders in folders are told of, and left.
func TestVerifyFollowsNoFolderForEver(t *testing.T) {
	t.Parallel()
	files := maps.Clone(convert(t, pipelinetest.NewData()).Files())
	disk := pipelinetest.DiskOf(files)
	disk.Write("ledger/"+strings.Repeat("d/", 300)+"x", "x")
	if found := verify(t, disk, quick); len(found) != 1 || !strings.HasPrefix(found[0], "ledger/d/d/d") || len(found[0]) > 200 {
		t.Errorf("%.300q", found)
	}
}
