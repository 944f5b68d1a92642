package soak

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pickshard/pickshard/pipeline"
	"github.com/pickshard/pickshard/pipeline/pipelinetest"
	"github.com/pickshard/pickshard/schema"
	"github.com/pickshard/pickshard/stages/write/conformance"
)

// thorough says whether this is `make soak`.
func thorough() bool { return os.Getenv("PICKSHARD_SOAK") != "" }

// small is a data set of two splits in memory: five records and two, each with
// three images of some hundred bytes.
type small struct {
	files  *pipelinetest.Files
	tables map[string]*conformance.Table
	splits []string
	key    string
}

// written is when the files of a small data set were written.
func written() time.Time { return pipelinetest.Written() }

func newSmall(rows ...int) *small {
	if len(rows) == 0 {
		rows = []int{5, 2}
	}
	d := &small{files: pipelinetest.NewFiles(), tables: map[string]*conformance.Table{}, splits: []string{"train", "test"}[:len(rows)]}
	for i, split := range d.splits {
		table := conformance.Pick(rows[i])
		table.Split = split
		for row, values := range table.Rows {
			for f, field := range table.Fields {
				if field.Type.Kind == schema.Image {
					data := conformance.Noise(90+7*row+f, uint64(1000*i+10*row+f))
					values[f] = conformance.Image{Name: fmt.Sprintf("%s/%s/%d.png", split, field.Name, row), Data: data}
				}
			}
		}
		d.tables[split] = table
	}
	d.put()
	return d
}

// put writes the tables' images, and a stand-in for each pickle.
func (d *small) put() {
	for split, table := range d.tables {
		for _, values := range table.Rows {
			for _, v := range values {
				if img, ok := v.(conformance.Image); ok {
					d.files.Put(img.Name, string(img.Data), written())
				}
			}
		}
		d.files.Put(split+".pkl", pickled(table), written())
	}
}

// smallLoader is a pipeline.Loader whose images are read from a source.
type smallLoader struct {
	*small
	src pipeline.Source
}

func (d smallLoader) Load(ctx context.Context, split string) (*pipeline.Loaded, error) {
	table := *d.tables[split]
	table.Key = d.key
	text := pickled(&table)
	sum := sha256.Sum256([]byte(text))
	stat, err := d.files.Stat(ctx, split+".pkl")
	if err != nil {
		return nil, err
	}
	return &pipeline.Loaded{
		Records: table.RecordsIn(d.src), Stats: []pipeline.FileStat{stat},
		Files: []pipeline.RecordFile{{Path: split + ".pkl", Bytes: int64(len(text)), SHA256: hex.EncodeToString(sum[:])}},
	}, nil
}

// pickled stands for the bytes of a table's pickle.
func pickled(t *conformance.Table) string {
	var b strings.Builder
	for _, row := range t.Rows {
		for _, v := range row {
			if img, ok := v.(conformance.Image); ok {
				v = img.Name
			}
			fmt.Fprintf(&b, "%v\t", v)
		}
	}
	return b.String()
}

// job converts the data set to a store, two records a shard.
func (d *small) job(t testing.TB, store pipeline.Store, src pipeline.Source) *pipeline.Job {
	t.Helper()
	return &pipeline.Job{
		Spec: &pipeline.Spec{
			Name: "small", Schema: d.tables[d.splits[0]].Schema(), Splits: d.splits, Config: []byte(`{"name":"small"}`), Used: []byte(`{"name":"small"}`), Form: []byte(`{"form":1}`),
			Formats: formats(t), ShardRows: 2, Policy: pipeline.PolicyFail, MaxImage: 1 << 20, Tool: "0.0.0",
			Card: pipeline.CardInfo{Gallery: 2}, SmallPicture: func(image []byte) ([]byte, error) { return image[:20], nil },
		},
		Source: src, Loader: smallLoader{d, src}, Checker: pipelinetest.Checker{}, Store: store,
		Formats: formats(t), Workers: 1, Readers: 1, Memory: 1 << 20, Progress: &pipeline.Progress{},
	}
}

// convert runs a job that must succeed, on its own disk.
func (d *small) convert(t testing.TB) *pipelinetest.Disk {
	t.Helper()
	disk := pipelinetest.NewDisk()
	if _, err := d.job(t, disk, d.files).Convert(t.Context()); err != nil {
		t.Fatal(err)
	}
	return disk
}

// final says whether a name is outside of the work folder.
func final(name string) bool { return !strings.HasPrefix(name, ".pickshard/") }

// checkFinal wants every final name to be whole, and _SUCCESS and the manifest
// only where all else is.
func checkFinal(t testing.TB, what string, got, want map[string]string) {
	t.Helper()
	count := 0
	_, succeeded := got["_SUCCESS"]
	for name, data := range got {
		if strings.HasSuffix(name, "/") {
			continue // a folder that waits for its files
		}
		if !final(name) {
			if succeeded {
				t.Errorf("%s: %s stands beside _SUCCESS", what, name)
			}
			continue
		}
		count++
		if w, ok := want[name]; !ok {
			t.Errorf("%s: %s is not a file of the output", what, name)
		} else if data != w {
			t.Errorf("%s: %s stands there with %d bytes and is not whole (%d bytes)", what, name, len(data), len(w))
		}
	}
	if succeeded && count != len(want) {
		t.Errorf("%s: _SUCCESS stands beside %d of %d files", what, count, len(want))
	}
	if _, ok := got["manifest.json"]; ok && count < len(want)-1 {
		t.Errorf("%s: the manifest stands beside %d of %d files", what, count, len(want))
	}
}

// equalFiles wants two outputs to be the same.
func equalFiles(t testing.TB, what string, got, want map[string]string) {
	t.Helper()
	for _, name := range slices.Sorted(maps.Keys(got)) {
		if w, ok := want[name]; !ok {
			t.Errorf("%s: %s is left over", what, name)
		} else if w != got[name] {
			t.Errorf("%s: %s differs from the undisturbed run's", what, name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(want)) {
		if _, ok := got[name]; !ok {
			t.Errorf("%s: %s is missing", what, name)
		}
	}
}
