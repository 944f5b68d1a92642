package soak

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pickshard/pickshard/pipeline"
	"github.com/pickshard/pickshard/pipeline/pipelinetest"
)

// strangers returns outputs that someone else may hand over: one that is whole,
// a conversion that was cut while shards were built, and an update that was cut
// while it replaced files. Together they have every file that is read back.
func strangers(t testing.TB) map[string]map[string]string {
	t.Helper()
	d := newSmall()
	whole := d.convert(t).Files()
	begun := pipelinetest.NewDisk()
	dieWhen(t, d, begun, func(op pipelinetest.Op) bool { return op.Step == pipelinetest.StepPublish && final(op.Name) })
	update := pipelinetest.DiskOf(whole)
	d.grow("train", 6)
	script := &pipelinetest.Script{Fail: func(op pipelinetest.Op) *pipelinetest.Fault {
		if op.Step == pipelinetest.StepPublish && strings.HasPrefix(op.Name, "arrow/") {
			return &pipelinetest.Fault{Err: pipelinetest.ErrDead}
		}
		return nil
	}}
	job := d.updating(t, change{}, &pipelinetest.Store{Under: update, Script: script}, d.files, nil)
	if _, err := job.Convert(t.Context()); !errors.Is(err, pipelinetest.ErrDead) {
		t.Fatal(err)
	}
	out := map[string]map[string]string{"whole": whole, "begun": begun.Files(), "update": update.Files()}
	for what, names := range map[string][]string{
		"begun": {"plan.json", "shards/"}, "update": {"plan.json", "old.json", "kept.json", "new-", "shards/"},
	} {
		for _, name := range names {
			if !slices.ContainsFunc(slices.Collect(maps.Keys(out[what])), func(n string) bool { return strings.HasPrefix(n, ".pickshard/"+name) }) {
				t.Fatalf("%s has no %s: %q", what, name, slices.Sorted(maps.Keys(out[what])))
			}
		}
	}
	return out
}

// answers is how long a command may take over a file of a few kilobytes.
const answers = 10 * time.Second

// fuzzReadBack puts other text into one of the files that are read back, and wants
// each command to answer soon, whatever it says, and to leave alone what stands
// beside OUTPUT.
func fuzzReadBack(f *testing.F, state, name string) {
	const beside = "../beside/file"
	files := strangers(f)[state]
	for have := range files {
		if strings.HasPrefix(have, name) {
			name = have
			break
		}
	}
	text := files[name]
	if text == "" {
		f.Fatalf("%s has no %s", state, name)
	}
	for _, word := range []string{"rows", "path", "bytes", "shards", "name", "attempts", "splits"} {
		if at := strings.Index(text, `"`+word+`"`); at >= 0 {
			f.Add(at+len(word)+4, 5, "1000000000000")
			f.Add(at+len(word)+4, 1, `"`+beside+`", "`)
			f.Add(at, 0, `"other": null, `)
		}
	}
	f.Add(0, len(text), "null")
	f.Add(0, len(text), strings.Repeat("[", 5000))
	f.Fuzz(func(t *testing.T, at, cut int, other string) {
		at = min(max(at, 0), len(text))
		changed := maps.Clone(files)
		changed[name] = text[:at] + other + text[at+min(max(cut, 0), len(text)-at):]
		if strings.Contains(text, `"manifest_sha256"`) {
			changed[name] = pipelinetest.Signed(changed[name])
		}
		changed[beside] = "of someone else"
		for _, command := range []string{"convert", "update", "verify"} {
			disk := pipelinetest.DiskOf(changed)
			ctx, cancel := context.WithTimeout(t.Context(), answers)
			err := tryDisk(ctx, t, disk, command)
			cancel()
			if errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("%s: no answer after %s", command, answers)
			}
			if disk.Files()[beside] != changed[beside] {
				t.Errorf("%s: %s is not what it was", command, beside)
			}
		}
	})
}

func tryDisk(ctx context.Context, t *testing.T, disk *pipelinetest.Disk, command string) error {
	if command == "verify" {
		v := &pipeline.Verifier{Store: disk, Formats: formats(t), Workers: 1, Progress: &pipeline.Progress{}}
		_, err := v.Verify(ctx)
		return err
	}
	d := newSmall()
	d.grow("train", 6)
	job := d.job(t, disk, d.files)
	job.Update = command == "update"
	_, err := job.Convert(ctx)
	return err
}

func FuzzManifest(f *testing.F)    { fuzzReadBack(f, "whole", "manifest.json") }
func FuzzOldManifest(f *testing.F) { fuzzReadBack(f, "update", ".pickshard/old.json") }
func FuzzNewManifest(f *testing.F) { fuzzReadBack(f, "update", ".pickshard/new-") }
func FuzzKept(f *testing.F)        { fuzzReadBack(f, "update", ".pickshard/kept.json") }
func FuzzPlan(f *testing.F)        { fuzzReadBack(f, "begun", ".pickshard/plan.json") }
func FuzzShardRecord(f *testing.F) { fuzzReadBack(f, "begun", ".pickshard/shards/") }
