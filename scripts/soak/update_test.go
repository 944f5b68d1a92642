package soak

import (
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pickshard/pickshard/pipeline"
	"github.com/pickshard/pickshard/pipeline/pipelinetest"
	"github.com/pickshard/pickshard/stages/write/conformance"
)

// A change is something that happens to an input between a conversion and an
// update.
type change struct {
	name string
	do   func(d *small)
	spec func(s *pipeline.Spec)
	// was is what the conversion before the update asked for; nil for all formats.
	was func(s *pipeline.Spec)
	// built and kept are the shards that the update must make and keep.
	built, kept int
	// break spoils the output before the update.
	spoil func(disk *pipelinetest.Disk)
}

func changes() []change {
	later := written().Add(time.Hour)
	return []change{
		{name: "nothing", do: func(*small) {}, kept: 4},
		{name: "rows appended", do: func(d *small) { d.grow("train", 7) }, built: 2, kept: 3},
		{name: "rows appended to the second split", do: func(d *small) { d.grow("test", 3) }, built: 1, kept: 4},
		{name: "rows removed", do: func(d *small) { d.tables["train"].Rows = d.tables["train"].Rows[:3]; d.put() }, built: 1, kept: 2},
		{name: "a split emptied", do: func(d *small) { d.tables["test"].Rows = nil; d.put() }, built: 1, kept: 3},
		{name: "a split gone", do: func(d *small) { d.splits = d.splits[:1] }, kept: 3},
		{name: "a value changed", do: func(d *small) { d.tables["train"].Rows[2][4] = 0.125; d.put() }, built: 1, kept: 3},
		{name: "an image replaced", do: func(d *small) { d.replace("train", 4, 2, conformance.Noise(333, 99), later) }, built: 1, kept: 3},
		{name: "an image replaced by one of its size", do: func(d *small) {
			old := d.tables["train"].Rows[0][3].(conformance.Image)
			d.replace("train", 0, 3, conformance.Noise(len(old.Data), 98), later)
		}, built: 1, kept: 3},
		{name: "an image touched", do: func(d *small) {
			old := d.tables["train"].Rows[0][3].(conformance.Image)
			d.replace("train", 0, 3, old.Data, later)
		}, kept: 4},
		{name: "a row inserted in front", do: func(d *small) {
			d.tables["train"].Rows = append(newSmall(1).tables["train"].Rows, d.tables["train"].Rows...)
		}, built: 3, kept: 1},
		{name: "another tool", do: func(*small) {}, spec: func(s *pipeline.Spec) { s.Tool = "0.0.1" }, built: 4},
		{name: "another config", do: func(*small) {}, spec: func(s *pipeline.Spec) { s.Config = []byte(`{"name":"other"}`); s.Used = s.Config }, kept: 4},
		{name: "another form", do: func(*small) {}, spec: func(s *pipeline.Spec) { s.Form, s.Config = []byte(`{"form":2}`), []byte(`{"form":2}`) }, built: 4},
		{name: "fewer formats", do: func(*small) {}, spec: func(s *pipeline.Spec) {
			s.Formats = s.Formats[:1]
			s.Config = []byte(`{"name":"one"}`)
		}, kept: 4},
		{name: "a format added", do: func(*small) {}, was: func(s *pipeline.Spec) {
			s.Formats = slices.Delete(s.Formats, 1, 2)
			s.Config = []byte(`{"name":"two"}`)
		}, built: 4},
		{name: "formats changed, and rows appended", do: func(d *small) { d.grow("train", 7) }, was: func(s *pipeline.Spec) {
			s.Formats = s.Formats[:2]
			s.Config = []byte(`{"name":"two"}`)
		}, spec: func(s *pipeline.Spec) {
			s.Formats = s.Formats[1:]
			s.Config = []byte(`{"name":"others"}`)
		}, built: 5},
		{name: "a shard's file lost", do: func(*small) {}, spoil: func(disk *pipelinetest.Disk) {
			_ = disk.Remove("parquet/data/train-00001-of-00003.parquet")
		}, built: 1, kept: 3},
		{name: "a side file lost", do: func(*small) {}, spoil: func(disk *pipelinetest.Disk) {
			_ = disk.Remove("webdataset/README.md")
		}, kept: 4},
	}
}

// grow gives a split more rows; those it has stay.
func (d *small) grow(split string, rows int) {
	n := []int{rows, 0}
	if split == "test" {
		n = []int{0, rows}
	}
	more := newSmall(n...)
	have := len(d.tables[split].Rows)
	d.tables[split].Rows = append(d.tables[split].Rows, more.tables[split].Rows[have:]...)
	d.put()
}

// replace writes an image again.
func (d *small) replace(split string, row, field int, data []byte, at time.Time) {
	img := d.tables[split].Rows[row][field].(conformance.Image)
	d.tables[split].Rows[row][field] = conformance.Image{Name: img.Name, Data: data}
	d.files.Put(img.Name, string(data), at)
}

// updating returns a job that updates a store.
func (d *small) updating(t testing.TB, c change, store pipeline.Store, src pipeline.Source, seen pipeline.Seen) *pipeline.Job {
	job := d.job(t, store, src)
	job.Update, job.Prune, job.Seen = true, true, seen
	if c.spec != nil {
		c.spec(job.Spec)
	}
	return job
}

// fresh converts the data set as it is to an empty disk.
func (d *small) fresh(t testing.TB, c change) map[string]string {
	t.Helper()
	disk := pipelinetest.NewDisk()
	job := d.updating(t, c, disk, d.files, nil)
	job.Update = false
	if _, err := job.Convert(t.Context()); err != nil {
		t.Fatal(err)
	}
	return disk.Files()
}

// TestUpdateEqualsFreshConversion updates after each change, and wants what a
// fresh conversion makes, with no more shards built than must be, and no image
// read of those that Seen knows.
func TestUpdateEqualsFreshConversion(t *testing.T) {
	for _, c := range changes() {
		for _, remembers := range []bool{true, false} {
			t.Run(fmt.Sprintf("%s, remembering %v", c.name, remembers), func(t *testing.T) {
				d, disk, seen := newSmall(), pipelinetest.NewDisk(), &pipelinetest.Memory{}
				first := d.job(t, disk, d.files)
				first.Seen = seen
				if c.was != nil {
					c.was(first.Spec)
				}
				if _, err := first.Convert(t.Context()); err != nil {
					t.Fatal(err)
				}
				if c.spoil != nil {
					c.spoil(disk)
				}
				c.do(d)
				want := d.fresh(t, c)
				if !remembers {
					seen.Known = nil
				}
				script := &pipelinetest.Script{}
				job := d.updating(t, c, &pipelinetest.Store{Under: disk, Script: script}, &pipelinetest.Source{Under: d.files, Script: script}, seen)
				built := make(map[string]bool)
				job.Observe = func(e pipeline.Event) {
					if e.Kind == pipeline.EventShard {
						built[e.Shard] = true
					}
				}
				if _, err := job.Convert(t.Context()); err != nil {
					t.Fatal(err)
				}
				equalFiles(t, "after the update", disk.Files(), want)
				if len(built) != c.built {
					t.Errorf("%d shards were built, want %d: %v", len(built), c.built, built)
				}
				checkReads(t, c, script.Ops(), remembers)
				if found := verify(t, disk, false); len(found) > 0 {
					t.Errorf("verify: %q", found)
				}
			})
		}
	}
}

// checkReads wants no image read but those of shards that are built or touched,
// where the first run is remembered, and nothing written where nothing changed.
func checkReads(t *testing.T, c change, ops []pipelinetest.Op, remembers bool) {
	t.Helper()
	reads, writes := 0, 0
	for _, op := range ops {
		if op.Step == pipelinetest.StepImage {
			reads++
		}
		if op.Step.Changes() {
			writes++
		}
	}
	const images = 2 * 3 // of a shard
	most := images * c.built
	if strings.Contains(c.name, "size") {
		most *= 2 // read to compare, and again to be built
	}
	if c.name == "an image touched" {
		most = images
	}
	if remembers && reads > most {
		t.Errorf("%d images were read, want at most %d", reads, most)
	}
	if c.name == "nothing" && writes > 0 {
		t.Errorf("nothing changed, and there were %d writes", writes)
	}
}

// TestUpdateIsCutAtEveryOperation ends an update at each operation, with what is
// sure on the disk and with all of it, and wants: no _SUCCESS and no manifest
// beside a mixture of old and new, and the same command again to complete; and
// so when the input changed once more in between. On disks with and without hard
// links.
func TestUpdateIsCutAtEveryOperation(t *testing.T) {
	step := pace(31)
	for k, c := range changes() {
		for _, noLinks := range []bool{false, true} {
			base := newSmall().fresh(t, change{spec: c.was})
			if c.spoil != nil {
				disk := pipelinetest.DiskOf(base)
				c.spoil(disk)
				base = disk.Files()
			}
			d := newSmall()
			c.do(d)
			want := d.fresh(t, c)
			for n := 1 + k%step; ; n += step {
				disk := pipelinetest.DiskOf(base)
				disk.NoLinks = noLinks
				what := fmt.Sprintf("%s, cut at operation %d (no links: %v)", c.name, n, noLinks)
				if whole := cutUpdate(t, d, c, disk, n); whole {
					break
				}
				left := disk.Crash(rand.New(rand.NewPCG(uint64(n), 1)))
				disk.Restart()
				for _, disk := range []*pipelinetest.Disk{disk, left} {
					checkMixture(t, what, disk.Files(), base, want)
					again := pipelinetest.DiskOf(disk.Files())
					again.NoLinks = noLinks
					updateAndCompare(t, d, c, disk, want, what)
					other := newSmall()
					c.do(other)
					other.grow("train", 9)
					updateAndCompare(t, other, c, again, other.fresh(t, c), what+", and the input changed again")
				}
				if t.Failed() {
					t.FailNow()
				}
			}
		}
	}
}

// cutUpdate runs an update until its n-th operation; true when it had fewer.
func cutUpdate(t *testing.T, d *small, c change, disk *pipelinetest.Disk, n int) bool {
	t.Helper()
	script := pipelinetest.Dying(func(op pipelinetest.Op) bool { return op.N >= n })
	job := d.updating(t, c, &pipelinetest.Store{Under: disk, Script: script}, &pipelinetest.Source{Under: d.files, Script: script}, nil)
	_, err := job.Convert(t.Context())
	var broken *pipeline.ViolationsError
	if err != nil && !errors.Is(err, pipelinetest.ErrDead) && !errors.As(err, &broken) {
		t.Errorf("%s: dying at operation %d: %v", c.name, n, err)
	}
	return len(script.Ops()) < n
}

// checkMixture wants _SUCCESS and the manifest to stand beside all of the old
// output or all of the new one, and every other file to be of one of them.
func checkMixture(t *testing.T, what string, got, base, want map[string]string) {
	t.Helper()
	final := maps.Clone(got)
	maps.DeleteFunc(final, func(name, _ string) bool { return strings.HasPrefix(name, ".pickshard/") })
	for name, data := range final {
		if data != base[name] && data != want[name] {
			t.Errorf("%s: %s is neither the old nor the new file", what, name)
		}
	}
	delete(final, "_SUCCESS")
	if _, ok := got["manifest.json"]; !ok {
		if _, ok := got["_SUCCESS"]; ok {
			t.Errorf("%s: _SUCCESS stands without a manifest", what)
		}
		return
	}
	old, fresh := maps.Clone(base), maps.Clone(want)
	delete(old, "_SUCCESS")
	delete(fresh, "_SUCCESS")
	if !maps.Equal(final, old) && !maps.Equal(final, fresh) {
		t.Errorf("%s: the manifest stands beside a mixture", what)
	}
}

func updateAndCompare(t *testing.T, d *small, c change, disk *pipelinetest.Disk, want map[string]string, what string) {
	t.Helper()
	job := d.updating(t, c, disk, d.files, nil)
	if _, err := job.Convert(t.Context()); err != nil {
		t.Errorf("%s: the update again: %v", what, err)
		return
	}
	equalFiles(t, what+", and updated", disk.Files(), want)
}

// TestUpdateLeavesWhatOthersChanged changes each file of an output before an
// update that replaces all of them: the file stays as it is and is told, and once
// it is moved away the same command completes.
func TestUpdateLeavesWhatOthersChanged(t *testing.T) {
	base := newSmall().convert(t).Files()
	d, c := newSmall(), change{spec: func(s *pipeline.Spec) { s.Form = []byte(`{"form":2}`); s.ShardRows = 3 }}
	want := d.fresh(t, c)
	for _, name := range slices.Sorted(maps.Keys(base)) {
		if name == "manifest.json" || strings.HasSuffix(name, "/README.md") {
			continue // then every shard is rebuilt; and cards are for people to edit
		}
		for how, data := range map[string]string{"longer": base[name] + "x", "of the same size": "x" + base[name][min(1, len(base[name])):]} {
			what := name + ", " + how
			disk := pipelinetest.DiskOf(base)
			disk.Write(name, data)
			_, err := d.updating(t, c, disk, d.files, nil).Convert(t.Context())
			if err == nil || !strings.Contains(err.Error(), name+" was changed since it was written") {
				t.Errorf("%s: %v", what, err)
			}
			left := disk.Files()
			for n, text := range base {
				if n != name && left[n] != text {
					t.Errorf("%s: %s is not what it was", what, n)
				}
			}
			if left[name] != data {
				t.Fatalf("%s: it is gone", what)
			}
			if err := disk.Remove(name); err != nil {
				t.Fatal(err)
			}
			updateAndCompare(t, d, c, disk, want, what+", moved away")
		}
	}
}

// TestUpdateReplacesNothingOfOthers: a manifest that names another file, with its
// size and digest, gives no right to it, whatever the store would do.
func TestUpdateReplacesNothingOfOthers(t *testing.T) {
	base := newSmall().convert(t).Files()
	for _, ours := range []string{"parquet/data/test-00000-of-00001.parquet", "parquet/README.md"} {
		replacesNothing(t, base, ours)
	}
}

// replacesNothing tells a lie about where a file of an output is.
func replacesNothing(t *testing.T, base map[string]string, ours string) {
	t.Helper()
	for _, name := range []string{"../beside/file", "/beside/file", "beside/file", "parquet/../../beside/file", "arrow/mine", ".pickshard/x", "quarantine/mine.jsonl", "parquet/data/mine.parquet", "_SUCCESS/x"} {
		if strings.HasSuffix(ours, ".md") && (strings.HasPrefix(name, "arrow/") || strings.HasPrefix(name, "parquet/data/")) {
			continue // what an earlier pickshard may have written beside the shards
		}
		files := maps.Clone(base)
		files[name] = files[ours]
		delete(files, ours)
		files["manifest.json"] = pipelinetest.Signed(strings.Replace(files["manifest.json"], `"`+ours+`"`, `"`+name+`"`, 1))
		disk := pipelinetest.DiskOf(files)
		d := newSmall()
		d.grow("test", 3)
		_, err := d.updating(t, change{}, disk, d.files, nil).Convert(t.Context())
		if left := disk.Files(); err == nil || !maps.Equal(left, files) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestOthersFilesInTheWorkFolder: what no run of pickshard puts into the work
// folder is not swept with it.
func TestOthersFilesInTheWorkFolder(t *testing.T) {
	whole := newSmall().convert(t).Files()
	begun := pipelinetest.NewDisk()
	dieWhen(t, newSmall(), begun, func(op pipelinetest.Op) bool { return op.Step == pipelinetest.StepPublish && final(op.Name) })
	for _, base := range []map[string]string{{}, whole, begun.Files()} {
		for _, name := range []string{"notes.txt", "files/mine.txt", "files/train-00000-of-00003.parquet", "shards/mine.json", "folder/deep/mine", "plan.json.bak", "files/folder/mine"} {
			disk := pipelinetest.DiskOf(base)
			disk.Write(".pickshard/"+name, "mine")
			before := disk.Files()
			for _, update := range []bool{false, true} {
				d := newSmall()
				d.grow("train", 6)
				job := d.job(t, disk, d.files)
				job.Update = update
				_, err := job.Convert(t.Context())
				if !errors.Is(err, pipeline.ErrOutputForeign) || !maps.Equal(disk.Files(), before) {
					t.Errorf("%s in %d files, update: %v: %v", name, len(base), update, err)
				}
			}
		}
	}
}
