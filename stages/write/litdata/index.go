package litdata

import (
	"bytes"
	"encoding/json"
	"fmt"
	"path"
	"strings"

	"github.com/pickshard/pickshard/pipeline"
	"github.com/pickshard/pickshard/schema"
	"github.com/pickshard/pickshard/stages/write/internal/card"
)

// index is a split's index.json (litData: streaming/writer.py, get_config).
type index struct {
	Chunks []chunk `json:"chunks"`
	Config config  `json:"config"`
}

type chunk struct {
	Bytes int64  `json:"chunk_bytes"` // of the file
	Size  int64  `json:"chunk_size"`  // samples
	Dim   *int64 `json:"dim"`
	File  string `json:"filename"`
}

type config struct {
	ChunkBytes  *int64   `json:"chunk_bytes"`
	ChunkSize   *int64   `json:"chunk_size"`
	Compression *string  `json:"compression"`
	Serializers []string `json:"data_format"` // of the leaves
	Tree        string   `json:"data_spec"`
	Encryption  *string  `json:"encryption"`
	Loader      string   `json:"item_loader"`
}

// node is a node of PyTorch's serialized pytree, version 1 (litData:
// utilities/_pytree.py, treespec_dumps).
type node struct {
	Type     *string `json:"type"`
	Context  *string `json:"context"`
	Children []node  `json:"children_spec"`
}

// tree is the pytree of a dict of leaves with the fields' names.
func tree(s *schema.Schema) (string, error) {
	names, leaves := make([]string, s.Len()), make([]node, s.Len())
	for f := range names {
		names[f], leaves[f].Children = s.Field(f).Name, []node{}
	}
	keys, err := json.Marshal(names)
	if err != nil {
		return "", err
	}
	context := string(keys)
	text, err := json.Marshal([]any{1, node{Type: new("builtins.dict"), Context: &context, Children: leaves}})
	return string(text), err
}

// SideFiles returns each split's index.json and a README.md. Chunks without samples are
// not in the index.
func (f *Format) SideFiles(d *pipeline.Dataset) ([]pipeline.SideFile, error) {
	files := []pipeline.SideFile{{Name: "README.md", Data: readme(d)}}
	spec, err := tree(d.Schema)
	if err != nil {
		return nil, fmt.Errorf("describe the samples: %w", err)
	}
	c := config{Serializers: make([]string, d.Schema.Len()), Tree: spec, Loader: "PyTreeLoader"}
	for i := range c.Serializers {
		_, c.Serializers[i] = leafOf(d.Schema.Field(i))
	}
	for _, s := range d.Splits {
		x := index{Chunks: []chunk{}, Config: c}
		for i, rows := range s.Shards {
			if rows > 0 {
				x.Chunks = append(x.Chunks, chunk{Bytes: s.ShardBytes[i], Size: rows, File: path.Base(f.FileName(s.Name, i, len(s.Shards)))})
				x.Config.ChunkBytes = new(max(s.ShardBytes[i], larger(x.Config.ChunkBytes)))
			}
		}
		var b bytes.Buffer
		e := json.NewEncoder(&b)
		e.SetEscapeHTML(false)
		if err := e.Encode(x); err != nil {
			return nil, fmt.Errorf("encode index: %w", err)
		}
		files = append(files, pipeline.SideFile{Name: s.Name + "/index.json", Data: b.Bytes()})
	}
	return files, nil
}

func larger(n *int64) int64 {
	if n == nil {
		return 0
	}
	return *n
}

// readme says what the folder is and how to load it.
func readme(d *pipeline.Dataset) []byte {
	var about strings.Builder
	about.WriteString("Chunks of Lightning's litData: a folder with an `index.json` for each split.\n\n| field | serializer |\n|---|---|\n")
	for i := range d.Schema.Len() {
		_, serializer := leafOf(d.Schema.Field(i))
		fmt.Fprintf(&about, "| `%s` | `%s` |\n", d.Schema.Field(i).Name, serializer)
	}
	about.WriteString("\nThe serializer `jpeg` decodes an image of any format to a tensor; give your own to have the bytes. " +
		"An image as `bytes` has none where the record has no image. Null is that of JSON; dates and times are ISO 8601 text.")
	example := "train"
	if len(d.Splits) > 0 {
		example = d.Splits[0].Name
	}
	return card.Markdown(card.Options{
		Dataset: d, About: about.String(),
		Examples: []card.Example{{Title: "litData", Language: "python", Code: fmt.Sprintf(`from litdata import StreamingDataLoader, StreamingDataset

dataset = StreamingDataset("path/to/this/folder/%s")
for batch in StreamingDataLoader(dataset, batch_size=1):
    ...
`, example)}},
	})
}
