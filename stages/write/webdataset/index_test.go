package webdataset_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pickshard/pickshard/stages/write/conformance"
	"github.com/pickshard/pickshard/stages/write/webdataset"
)

// TestIndexes: the judges hold DALI's and Energon's own tools against these files.
func TestIndexes(t *testing.T) {
	format := webdataset.With(webdataset.Options{Members: map[string]string{"text": "txt"}, Indexes: webdataset.IndexKinds()})
	table := conformance.Small()
	w := &conformance.Writing{Format: format, Table: table, Shard: table.Shard(nil)}
	file := w.MustWrite(t, conformance.Mixed)
	want := "v1.2 2\n" +
		"image.png 512 33 train-000000000.image.png text.txt 1536 8 train-000000000.text.txt json 2560 19 train-000000000.json\n" +
		"image.png 3584 5 train-000000001.image.png json 4608 22 train-000000001.json\n"
	if got := string(file.Indexes[webdataset.IndexDALI]); got != want {
		// Noise has no head, so the extension is that of the file's name.
		t.Errorf("DALI's index is\n%swant\n%s", got, want)
	}
	if got := file.Indexes[webdataset.IndexEnergon]; len(got) != 24 || got[0] != 0 || got[8] != 0 || got[9] != 3072>>8 || got[17] != 5120>>8 {
		t.Errorf("Energon's index is % x", got)
	}
}

func TestIndexFiles(t *testing.T) {
	format := webdataset.With(webdataset.Options{Indexes: webdataset.IndexKinds()})
	files, err := format.SideFiles(conformance.Dataset(format))
	if err != nil {
		t.Fatal(err)
	}
	texts := make(map[string]string)
	for _, f := range files {
		texts[f.Name] = string(f.Data)
	}
	want := `split_parts:
  "train":
  - data/train-00000-of-00002.tar
  - data/train-00001-of-00002.tar
  "val":
  - data/validation-00000-of-00001.tar
  "test":
  []
exclude: []
`
	if diff := cmp.Diff(want, texts[".nv-meta/split.yaml"]); diff != "" {
		t.Error(diff)
	}
	var info struct {
		Counts map[string]int `json:"shard_counts"`
	}
	if err := json.Unmarshal([]byte(texts[".nv-meta/.info.json"]), &info); err != nil || len(info.Counts) != 3 || info.Counts["data/train-00001-of-00002.tar"] != 2 {
		t.Errorf("%v: %s", err, texts[".nv-meta/.info.json"])
	}
	if text := texts["index/test.json"]; !strings.Contains(text, `"nsamples": 0`) || !strings.Contains(text, `"url": "../data/test-00000-of-00001.tar"`) {
		t.Error(text)
	}
}
