package webdataset

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/pickshard/pickshard/pipeline"
)

// indexFiles returns the indexes that are not of one shard.
func (f *Format) indexFiles(d *pipeline.Dataset) ([]pipeline.SideFile, error) {
	var files []pipeline.SideFile
	for _, kind := range f.options.Indexes {
		var more []pipeline.SideFile
		var err error
		switch kind {
		case IndexWids:
			more, err = f.widsFiles(d)
		case IndexEnergon:
			more, err = f.energonFiles(d)
		}
		if err != nil {
			return nil, fmt.Errorf("index for %s: %w", kind, err)
		}
		files = append(files, more...)
	}
	return files, nil
}

// widsIndex is a wids-shard-index-v1 (wids: wids_index.py, main_create), but for
// md5sum, which wids reads only if it is there.
type widsIndex struct {
	Kind    string      `json:"__kind__"`
	Version int         `json:"wids_version"`
	Shards  []widsShard `json:"shardlist"`
	Name    string      `json:"name"`
}

type widsShard struct {
	URL     string `json:"url"` // relative to the index's folder
	Samples int64  `json:"nsamples"`
	Bytes   int64  `json:"filesize"`
}

func (f *Format) widsFiles(d *pipeline.Dataset) ([]pipeline.SideFile, error) {
	var files []pipeline.SideFile
	for _, s := range d.Splits {
		index := widsIndex{Kind: "wids-shard-index-v1", Version: 1, Shards: []widsShard{}, Name: d.Name + "-" + s.Name}
		for i, rows := range s.Shards {
			index.Shards = append(index.Shards, widsShard{"../" + f.FileName(s.Name, i, len(s.Shards)), rows, s.ShardBytes[i]})
		}
		data, err := indented(index)
		if err != nil {
			return nil, err
		}
		files = append(files, pipeline.SideFile{Name: "index/" + s.Name + ".json", Data: data})
	}
	return files, nil
}

// energonParts are the names that Energon has for splits (energon prepare).
var energonParts = map[string]string{"validation": "val", "valid": "val", "dev": "val"}

// energonFiles returns the .nv-meta that Energon loads (config.py, structs.py): how many
// samples each shard has, which shards each part has, and that samples are taken as they
// are, for a task encoder to make what it wants of them. Shards without samples are left
// out: Energon cannot load one.
func (f *Format) energonFiles(d *pipeline.Dataset) ([]pipeline.SideFile, error) {
	var splits bytes.Buffer
	splits.WriteString("split_parts:\n")
	counts := []byte("{")
	var given []string
	for _, s := range d.Splits {
		part := s.Name
		if short := energonParts[part]; short != "" && !slices.ContainsFunc(d.Splits, func(o pipeline.DatasetSplit) bool { return o.Name == short }) && !slices.Contains(given, short) {
			part = short
		}
		given = append(given, part)
		var listed bytes.Buffer
		for i, rows := range s.Shards {
			if rows == 0 {
				continue
			}
			name := f.FileName(s.Name, i, len(s.Shards))
			fmt.Fprintf(&listed, "  - %s\n", name)
			if len(counts) > 1 {
				counts = append(counts, ',')
			}
			counts = fmt.Appendf(counts, "\n    %q: %d", name, rows)
		}
		if listed.Len() == 0 {
			listed.WriteString("  []\n")
		}
		fmt.Fprintf(&splits, "  %q:\n%s", part, listed.String())
	}
	splits.WriteString("exclude: []\n")
	if len(counts) > 1 {
		counts = append(counts, "\n  "...)
	}
	info := fmt.Appendf(nil, "{\n  \"energon_version\": null,\n  \"shard_counts\": %s}\n}\n", counts)
	return []pipeline.SideFile{
		{Name: ".nv-meta/.info.json", Data: info},
		{Name: ".nv-meta/dataset.yaml", Data: []byte("__module__: megatron.energon\n__class__: CrudeWebdataset\n")},
		{Name: ".nv-meta/split.yaml", Data: splits.Bytes()},
	}, nil
}

// indented is JSON as wids writes it.
func indented(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(v); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}
