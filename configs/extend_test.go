package configs_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pickshard/pickshard/configs"
)

// TestExtends wants the keys of both, those of the one that extends in place of the
// other's, and faults told with the file that they stand in.
func TestExtends(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	load := func(name string) (*configs.Config, error) { return configs.Load(filepath.Join(folder, name)) }
	for name, text := range map[string]string{
		"a.yaml":       "version: 1\nname: a\nsplits: {train: {records: a.pkl}}\nfields: {x: {type: int8}, y: {type: int8}}\noutput: {formats: arrow, shard_size: 1GB}\n",
		"b.yaml":       "version: 1\nextends: a.yaml\nname: b\nfields: {z: {type: string}}\n",
		"c.yaml":       "extends: b.yaml\noutput: {shard_rows: 7}\n",
		"ready.yaml":   "extends: pick-high\nname: mine\n",
		"itself.yaml":  "extends: itself.yaml\n",
		"nothing.yaml": "version: 1\nextends: nowhere.yaml\nname: x\n",
		"broken.yaml":  "version: 1\nname: a\nsplits: {train: {records: a.pkl}}\nfields: {x: {type: int9}}\n",
		"of.yaml":      "extends: broken.yaml\nname: b\nlimit: -1\n",
	} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	c, err := load("c.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if c.Name != "b" || len(c.Fields) != 1 || c.Splits[0].Records.Files[0] != "a.pkl" || c.Output.ShardRows != 7 ||
		len(c.Output.Formats) != len(configs.Default().Output.Formats) || c.Extends != "" {
		t.Errorf("%+v", c)
	}
	back, err := configs.Parse("canonical", c.Canonical())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(c.Canonical()), string(back.Canonical())); diff != "" {
		t.Error(diff)
	}
	if c, err = load("ready.yaml"); err != nil || c.Name != "mine" || len(c.Fields) != 9 {
		t.Errorf("%v, %v", c, err)
	}
	for name, want := range map[string]string{
		"itself.yaml":  "itself.yaml:1:10: extends: 8 configs build on each other",
		"nothing.yaml": "nothing.yaml:2:10: extends: no config \"nowhere.yaml\"",
		"of.yaml":      "broken.yaml:4:20: fields.x.type: unknown type",
	} {
		if _, err := load(name); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", name, err, want)
		}
	}
	if _, err := load("of.yaml"); err == nil || !strings.Contains(err.Error(), "of.yaml:3:8: limit: -1 is too small") {
		t.Errorf("of.yaml: %v", err)
	}
}
