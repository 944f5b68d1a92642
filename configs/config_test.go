package configs_test

import (
	"bytes"
	"encoding/json"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pickshard/pickshard/configs"
	"github.com/pickshard/pickshard/pipeline"
	"github.com/pickshard/pickshard/stages/join"
)

// full gives every key a value that is not its default.
const full = `
version: 1
name: full
splits:
  train: {records: [a.pkl, "parts/*.pkl"], folder: f, vars: {kind: easy, n: 7, t: true}}
  test: {records: b.pkl, vars: {kind: "", n: 1.50, t: x}}
fields:
  id: {type: int64, from: uid}
  text: {type: string, nullable: true, doc: "a <b> & \"c\""}
  img: {type: image, file: "{kind}/{folder}/{uid:06}.png", nullable: true}
  u: {type: uint64, value: 18446744073709551615}
  i: {type: int8, value: -128}
  f: {type: float64, value: 1}
  g: {type: float32, value: 2.5}
  s: {type: string, value: pick-high}
  b: {type: bool, value: true}
  at: {type: "timestamp[us, tz=Europe/Berlin]"}
formats: [avif, jpeg]
decode: 1/20
output:
  formats: webdataset
  shard_size: 1.5GB
  shard_rows: 7
  shuffle: 42
  key: id
  on_error: skip
  row_group: {bytes: 1MB, rows: 5}
limits: {image_bytes: 1kB, image_side: 9, image_pixels: 10, pickle_nesting: 11, pickle_stack: 12, pickle_output: 13}
run: {workers: 3, memory: 64MiB}
`

func TestCanonicalReadsBack(t *testing.T) {
	t.Parallel()
	pickHigh, err := configs.Load("pick-high")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []*configs.Config{pickHigh, parse(t, full), parse(t, minimal)} {
		once := c.Canonical()
		if !json.Valid(once) || bytes.ContainsAny(once, "\n") {
			t.Errorf("not one line of JSON: %s", once)
		}
		back, err := configs.Parse("canonical", once)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(once), string(back.Canonical())); diff != "" {
			t.Error(diff)
		}
	}
}

func TestCanonicalHoldsAllButRun(t *testing.T) {
	t.Parallel()
	a, b := parse(t, full), parse(t, full)
	b.Run = configs.Run{Workers: 9, Memory: configs.TiB}
	if !bytes.Equal(a.Canonical(), b.Canonical()) {
		t.Error("run changes the canonical form")
	}
	b.Output.OnError = pipeline.PolicyQuarantine
	if bytes.Equal(a.Canonical(), b.Canonical()) || !bytes.Equal(a.Shaping(), b.Shaping()) {
		t.Error("the policy must be in the canonical form, not in what shapes shards")
	}
	b.Output.ShardSize++
	if bytes.Equal(a.Shaping(), b.Shaping()) {
		t.Error("the shard size shapes shards")
	}
	b = parse(t, full)
	b.Decode = configs.DecodeAll
	if bytes.Equal(a.Shaping(), b.Shaping()) {
		t.Error("how far images are decoded says which records are written")
	}
	if a.Run.Workers != 3 || a.Output.OnError != pipeline.PolicySkip {
		t.Error("the canonical form changed the configuration")
	}
}

// Shards are kept by their form: what chooses records, shards and words about them is
// none of it, what changes a byte is.
func TestFormIsWhatChangesBytes(t *testing.T) {
	t.Parallel()
	form := parse(t, full).Form()
	for name, change := range map[string]func(c *configs.Config){
		"name": func(c *configs.Config) { c.Name = "other" }, "splits": func(c *configs.Config) { c.Splits = c.Splits[:1] },
		"formats": func(c *configs.Config) { c.Output.Formats = configs.Strings{"arrow"} }, "doc": func(c *configs.Config) { c.Fields[0].Doc = "another" },
		"shard size": func(c *configs.Config) { c.Output.ShardSize++ }, "run": func(c *configs.Config) { c.Run.Workers++ },
	} {
		c := parse(t, full)
		if change(c); !bytes.Equal(c.Form(), form) {
			t.Errorf("%s changes no byte of a shard", name)
		}
	}
	for name, change := range map[string]func(c *configs.Config){
		"type": func(c *configs.Config) { c.Fields[0].Type = "float32" }, "order": func(c *configs.Config) { slices.Reverse(c.Fields) },
		"row group": func(c *configs.Config) { c.Output.RowGroup.Rows = 7 }, "members": func(c *configs.Config) { c.Output.Members = map[string]string{"s": "txt"} },
		"limits of images": func(c *configs.Config) { c.Limits.ImageSide-- },
	} {
		c := parse(t, full)
		if change(c); bytes.Equal(c.Form(), form) {
			t.Errorf("%s changes bytes of shards, or which may stand", name)
		}
	}
}

// The spelling must not matter, only the meaning.
func TestCanonicalFollowsMeaning(t *testing.T) {
	t.Parallel()
	a := parse(t, minimal+"output: {shard_size: 500MB, formats: [webdataset, parquet, arrow]}\nformats: [webp, png, jpeg, gif]\ndecode: structure")
	b := parse(t, "fields: {a: {from: a, type: 'string', nullable: false}}\nname: n\nversion: 0x1\nsplits: {train: {folder: train, records: [a.pkl]}}\noutput: {shard_size: 500000000, shuffle: ~}")
	if diff := cmp.Diff(string(a.Canonical()), string(b.Canonical())); diff != "" {
		t.Error(diff)
	}
}

func TestConstants(t *testing.T) {
	t.Parallel()
	want := map[string]any{
		"u": uint64(math.MaxUint64), "i": int64(-128), "f": 1.0, "g": 2.5, "s": "pick-high", "b": true,
	}
	for _, f := range parse(t, full).Fields {
		got, err := f.Constant()
		if err != nil || got != want[f.Name] {
			t.Errorf("%s: %v (%T), %v", f.Name, got, got, err)
		}
	}
}

func TestTemplates(t *testing.T) {
	t.Parallel()
	c := parse(t, full)
	want := map[string]string{"split": "train", "folder": "f", "kind": "easy", "n": "7", "t": "true"}
	if diff := cmp.Diff(want, c.Splits[0].Constants()); diff != "" {
		t.Error(diff)
	}
	tmpl, err := join.ParseTemplate(c.Fields[2].File, c.Splits[1].Constants())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"uid"}, tmpl.Columns()); diff != "" {
		t.Error(diff)
	}
}

func TestOverride(t *testing.T) {
	t.Parallel()
	c := parse(t, full)
	for _, set := range [][2]string{
		{"output.formats", "parquet, arrow"},
		{"output.shard_size", "7MiB"},
		{"output.shard_rows", "12"},
		{"output.shuffle", "18446744073709551615"},
		{"output.on_error", "quarantine"},
		{"run.workers", "2"},
		{"run.memory", "1GiB"},
		{"name", "7"},
	} {
		if err := c.Override(set[0], set[1], "--flag"); err != nil {
			t.Errorf("%s: %v", set[0], err)
		}
	}
	if err := c.Validate(); err != nil {
		t.Error(err)
	}
	o := c.Output
	if strings.Join(o.Formats, " ") != "parquet arrow" || o.ShardSize != 7*configs.MiB || o.ShardRows != 12 ||
		*o.Shuffle != math.MaxUint64 || o.OnError != pipeline.PolicyQuarantine ||
		c.Run != (configs.Run{Workers: 2, Memory: configs.GiB, Sync: true}) || c.Name != "7" {
		t.Errorf("%+v %+v", o, c.Run)
	}
	if err := c.Override("output.shuffle", "", "--shuffle"); err != nil || c.Output.Shuffle != nil {
		t.Error(err, c.Output.Shuffle)
	}
}

func TestOverrideFaults(t *testing.T) {
	t.Parallel()
	c := parse(t, minimal+"output: {formats: [parquet, arrow]}")
	before := string(c.Canonical())
	for _, set := range [][3]string{
		{"output.shard_size", "1XB", "--f: \"1XB\" is not a size"},
		{"output.shuffle", "-1", "--f: \"-1\" is not a whole number"},
		{"run.workers", "many", "--f: \"many\" is not a whole number"},
		{"output.nope", "1", "no such key"},
		{"output.formats.x", "1", "no such key"},
		{"fields.a", "1", "no such key"},
	} {
		if err := c.Override(set[0], set[1], "--f"); err == nil || !strings.Contains(err.Error(), set[2]) {
			t.Errorf("%s: %v", set[0], err)
		}
	}
	if diff := cmp.Diff(before, string(c.Canonical())); diff != "" {
		t.Errorf("a text at fault changed the configuration: %s", diff)
	}
	// Faults that only Validate finds name the flag, not the file's line.
	for path, text := range map[string]string{"output.formats": "parquet,foo", "output.on_error": "ski", "run.memory": "1"} {
		if err := c.Override(path, text, "--"+path); err != nil {
			t.Fatal(err)
		}
	}
	want := `--output.formats: unknown format "foo"; use one of: parquet, arrow, webdataset, mds, litdata
--output.on_error: unknown policy "ski"; did you mean "skip"?
--run.memory: 1B is too small; use 1MiB or more`
	if diff := cmp.Diff(want, c.Validate().Error()); diff != "" {
		t.Error(diff)
	}
}

func TestSelect(t *testing.T) {
	t.Parallel()
	c := parse(t, full)
	if err := c.Select([]string{"tran", "val"}, "--split"); err == nil || err.Error() != `--split: no split "tran"; did you mean "train"?
--split: no split "val"; use one of: train, test` {
		t.Error(err)
	}
	if err := c.Select([]string{"test"}, "--split"); err != nil || len(c.Splits) != 1 || c.Splits[0].Name != "test" {
		t.Error(err, c.Splits)
	}
}

// A configuration made by a program is checked like one from a file.
func TestValidateWithoutFile(t *testing.T) {
	t.Parallel()
	c := configs.Default()
	if err := c.Validate(); err == nil || !strings.Contains(err.Error(), "splits: no splits") {
		t.Error(err)
	}
	c.Name = "n"
	c.Splits = configs.Splits{{Name: "train", Records: configs.Records{Files: configs.Strings{"a.pkl"}}}}
	c.Fields = configs.Fields{{Name: "a", Type: "string"}, {Name: "b", Type: "int8", Value: int64(200)}}
	if err := c.Validate(); err == nil || err.Error() != "fields.b.value: 200 is not a valid int8" {
		t.Error(err)
	}
}

// TestShapingBounds: bounds that only say whether a pickle is read are not part of a
// plan, and what a machine has stands nowhere.
func TestShapingBounds(t *testing.T) {
	t.Parallel()
	plain, err := configs.Load("pick-high")
	if err != nil {
		t.Fatal(err)
	}
	if plain.Limits.PickleOutput != 0 {
		t.Errorf("the default of pickle_output is %v", plain.Limits.PickleOutput)
	}
	raised := *plain
	raised.Limits.PickleOutput, raised.Limits.PickleStack, raised.Limits.PickleNesting = 1<<35, 1<<20, 100
	if a, b := plain.Shaping(), raised.Shaping(); !bytes.Equal(a, b) {
		t.Errorf("bounds on pickles shape shards:\n%s\n%s", a, b)
	}
	if bytes.Equal(plain.Canonical(), raised.Canonical()) {
		t.Error("the configuration as used does not tell its bounds")
	}
}
