//go:build unix

package soak

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/pickshard/pickshard/pipeline"
	"github.com/pickshard/pickshard/pipeline/compare"
	"github.com/pickshard/pickshard/pipeline/pipelinetest"
	"github.com/pickshard/pickshard/stages/store/folder"
)

// ground is a folder with a stranger's OUTPUT in it, beside files of the user's.
type ground struct {
	base, output string
	before       map[string]string
}

// layGround writes an OUTPUT, and plants in it what names may lead to.
func layGround(t *testing.T, files map[string]string) *ground {
	t.Helper()
	g := &ground{base: fastDir(t)}
	g.output = filepath.Join(g.base, "out")
	for _, name := range []string{"file", "shards/file", "shards/deep/file", "empty"} {
		data := name
		if name == "empty" {
			data = ""
		}
		write(t, filepath.Join(g.base, "beside", filepath.FromSlash(name)), data)
	}
	for name, data := range files {
		write(t, filepath.Join(g.output, filepath.FromSlash(name)), data)
	}
	planted := filepath.Join(g.output, "parquet")
	err := errors.Join(
		os.MkdirAll(planted, 0o777),
		os.Symlink("../../beside", filepath.Join(planted, "link")),
		os.Link(filepath.Join(g.base, "beside", "file"), filepath.Join(planted, "hard")),
		syscall.Mkfifo(filepath.Join(planted, "pipe"), 0o666),
	)
	if err != nil {
		t.Fatal(err)
	}
	g.before = g.beside(t)
	return g
}

// beside is all that stands around OUTPUT, with the kind, links and content of each.
func (g *ground) beside(t *testing.T) map[string]string {
	t.Helper()
	all := make(map[string]string)
	err := filepath.WalkDir(g.base, func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case name == g.output:
			return filepath.SkipDir
		case !d.Type().IsRegular():
			all[name] = d.Type().String()
			return nil
		}
		data, err := os.ReadFile(name)
		all[name] = string(data)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// patience is how long any command may take over a small OUTPUT.
const patience = 20 * time.Second

// tryAll gives the OUTPUT to each command. Whether it takes it or refuses it,
// nothing beside may change, and the answer comes at once.
func tryAll(t *testing.T, what string, files map[string]string, spoil func(g *ground)) {
	t.Helper()
	for _, command := range []string{"convert", "update", "verify", "diff"} {
		g := layGround(t, files)
		if spoil != nil {
			spoil(g)
			g.before = g.beside(t)
		}
		done := make(chan struct{})
		go func() {
			defer close(done)
			g.try(t, command)
		}()
		select {
		case <-done:
		case <-time.After(patience):
			t.Fatalf("%s, %s: no answer after %s", what, command, patience)
		}
		if after := g.beside(t); !maps.Equal(after, g.before) {
			t.Fatalf("%s, %s: beside OUTPUT was\n%q\nand is\n%q", what, command, g.before, after)
		}
		if err := os.RemoveAll(g.base); err != nil {
			t.Fatal(err)
		}
	}
}

func (g *ground) try(t *testing.T, command string) {
	folder := folder.New(g.output)
	defer folder.Close()
	store := folder.WithoutSync() // thousands of runs, and none is cut
	ctx, cancel := context.WithTimeout(t.Context(), patience/2)
	defer cancel()
	var err error
	switch command {
	case "convert", "update":
		d := newSmall()
		d.grow("train", 6)
		job := d.job(t, store, d.files)
		job.Update = command == "update"
		_, err = job.Convert(ctx)
	case "verify":
		v := &pipeline.Verifier{Store: store, Formats: formats(t), Workers: 2, Progress: &pipeline.Progress{}}
		_, err = v.Verify(ctx)
	case "diff":
		d := &compare.Differ{Old: store, New: store, Formats: formats(t), MaxListed: 3}
		_, err = d.Diff(ctx)
	}
	if errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("%s took longer than %s", command, patience/2)
	}
}

var jsonValue = regexp.MustCompile(`(?m)^(\s*(?:"[^"\n]*": )?)("[^"\n]*"|-?[0-9.]+)(,?)$`)

// forged replaces each value of an OUTPUT's JSON files, one at a time, and hands
// over the files with the digests of manifests made to fit.
func forged(files map[string]string, others func(old string) []string, step int, try func(what string, files map[string]string)) (count int) {
	n := 0
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if !strings.HasSuffix(name, ".json") || final(name) && name != "manifest.json" {
			continue
		}
		text := files[name]
		for _, at := range jsonValue.FindAllStringSubmatchIndex(text, -1) {
			for _, other := range others(text[at[4]:at[5]]) {
				if n++; n%step != 0 {
					continue
				}
				changed := maps.Clone(files)
				changed[name] = text[:at[4]] + other + text[at[5]:]
				if strings.Contains(text, `"manifest_sha256"`) {
					changed[name] = pipelinetest.Signed(changed[name])
				}
				try(fmt.Sprintf("%s: %s to %.80s", name, strings.TrimSpace(text[at[2]:at[5]]), other), changed)
				count++
			}
		}
	}
	return count
}

// TestStrangersNames gives every text in every file that is read back the names
// that lead elsewhere.
func TestStrangersNames(t *testing.T) {
	hostile := []string{
		"../beside/file", "../beside/empty", "../../../../../../../etc/hostname", "parquet/../../beside/file", "parquet/link/file", "parquet/link/shards",
		"parquet/hard", "parquet/pipe", "parquet/link", "", ".", "..", "/", "a\x00b", strings.Repeat("n", 5000), strings.Repeat("../", 1666) + "tmp",
		".pickshard/lock", ".pickshard/files", "manifest.json", "_SUCCESS", "parquet", "parquet/new", "quarantine/x", `..\beside\file`, "C:/x", "/dev/null", "/dev/stdin",
	}
	texts := func(old string) (all []string) {
		if !strings.HasPrefix(old, `"`) {
			return nil
		}
		for _, name := range hostile {
			text, err := json.Marshal(name)
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, string(text))
		}
		return all
	}
	count := 0
	for what, files := range strangers(t) {
		count += forged(files, texts, max(5, pace(61)), func(name string, files map[string]string) { tryAll(t, what+", "+name, files, nil) })
	}
	t.Logf("%d names, each for four commands", count)
}

// TestStrangersNumbers gives every number in every file that is read back values
// that cannot be, or that would take for ever.
func TestStrangersNumbers(t *testing.T) {
	numbers := func(old string) []string {
		if strings.HasPrefix(old, `"`) {
			return nil
		}
		return []string{"-1", "1000000000000", "9223372036854775807", "-9223372036854775808", "9223372036854775808", "1e300", "1.5", "0", "99999999999999999999999999"}
	}
	count := 0
	for what, files := range strangers(t) {
		count += forged(files, numbers, max(5, pace(41)), func(name string, files map[string]string) { tryAll(t, what+", "+name, files, nil) })
	}
	t.Logf("%d numbers, each for four commands", count)
}

// TestStrangersFiles puts links, pipes and folders in the place of every file and
// folder of an OUTPUT.
func TestStrangersFiles(t *testing.T) {
	for what, files := range strangers(t) {
		names := make(map[string]bool)
		for name := range files {
			for ; name != "."; name = filepath.ToSlash(filepath.Dir(name)) {
				names[name] = true
			}
		}
		for i, name := range slices.Sorted(maps.Keys(names)) {
			for k, kind := range []string{"link to a folder", "link to a file", "link to nothing", "pipe", "hard link", "folder"} {
				if (i+k)%pace(5) != 0 {
					continue
				}
				tryAll(t, fmt.Sprintf("%s, %s is a %s", what, name, kind), files, func(g *ground) { g.plant(t, name, kind) })
			}
		}
	}
}

// plant puts something in the place of a file or folder of OUTPUT.
func (g *ground) plant(t *testing.T, name, kind string) {
	t.Helper()
	full := filepath.Join(g.output, filepath.FromSlash(name))
	if err := os.RemoveAll(full); err != nil {
		t.Fatal(err)
	}
	beside := filepath.Join(g.base, "beside")
	var err error
	switch kind {
	case "link to a folder":
		err = os.Symlink(filepath.Join(beside, "shards"), full)
	case "link to a file":
		err = os.Symlink(filepath.Join(beside, "file"), full)
	case "link to nothing":
		err = os.Symlink(filepath.Join(beside, "new"), full)
	case "pipe":
		err = syscall.Mkfifo(full, 0o666)
	case "hard link":
		err = os.Link(filepath.Join(beside, "file"), full)
	case "folder":
		err = os.MkdirAll(filepath.Join(full, "inside"), 0o777)
	}
	if err != nil {
		t.Fatal(err)
	}
}
