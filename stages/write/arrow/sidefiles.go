package arrow

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"path"
	"strings"

	"github.com/pickshard/pickshard/pipeline"
)

// SideFiles returns dataset_dict.json, and state.json and dataset_info.json of
// each split: what load_from_disk needs beside the shards (datasets:
// dataset_dict.py and arrow_dataset.py, load_from_disk).
func (f *Format) SideFiles(d *pipeline.Dataset) ([]pipeline.SideFile, error) {
	names := make([]string, len(d.Splits))
	for i, s := range d.Splits {
		names[i] = s.Name
	}
	files, err := appendFile(nil, "dataset_dict.json", map[string]any{"splits": names}, "")
	if err != nil {
		return nil, err
	}
	info := datasetInfo(d)
	for _, s := range d.Splits {
		if files, err = appendFile(files, s.Name+"/dataset_info.json", info, "  "); err != nil {
			return nil, err
		}
		if files, err = appendFile(files, s.Name+"/state.json", f.state(d, s), "  "); err != nil {
			return nil, err
		}
	}
	return files, nil
}

// state is a split's state.json: its files, and that no transformation stands.
func (f *Format) state(d *pipeline.Dataset, s pipeline.DatasetSplit) map[string]any {
	files := make([]map[string]string, len(s.Shards))
	for i := range files {
		files[i] = map[string]string{"filename": path.Base(f.FileName(s.Name, i, len(files)))}
	}
	return map[string]any{
		"_data_files":         files,
		"_fingerprint":        fingerprint(d, s),
		"_format_columns":     nil,
		"_format_kwargs":      map[string]any{},
		"_format_type":        nil,
		"_output_all_columns": false,
		"_split":              s.Name,
	}
}

// datasetInfo is what datasets keeps of a data set (datasets: info.py,
// DatasetInfo); the same in every split.
func datasetInfo(d *pipeline.Dataset) map[string]any {
	splits := make(map[string]any, len(d.Splits))
	var size int64
	for _, s := range d.Splits {
		splits[s.Name] = map[string]any{"name": s.Name, "num_bytes": s.ArrowBytes, "num_examples": s.Rows}
		size += s.ArrowBytes
	}
	return map[string]any{
		"citation":     d.Card.Citation,
		"dataset_size": size,
		"description":  cmp.Or(d.Card.Description, d.Card.PrettyName, d.Name),
		"features":     d.Schema.Features(),
		"homepage":     "",
		"license":      strings.Join(d.Card.License, ", "),
		"splits":       splits,
	}
}

// fingerprint names a split's content for the cache of datasets: sixteen hex
// digits that differ where the data set's name, schema or shards do.
func fingerprint(d *pipeline.Dataset, s pipeline.DatasetSplit) string {
	h := sha256.New()
	number := func(n int64) { h.Write(binary.LittleEndian.AppendUint64(nil, uint64(n))) }
	for _, text := range []string{d.Name, s.Name, d.Schema.FeaturesMetadata()} {
		number(int64(len(text)))
		h.Write([]byte(text))
	}
	for _, list := range [][]int64{{s.Rows, s.ArrowBytes}, s.Shards, s.ShardBytes} {
		number(int64(len(list)))
		for _, n := range list {
			number(n)
		}
	}
	return hex.EncodeToString(h.Sum(nil)[:8])
}

// appendFile appends a JSON file: keys sorted, as datasets writes them, and
// text not escaped for HTML.
func appendFile(files []pipeline.SideFile, name string, v any, indent string) ([]pipeline.SideFile, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", indent)
	if err := e.Encode(v); err != nil {
		return nil, fmt.Errorf("encode %s: %w", name, err)
	}
	return append(files, pipeline.SideFile{Name: name, Data: b.Bytes()}), nil
}
