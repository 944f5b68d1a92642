package soak

import (
	"context"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pickshard/pickshard/pipeline"
	"github.com/pickshard/pickshard/pipeline/pipelinetest"
)

// verify checks an output and returns what is wrong, as text.
func verify(t testing.TB, disk *pipelinetest.Disk, quick bool) []string {
	t.Helper()
	v := &pipeline.Verifier{Store: disk, Formats: formats(t), Quick: quick, Workers: 2, Progress: &pipeline.Progress{}}
	r, err := v.Verify(t.Context())
	if err != nil {
		return []string{err.Error()}
	}
	var found []string
	for _, f := range r.Findings {
		found = append(found, f.String())
	}
	for _, name := range r.Edited {
		found = append(found, "edited: "+name)
	}
	return found
}

// mutated wants a change of one file to be found, and the file to be named.
func mutated(t testing.TB, files map[string]string, name, data, what string) {
	t.Helper()
	other := maps.Clone(files)
	other[name] = data
	found := verify(t, pipelinetest.DiskOf(other), false)
	named := strings.TrimSuffix(name, ".json") // "read manifest: ..."
	if !slices.ContainsFunc(found, func(f string) bool { return strings.Contains(f, named) }) {
		t.Errorf("%s of %s is not found, or the file is not named: %q", what, name, found)
	}
}

// TestEveryMutationIsFound flips bits, cuts and lengthens every file of an
// output, thousands of times over, and wants verify to name the file.
func TestEveryMutationIsFound(t *testing.T) {
	files := newSmall().convert(t).Files()
	if found := verify(t, pipelinetest.DiskOf(files), false); len(found) > 0 {
		t.Fatalf("an output without fault: %q", found)
	}
	step := 23 // of bytes that are flipped
	if thorough() {
		step = 1
	}
	count := 0
	for _, name := range slices.Sorted(maps.Keys(files)) {
		data := files[name]
		for i := len(name) % step; i < len(data); i += step {
			flipped := []byte(data)
			flipped[i] ^= 1 << (i % 8)
			mutated(t, files, name, string(flipped), fmt.Sprintf("flipping bit %d of byte %d", i%8, i))
			count++
		}
		for _, n := range []int{0, 1, len(data) / 3, len(data) - 512, len(data) - 8, len(data) - 1} {
			if n >= 0 && n < len(data) {
				mutated(t, files, name, data[:n], fmt.Sprintf("cutting after %d bytes", n))
				count++
			}
		}
		for _, more := range []string{"\x00", "\n", "PAR1", strings.Repeat("\x00", 1024)} {
			mutated(t, files, name, data+more, fmt.Sprintf("adding %d bytes", len(more)))
			count++
		}
		if t.Failed() {
			t.FailNow()
		}
	}
	t.Logf("%d mutations of %d files", count, len(files))
}

// TestEveryChangeOfNamesIsFound deletes, duplicates and swaps files.
func TestEveryChangeOfNamesIsFound(t *testing.T) {
	files := newSmall().convert(t).Files()
	want := func(changed map[string]string, what string, names ...string) {
		t.Helper()
		for _, quick := range []bool{false, true} {
			found := strings.Join(verify(t, pipelinetest.DiskOf(changed), quick), "\n")
			for _, name := range names {
				if !strings.Contains(found, strings.TrimSuffix(name, ".json")) {
					t.Errorf("%s (quick: %v) is not found, or %s is not named: %q", what, quick, name, found)
				}
			}
		}
	}
	names := slices.Sorted(maps.Keys(files))
	for i, name := range names {
		changed := maps.Clone(files)
		delete(changed, name)
		want(changed, "deleting "+name, name)
		changed = maps.Clone(files)
		changed[name+".bak"] = files[name]
		want(changed, "duplicating "+name, name+".bak")
		for _, other := range names[i+1:] {
			if files[other] == files[name] || strings.Contains(name+other, "manifest.json") {
				continue
			}
			changed = maps.Clone(files)
			changed[name], changed[other] = files[other], files[name]
			found := strings.Join(verify(t, pipelinetest.DiskOf(changed), false), "\n")
			if !strings.Contains(found, name) || !strings.Contains(found, other) {
				t.Errorf("swapping %s and %s is not found: %q", name, other, found)
			}
		}
	}
	changed := maps.Clone(files)
	changed[".pickshard/files/left.over"] = "x"
	want(changed, "a work folder", ".pickshard")
}

// TestEditedManifestIsFound edits every value of the manifest, as someone would
// who does not know of its digest, and then those that the files or the rest of
// the manifest contradict, with the digest made to fit.
func TestEditedManifestIsFound(t *testing.T) {
	files := newSmall().convert(t).Files()
	manifest := files["manifest.json"]
	value := regexp.MustCompile(`(?m)("[^"]+": |^ +)("[^"\n]*"|-?[0-9.]+|true|false|null)(,?)$`)
	edited, contradicted := 0, 0
	for _, at := range value.FindAllStringSubmatchIndex(manifest, -1) {
		old := manifest[at[4]:at[5]]
		for _, other := range otherValues(old) {
			if other == old {
				continue
			}
			text := manifest[:at[4]] + other + manifest[at[5]:]
			line := strings.TrimSpace(manifest[at[2]:at[5]])
			mutated(t, files, "manifest.json", text, "editing "+line+" to "+other)
			edited++
			changed := maps.Clone(files)
			changed["manifest.json"] = pipelinetest.Signed(text)
			switch found := verify(t, pipelinetest.DiskOf(changed), false); {
			case len(found) > 0:
				contradicted++
			case !unprovable(line):
				t.Errorf("editing %s to %s, with the digest made to fit, is not found", line, other)
			}
		}
	}
	t.Logf("%d edits; %d of them are contradicted by the rest even with the digest made to fit", edited, contradicted)
}

// otherValues returns what a JSON value may be edited to.
func otherValues(old string) []string {
	switch {
	case strings.HasPrefix(old, `"`):
		return []string{`"x` + old[1:], `""`}
	case old == "true":
		return []string{"false"}
	case old == "false":
		return []string{"true"}
	case old == "null":
		return nil
	}
	return []string{old + "1", "7" + strings.TrimPrefix(old, "-")}
}

// unprovable says whether no file of an output can contradict a value: what
// stands for the input, or is a name alone.
func unprovable(line string) bool {
	for _, key := range []string{
		`"name"`, `"doc"`, `"nullable"`, `"config"`, `"arrow_bytes"`, `"records_sha256"`, `"format": "png"`, `"manifest_sha256"`,
		`"min_width"`, `"max_width"`, `"min_height"`, `"max_height"`, `"first_key"`, `"last_key"`,
		`"rule"`, `"checked"`, `"read"`, `"form_sha256"`,
	} {
		if strings.HasPrefix(line, key) {
			return true
		}
	}
	return !strings.Contains(line, ": ") // a member of a list
}

// TestFormatsThatDisagreeAreFound puts one format's shard of another conversion
// into an output, with a manifest that fits the file: only the comparison of the
// formats can tell.
func TestFormatsThatDisagreeAreFound(t *testing.T) {
	files := newSmall().convert(t).Files()
	d := newSmall()
	d.tables["train"].Rows[2][4] = 0.125 // of the same size, in every format
	other := d.convert(t).Files()
	crc := func(files map[string]string, name string) string {
		return regexp.MustCompile(`"` + regexp.QuoteMeta(name) + `",\s+"bytes": \d+,\s+"crc32c": "[0-9a-f]+"`).FindString(files["manifest.json"])
	}
	for _, name := range []string{
		"parquet/data/train-00001-of-00003.parquet", "arrow/train/data-00001-of-00003.arrow", "webdataset/data/train-00001-of-00003.tar",
	} {
		if files[name] == other[name] {
			t.Fatalf("%s is the same in both", name)
		}
		changed := maps.Clone(files)
		changed[name] = other[name]
		changed["manifest.json"] = pipelinetest.Signed(strings.Replace(files["manifest.json"], crc(files, name), crc(other, name), 1))
		found := strings.Join(verify(t, pipelinetest.DiskOf(changed), false), "\n")
		if !strings.Contains(found, name) || !strings.Contains(found, "value of E1") {
			t.Errorf("%s of another conversion is not found: %q", name, found)
		}
	}
}

// TestRowsThatLie: a manifest that tells of a trillion records is answered as fast
// as one that tells the truth, and the answer says so.
func TestRowsThatLie(t *testing.T) {
	files := newSmall().convert(t).Files()
	manifest := files["manifest.json"]
	rows := regexp.MustCompile(`"rows": (\d+)`)
	for _, at := range rows.FindAllStringSubmatchIndex(manifest, -1) {
		changed := maps.Clone(files)
		changed["manifest.json"] = pipelinetest.Signed(manifest[:at[2]] + "1000000000000" + manifest[at[3]:])
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		v := &pipeline.Verifier{Store: pipelinetest.DiskOf(changed), Formats: formats(t), Workers: 2, Progress: &pipeline.Progress{}}
		r, err := v.Verify(ctx)
		cancel()
		if err != nil || !strings.Contains(fmt.Sprint(r.Findings), "1000000000000") {
			t.Errorf("%v, %+v", err, r)
		}
	}
}

// TestDeepFoldersAreFound: folders in folders are told, and not followed for ever.
func TestDeepFoldersAreFound(t *testing.T) {
	files := newSmall().convert(t).Files()
	disk := pipelinetest.DiskOf(files)
	disk.Write("parquet/"+strings.Repeat("d/", 3000)+"x", "x")
	disk.Write("arrow/"+strings.Repeat(strings.Repeat("n", 250)+"/", 6)+"x", "x")
	found := verify(t, disk, true)
	if len(found) != 2 || !strings.HasPrefix(found[0], "arrow/nnn") || !strings.HasPrefix(found[1], "parquet/d/d") {
		t.Errorf("%.300q", found)
	}
}
