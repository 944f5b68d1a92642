package soak

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/pickshard/pickshard/configs"
	"github.com/pickshard/pickshard/pipeline"
	"github.com/pickshard/pickshard/pipeline/compare"
	"github.com/pickshard/pickshard/pipeline/pipelinetest"
)

// wideArgs converts a wide input.
func wideArgs(config, input, output string, more ...string) []string {
	return append([]string{"convert", config, input, output, "--json"}, more...)
}

// TestWideSameBytes converts the wide input under what must not matter.
func TestWideSameBytes(t *testing.T) {
	input, config := newWide(40).lay(t, fastDir(t))
	first := filepath.Join(fastDir(t), "out")
	mustPickshard(t, wideArgs(config, input, first)...)
	want := tree(t, first)
	if len(want) < 2*3*3+3 {
		t.Fatalf("%d files", len(want))
	}
	mustPickshard(t, "verify", first, "--input", input)
	for _, more := range [][]string{{"--workers", "1"}, {"--workers", "7"}, {"--memory", "1MiB"}, {"--memory", "1GiB", "--workers", "16"}, {"--format", "webdataset,arrow,parquet"}} {
		output := filepath.Join(fastDir(t), "out")
		mustPickshard(t, wideArgs(config, input, output, more...)...)
		equalFiles(t, strings.Join(more, " "), tree(t, output), want)
	}
	formatsAlone(t, input, func(in, out string, more ...string) []string { return wideArgs(config, in, out, more...) }, want)
}

// TestWideKilledAtRandom kills conversions of the wide input at random moments and
// starts them again until they come to their end.
func TestWideKilledAtRandom(t *testing.T) {
	input, config := newWide(40).lay(t, fastDir(t))
	reference := filepath.Join(fastDir(t), "whole")
	began := time.Now()
	mustPickshard(t, wideArgs(config, input, reference, "--workers", "2")...)
	took, want := time.Since(began), tree(t, reference)
	kills, budget := 0, 30
	if thorough() {
		budget = 2000
	}
	chance := rand.New(rand.NewPCG(uint64(budget), 9))
	for kills < budget && !t.Failed() {
		kills += killUntilWhole(t, wideArgs(config, input, filepath.Join(fastDir(t), "out"), "--workers", "2"), want, took, chance)
	}
}

// wideJob opens the job of a wide input with a store of its own.
func wideJob(t testing.TB, config, input string, store pipeline.Store) *configs.Job {
	t.Helper()
	c, err := configs.Load(config)
	if err != nil {
		t.Fatal(err)
	}
	c.Run.Workers = 1
	job, err := c.Open(t.Context(), input, "", configs.Running{})
	if err != nil {
		t.Fatal(err)
	}
	job.Store = store
	return job
}

// convertWide runs the job of a wide input.
func convertWide(t testing.TB, config, input string, store pipeline.Store) error {
	t.Helper()
	job := wideJob(t, config, input, store)
	_, err := job.Convert(t.Context())
	return errors.Join(err, job.Close())
}

// TestWidePowerGoes ends a conversion of the wide input at operations of its output, all
// of them in a soak, and leaves of the disk what is sure and what chance picks.
func TestWidePowerGoes(t *testing.T) {
	input, config := newWide(24).lay(t, fastDir(t))
	whole, script := pipelinetest.NewDisk(), &pipelinetest.Script{}
	if err := convertWide(t, config, input, &pipelinetest.Store{Under: whole, Script: script}); err != nil {
		t.Fatal(err)
	}
	want, count := whole.Files(), len(script.Ops())
	for n := 1; n <= count+1; n += pace(101) {
		what := fmt.Sprintf("power goes at operation %d of %d", n, count)
		disk := pipelinetest.NewDisk()
		dies := pipelinetest.Dying(func(op pipelinetest.Op) bool { return op.N >= n })
		if err := convertWide(t, config, input, &pipelinetest.Store{Under: disk, Script: dies}); err != nil && !errors.Is(err, pipelinetest.ErrDead) {
			t.Errorf("%s: %v", what, err)
		}
		left := disk.Crash(rand.New(rand.NewPCG(uint64(n), 2)))
		checkFinal(t, what, left.Files(), want)
		if err := convertWide(t, config, input, left); err != nil {
			t.Errorf("%s: the same command again: %v", what, err)
		}
		equalFiles(t, what+", and again", left.Files(), want)
		if t.Failed() {
			t.FailNow()
		}
	}
	t.Logf("%d operations", count)
}

// wideChange is something that happens to a wide input, and whether records change by it.
type wideChange struct {
	name    string
	do      func(w *wide)
	changes bool
	// drops says that a record breaks a rule by it.
	drops bool
}

func wideChanges() []wideChange {
	return []wideChange{
		{"nothing", func(*wide) {}, false, false},
		{"rows appended", func(w *wide) { more := newWide(len(w.rows) + 6); w.rows, w.categories = more.rows, more.categories }, true, false},
		{"a value changed", func(w *wide) { w.rows[1].Label = map[string]string{"cat": "dog", "dog": "cat"}[w.rows[1].Label] }, true, false},
		{"a struct changed", func(w *wide) { w.rows[4].Meta = map[string]any{"model": nil, "steps": 7} }, true, false},
		{"a list of images grew", func(w *wide) { w.rows[6].Images = append(w.rows[6].Images, `C:\data\6\more.png`) }, true, false},
		{"a picture of a list replaced", func(w *wide) { w.pictures["images/4/2.png"] = dots(77, 9) }, true, false},
		{"bytes of a column replaced", func(w *wide) { w.rows[2].Photo = base64.StdEncoding.EncodeToString(dots(78, 9)) }, true, false},
		{"pixels changed", func(w *wide) { w.rows[0].Pixels[5] ^= 255 }, true, false},
		{"a member of the archives replaced", func(w *wide) { w.pictures["m/5.png"] = dots(79, 9) }, true, false},
		{"a text changed", func(w *wide) { w.texts["text/n002.txt"] = []byte("other words") }, true, false},
		{"lines changed", func(w *wide) { w.texts["lines/n004.txt"] = []byte("one\ntwo\n") }, true, false},
		{"a side table changed", func(w *wide) { w.categories[1] = "new" }, true, false},
		{"another side table changed", func(w *wide) { w.authors[0].Author = "Anna" }, true, false},
		{"a side row that counts for nothing", func(w *wide) { w.authors[2].Author = "a third Ann" }, false, false},
		{"the condition no longer holds", func(w *wide) { w.rows[8].Keep = "no" }, true, false},
		{"a picture is cut", func(w *wide) { data := dots(80, 9); w.pictures["images/9/1.png"] = data[:len(data)/2] }, true, true},
		{"a side row is gone", func(w *wide) { w.categories = w.categories[:len(w.categories)-1] }, true, true},
		{"rows removed", func(w *wide) { w.rows = w.rows[:len(w.rows)-3] }, true, true},
	}
}

// TestWideUpdates changes the wide input again and again, each change upon the ones
// before, and wants of an update what a fresh conversion makes, which verify finds
// whole and diff tells from what was.
func TestWideUpdates(t *testing.T) {
	folder, w := fastDir(t), newWide(30)
	input, config := w.lay(t, folder)
	output, before := filepath.Join(folder, "out"), filepath.Join(folder, "before")
	code := 0
	run := func(what string, args ...string) {
		t.Helper()
		if o := pickshard(t, args...); o.code != code {
			t.Fatalf("%s: pickshard %v: exit code %d, want %d: %s", what, args, o.code, code, o.errOut)
		}
	}
	run("at first", wideArgs(config, input, output)...)
	all := wideChanges()
	if thorough() { // in another order, too
		again := wideChanges()
		rand.New(rand.NewPCG(1, 1)).Shuffle(len(again), func(i, k int) { again[i], again[k] = again[k], again[i] })
		all = append(all, again...)
	}
	for i, c := range all {
		copyTree(t, output, filepath.Join(before, fmt.Sprint(i)))
		c.do(w)
		w.lay(t, folder)
		if c.drops {
			code = 3 // once and for all: nothing repairs them
		}
		fresh := filepath.Join(folder, "fresh", fmt.Sprint(i))
		run(c.name, wideArgs(config, input, fresh)...)
		run(c.name, wideArgs(config, input, output, "--update")...)
		equalFiles(t, c.name+", updated", tree(t, output), tree(t, fresh))
		mustPickshard(t, "verify", output, "--input", input)
		if told := recordsDiffer(t, filepath.Join(before, fmt.Sprint(i)), output); told != c.changes && i < len(wideChanges()) {
			t.Errorf("%s: diff says that records changed: %v", c.name, told)
		}
		if t.Failed() {
			t.FailNow()
		}
	}
}

// recordsDiffer says whether diff tells of records that two outputs differ in.
func recordsDiffer(t *testing.T, old, fresh string) bool {
	t.Helper()
	var diff compare.Difference
	o := pickshard(t, "diff", "--json", old, fresh)
	if err := json.Unmarshal([]byte(o.out), &diff); err != nil || o.code > 1 {
		t.Fatalf("diff: exit code %d, %v: %s", o.code, err, o.errOut)
	}
	n := int64(0)
	for _, s := range diff.Splits {
		n += s.Added + s.Removed + s.Changed
	}
	return n > 0
}
