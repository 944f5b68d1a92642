package soak

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/pickshard/pickshard/pipeline"
	"github.com/pickshard/pickshard/pipeline/compare"
	"github.com/pickshard/pickshard/pipeline/pipelinetest"
	"github.com/pickshard/pickshard/stages/store/folder"
)

// TestDigestsAreRhashs checks the manifest's digests with a common command-line
// tool: rhash --crc32c.
func TestDigestsAreRhashs(t *testing.T) {
	rhash, err := exec.LookPath("rhash")
	if err != nil {
		t.Skip("NOT TESTED: rhash is not installed")
	}
	input := demoInput(t)
	output := filepath.Join(fastDir(t), "out")
	mustPickshard(t, "convert", "pick-high", input, output, "-q")
	m, err := pipeline.ReadManifest(folder.New(output))
	if err != nil {
		t.Fatal(err)
	}
	sums := make(map[string]string)
	for _, f := range m.Files {
		sums[f.Path] = f.CRC32C
	}
	for _, s := range m.Splits {
		for _, sh := range s.Shards {
			for _, f := range sh.Files {
				sums[f.Path] = f.CRC32C
			}
		}
	}
	for name, want := range sums {
		out, err := exec.Command(rhash, "--crc32c", "--simple", filepath.Join(output, name)).Output()
		if got, _, _ := strings.Cut(string(out), " "); err != nil || got != want {
			t.Errorf("rhash says %q of %s, the manifest %s (%v)", out, name, want, err)
		}
	}
	if len(sums) < 9 {
		t.Errorf("%d files", len(sums))
	}
}

// TestRepairedRecordsComeIn damages images, quarantines their records, repairs
// them and updates: the records are taken in, and only their shards rebuilt.
func TestRepairedRecordsComeIn(t *testing.T) {
	input := demoInput(t)
	whole := filepath.Join(fastDir(t), "whole")
	args := func(output string, more ...string) []string {
		return append([]string{"convert", "pick-high", input, output, "--shard-rows", "4", "--on-error", "quarantine", "--json"}, more...)
	}
	mustPickshard(t, args(whole)...)
	images, err := filepath.Glob(filepath.Join(input, "pick_refine_img", "train", "*.png"))
	if err != nil {
		t.Fatal(err)
	}
	saved := make(map[string]string)
	for i, damage := range []func(string) string{
		func(s string) string { return s[:len(s)/2] },                                   // found when it is read
		func(string) string { return "" },                                               // found when the plan is made
		func(s string) string { return s[:100] + strings.Repeat("\x00", 50) + s[150:] }, // found when it is read
	} {
		data, err := os.ReadFile(images[3*i])
		if err != nil {
			t.Fatal(err)
		}
		saved[images[3*i]] = string(data)
		write(t, images[3*i], damage(string(data)))
	}
	output := filepath.Join(fastDir(t), "out")
	if o := pickshard(t, args(output)...); o.code != 3 {
		t.Fatalf("exit code %d: %s", o.code, o.errOut)
	}
	lines, err := os.ReadFile(filepath.Join(output, "quarantine", "train.jsonl"))
	if err != nil || strings.Count(string(lines), "\n") != len(saved) {
		t.Errorf("quarantined %q, %v", lines, err)
	}
	mustPickshard(t, "verify", output)
	for name, data := range saved {
		write(t, name, data)
	}
	o := mustPickshard(t, args(output, "--update")...)
	equalFiles(t, "repaired and updated", tree(t, output), tree(t, whole))
	built := shardsOf(events(o.out), pipeline.EventShard)
	for shard := range built {
		if !strings.HasPrefix(shard, "train-") {
			t.Errorf("shard %s was rebuilt", shard)
		}
	}
	if len(built) == 0 {
		t.Error("nothing was rebuilt")
	}
}

// TestDiffTellsChanges compares outputs before and after each change of an
// input.
func TestDiffTellsChanges(t *testing.T) {
	for _, c := range changes() {
		if c.spoil != nil {
			continue
		}
		base := newSmall().convert(t)
		d := newSmall()
		c.do(d)
		fresh := pipelinetest.DiskOf(d.fresh(t, c))
		diff := compareOutputs(t, base, fresh)
		if equal := base.Files()["manifest.json"] == fresh.Files()["manifest.json"]; diff.Equal != equal {
			t.Errorf("%s: equal is %v", c.name, diff.Equal)
		}
		want := map[string]string{
			"nothing": "", "rows appended": "train +2", "rows appended to the second split": "test +1", "rows removed": "train -2",
			"a split emptied": "test -2", "a split gone": "test -2", "a value changed": "train ~1 E1 train-000000002",
			"an image replaced": "train ~1 refine_image train-000000004", "an image replaced by one of its size": "train ~1 easy_image_1 train-000000000",
			"an image touched": "", "another tool": "", "another config": "", "fewer formats": "",
		}
		text, err := json.Marshal(diff.Splits)
		if err != nil {
			t.Fatal(err)
		}
		if told, ok := want[c.name]; ok && summary(diff) != told {
			t.Errorf("%s: told %q, want %q: %s", c.name, summary(diff), told, text)
		}
	}
	a := newSmall().convert(t)
	if diff := compareOutputs(t, a, a); !diff.Equal {
		t.Errorf("an output differs from itself: %+v", diff)
	}
}

func compareOutputs(t *testing.T, a, b *pipelinetest.Disk) *compare.Difference {
	t.Helper()
	diff, err := (&compare.Differ{Old: a, New: b, Formats: formats(t), MaxListed: 5}).Diff(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return diff
}

// summary spells a difference in a few words.
func summary(d *compare.Difference) string {
	var words []string
	for _, s := range d.Splits {
		words = append(words, s.Split)
		if s.Added > 0 {
			words = append(words, "+"+string(rune('0'+s.Added)))
		}
		if s.Removed > 0 {
			words = append(words, "-"+string(rune('0'+s.Removed)))
		}
		for _, r := range s.Records {
			if r.Change == "changed" {
				words = append(words, "~"+string(rune('0'+s.Changed)), strings.Join(r.Fields, ","), r.Key)
			}
		}
	}
	return strings.Join(words, " ")
}

// TestUpdateSeesTimesPutBack replaces an image by one of its size and gives it
// the old time: an update that remembers must still notice, by what nobody can
// put back. And one that remembers and finds nothing changed reads no image.
func TestUpdateSeesTimesPutBack(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("NOT TESTED: the time of the last change is known on Linux alone")
	}
	input := demoInput(t)
	cache := t.TempDir()
	output := filepath.Join(fastDir(t), "out")
	convert := func(more ...string) outcome {
		cmd := commandContext(t.Context(), t, append([]string{"convert", "pick-high", input, output, "--json", "--shard-rows", "6"}, more...)...)
		cmd.Env = append(os.Environ(), "XDG_CACHE_HOME="+cache)
		return runCommand(t, cmd)
	}
	time.Sleep(3100 * time.Millisecond) // what is newer is not remembered
	convert()
	if entries, err := filepath.Glob(filepath.Join(cache, "pickshard", "*")); err != nil || len(entries) != 1 {
		t.Fatalf("remembered %v, %v", entries, err)
	}
	name := filepath.Join(input, "pick_easy_img", "test", "318ec385bfdd44dd_0.jpg")
	info, err := os.Stat(name)
	if err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(name, 0); err != nil { // not to be read
		t.Fatal(err)
	}
	if o := convert("--update"); os.Getuid() != 0 && o.code != 0 || strings.Contains(o.out, `"event":"shard"`) {
		t.Errorf("nothing changed: exit code %d: %s", o.code, o.out)
	}
	if err := os.Chmod(name, 0o644); err != nil {
		t.Fatal(err)
	}
	data[15]++ // the density that a JFIF head tells
	write(t, name, string(data))
	if err := os.Chtimes(name, info.ModTime(), info.ModTime()); err != nil {
		t.Fatal(err)
	}
	o := convert("--update")
	if built := shardsOf(events(o.out), pipeline.EventShard); o.code != 0 || len(built) != 1 || !built["test-00000-of-00001"] {
		t.Errorf("an image with its old time: exit code %d, built %v: %s", o.code, built, o.errOut)
	}
	mustPickshard(t, "verify", output, "--input", input)
}
