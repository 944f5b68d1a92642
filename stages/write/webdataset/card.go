package webdataset

import (
	"fmt"
	"strings"

	"github.com/pickshard/pickshard/pipeline"
	"github.com/pickshard/pickshard/schema"
	"github.com/pickshard/pickshard/stages/write/card"
)

// SideFiles returns the dataset card. Its front matter names each split's tars,
// because the default patterns of datasets would take every file beside them
// that begins like one (an index, say) for data; and it declares the features,
// because otherwise datasets infers them from five samples of one split, and
// fails where these have a null, or the split has no sample at all.
func (f *Format) SideFiles(d *pipeline.Dataset) ([]pipeline.SideFile, error) {
	if err := checkExts(d.Schema, d.Traits); err != nil {
		return nil, fmt.Errorf("write dataset card: %w", err)
	}
	m := newMembers(d.Schema, d.Traits)
	listed, empty := withoutEmpty(d)
	example := "train"
	if len(listed.Splits) > 0 {
		example = listed.Splits[0].Name
	}
	data := card.Markdown(card.Options{
		Dataset:  listed,
		Pattern:  "data/%s-*.tar",
		Features: m.features(),
		About:    m.about(empty),
		Examples: []card.Example{
			{Title: "Hugging Face datasets", Language: "python", Code: `from datasets import load_dataset

dataset = load_dataset("path/to/this/folder")
`},
			{Title: "WebDataset", Language: "python", Code: fmt.Sprintf(`import glob
import webdataset

shards = sorted(glob.glob("data/%s-*.tar"))
dataset = webdataset.WebDataset(shards, shardshuffle=False).decode("pil")
`, example)},
		},
	})
	return []pipeline.SideFile{{Name: "README.md", Data: data}}, nil
}

// withoutEmpty leaves splits without records out of a data set, unless all are,
// and names them: datasets cannot load a folder whose card lists one (builder.py:
// "Instruction "test" corresponds to no data!"). Their shards are there, two
// blocks of zeros; webdataset reads one with empty_check=False.
func withoutEmpty(d *pipeline.Dataset) (listed *pipeline.Dataset, empty []string) {
	c := *d
	c.Splits = nil
	for _, s := range d.Splits {
		if s.Rows > 0 {
			c.Splits = append(c.Splits, s)
		} else {
			empty = append(empty, s.Name)
		}
	}
	if c.Splits == nil {
		return d, nil
	}
	return &c, empty
}

// features lists the columns that datasets makes of a sample (webdataset.py):
// one for each member, called by what follows the key, and two of its own.
func (m *members) features() []card.Feature {
	var features []card.Feature
	for k := range m.images {
		features = append(features, card.Feature{Name: m.suffix[k][1:], Dtype: "image"})
	}
	if len(m.values) > 0 {
		var fields []card.Feature
		for _, f := range m.values {
			fields = append(fields, card.Feature{Name: m.schema.Field(f).Name, Dtype: jsonType(m.schema.Field(f).Type)})
		}
		features = append(features, card.Feature{Name: jsonSuffix[1:], Fields: fields})
	}
	return append(features, card.Feature{Name: "__key__", Dtype: "string"}, card.Feature{Name: "__url__", Dtype: "string"})
}

// jsonType is the type that a value has for those who read the JSON: dates,
// times and binary are text there.
func jsonType(t schema.Type) string {
	switch t.Kind {
	case schema.Date, schema.Timestamp, schema.Binary:
		return "string"
	}
	return t.String()
}

func (m *members) about(empty []string) string {
	var b strings.Builder
	b.WriteString("WebDataset shards: tar files in which the members that share a key are one sample.")
	if len(m.images) > 0 {
		fmt.Fprintf(&b, " Each image is a member of its own, such as `KEY%s`.", m.suffix[0])
	}
	if len(m.values) > 0 {
		b.WriteString(" All other fields are in `KEY.json`; dates and times are ISO 8601 text there, binary is base64.")
	}
	for _, name := range empty {
		fmt.Fprintf(&b, "\n\nThe split `%s` has no records: its shard is a tar without members, "+
			"and it is not listed here, because datasets loads no split without records.", name)
	}
	return b.String()
}
