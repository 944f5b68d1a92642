package mds

import (
	"fmt"
	"path"
	"strconv"
	"strings"

	"github.com/pickshard/pickshard/pipeline"
	"github.com/pickshard/pickshard/stages/write/internal/card"
)

// The texts below are those of Python's json.dumps with sorted keys, which streaming
// writes: blanks behind commas and colons. Names of columns are ASCII (schema.New).

func list(items []string) string { return "[" + strings.Join(items, ", ") + "]" }

func quoted(names []string) []string {
	out := make([]string, len(names))
	for i, n := range names {
		out[i] = strconv.Quote(n)
	}
	return out
}

// told is the part of a config that tells of the columns.
func (c *columns) told() string {
	sizes := make([]string, len(c.sizes))
	for i, n := range c.sizes {
		if sizes[i] = strconv.Itoa(n); n == 0 {
			sizes[i] = "null"
		}
	}
	return fmt.Sprintf(`"column_encodings": %s, "column_names": %s, "column_sizes": %s, "compression": null, "format": "mds", "hashes": []`,
		list(quoted(c.encodings)), list(quoted(c.names)), list(sizes))
}

// config is the text between a shard's places and its samples (streaming:
// base/format/mds/writer.py, get_config).
func (c *columns) config() []byte {
	return fmt.Appendf(nil, `{%s, "size_limit": null, "version": 2}`, c.told())
}

// SideFiles returns each split's index.json and a README.md. Shards without samples are
// not in the index, as streaming cannot load one.
func (f *Format) SideFiles(d *pipeline.Dataset) ([]pipeline.SideFile, error) {
	c := columnsOf(d.Schema, d.Traits)
	files := []pipeline.SideFile{{Name: "README.md", Data: f.readme(d, &c)}}
	for _, s := range d.Splits {
		var shards []string
		for i, rows := range s.Shards {
			if rows == 0 {
				continue
			}
			shards = append(shards, fmt.Sprintf(`{%s, "raw_data": {"basename": %q, "bytes": %d, "hashes": {}}, "samples": %d, "size_limit": null, "version": 2, "zip_data": null}`,
				c.told(), path.Base(f.FileName(s.Name, i, len(s.Shards))), s.ShardBytes[i], rows))
		}
		text := fmt.Sprintf(`{"shards": %s, "version": 2}`, list(shards))
		files = append(files, pipeline.SideFile{Name: s.Name + "/index.json", Data: []byte(text)})
	}
	return files, nil
}

// readme says what the folder is and how to load it.
func (f *Format) readme(d *pipeline.Dataset, c *columns) []byte {
	var about strings.Builder
	about.WriteString("MosaicML streaming shards (MDS): a folder with an `index.json` for each split.\n\n| column | encoding |\n|---|---|\n")
	for i, name := range c.names {
		fmt.Fprintf(&about, "| `%s` | `%s` |\n", name, c.encodings[i])
	}
	about.WriteString("\nThe encodings `jpeg` and `png` decode an image of any format with Pillow. " +
		"An image as `bytes` has none where the record has no image. Null is that of JSON; dates and times are ISO 8601 text.")
	example := "train"
	if len(d.Splits) > 0 {
		example = d.Splits[0].Name
	}
	return card.Markdown(card.Options{
		Dataset: d, About: about.String(),
		Examples: []card.Example{{Title: "MosaicML streaming", Language: "python", Code: fmt.Sprintf(`from streaming import StreamingDataset

dataset = StreamingDataset(local="path/to/this/folder", split=%q, batch_size=1)
sample = dataset[0]
`, example)}},
	})
}
