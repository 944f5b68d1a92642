package webdataset

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/pickshard/pickshard/pipeline"
	"github.com/pickshard/pickshard/schema"
	"github.com/pickshard/pickshard/stages/write/internal/card"
)

// SideFiles returns the dataset card. Its front matter names each split's tars,
// because the default patterns of datasets would take every file beside them
// that begins like one (an index, say) for data; and it declares the features,
// because otherwise datasets infers them from five samples of one split, and
// fails where these have a null, or the split has no sample at all.
func (f *Format) SideFiles(d *pipeline.Dataset) ([]pipeline.SideFile, error) {
	m := newMembers(d.Schema, d.Traits)
	listed, empty := withoutEmpty(d)
	example := "train"
	if len(listed.Splits) > 0 {
		example = listed.Splits[0].Name
	}
	data := card.Markdown(card.Options{
		Dataset:  listed,
		Pattern:  "data/%s-*.tar",
		Features: m.features(d),
		About:    m.about(d, empty),
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
	files, err := f.indexFiles(d)
	return append([]pipeline.SideFile{{Name: "README.md", Data: data}}, files...), err
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
// one for each member that some sample has, called by what follows the key, and two of
// its own.
func (m *members) features(d *pipeline.Dataset) []card.Feature {
	var features []card.Feature
	for k := range m.images {
		for _, name := range m.images[k].columns(d) {
			features = append(features, card.Feature{Name: name, Type: schema.Type{Kind: schema.Image}})
		}
	}
	for _, t := range m.texts {
		features = append(features, card.Feature{Name: t.suffix[1:], Type: asMember(m.schema.Field(t.field).Type, t.suffix)})
	}
	if len(m.values) > 0 {
		object := schema.Type{Kind: schema.Struct}
		for _, f := range m.values {
			t := m.schema.Field(f).Type
			if t.ImageList() {
				t = schema.ListOf(schema.Type{Kind: schema.String})
			}
			object.Members = append(object.Members, schema.Member{Name: m.schema.Field(f).Name, Type: inJSON(t)})
		}
		features = append(features, card.Feature{Name: jsonSuffix[1:], Type: object})
	}
	text := schema.Type{Kind: schema.String}
	return append(features, card.Feature{Name: "__key__", Type: text}, card.Feature{Name: "__url__", Type: text})
}

// columns lists what members of the field are called behind the key, in order: for
// each format of its images, and in a list for each place that has one.
func (i *imageField) columns(d *pipeline.Dataset) []string {
	items := make(map[string]int) // by extension: up to which place in a list
	for _, split := range d.Splits {
		for _, s := range split.Images {
			if s.Field != d.Schema.Field(i.field).Name {
				continue
			}
			ext := i.ext
			if ext == "" {
				ext = formatExt(s.Format)
			}
			items[ext] = max(items[ext], s.Items, 1)
		}
	}
	var names []string
	for item, more := 0, true; more; item++ {
		more = false
		for _, ext := range slices.Sorted(maps.Keys(items)) {
			if items[ext] > item {
				names = append(names, string(i.appendName(nil, item, ext)[1:]))
				more = i.list
			}
		}
	}
	return names
}

// asMember is the type that datasets decodes a member of its own to, by its extension
// (datasets: webdataset.py, DECODERS).
func asMember(t schema.Type, suffix string) schema.Type {
	ext := suffix[strings.LastIndexByte(suffix, '.')+1:]
	switch {
	case slices.Contains(numberExts, ext) && t.Kind != schema.Class:
		return schema.Type{Kind: schema.Int64}
	case slices.Contains(numberExts, ext):
		return t
	case t.Kind == schema.Binary && slices.Contains([]string{"jpg", "jpeg", "png", "gif", "webp"}, ext):
		return schema.Type{Kind: schema.Image}
	case t.Kind == schema.Binary:
		return t
	case t.Nested():
		return inJSON(t)
	}
	return schema.Type{Kind: schema.String}
}

// inJSON is the type that a value has for those who read the JSON: dates, times,
// durations and binary are text there, and a number with digits behind the point is
// a float. In a struct a list has any length: datasets before 5.0 cannot make a list
// of one length out of what it reads where one is null.
func inJSON(t schema.Type) schema.Type {
	switch t.Kind {
	case schema.Date, schema.Timestamp, schema.Time, schema.Duration, schema.Binary, schema.JSON:
		return schema.Type{Kind: schema.String}
	case schema.Float16:
		return schema.Type{Kind: schema.Float32}
	case schema.Decimal:
		return schema.Type{Kind: schema.Float64}
	case schema.Map:
		key, elem := inJSON(*t.Key), anyLength(inJSON(*t.Elem))
		t.Key, t.Elem = &key, &elem
	case schema.List:
		elem := inJSON(*t.Elem)
		t.Elem = &elem
	case schema.Struct:
		members := make([]schema.Member, len(t.Members))
		for i, m := range t.Members {
			members[i] = schema.Member{Name: m.Name, Type: anyLength(inJSON(m.Type))}
		}
		t.Members = members
	}
	return t
}

// anyLength takes the length off lists, and off those in them.
func anyLength(t schema.Type) schema.Type {
	if t.Kind == schema.List {
		elem := anyLength(*t.Elem)
		t.Elem, t.Len = &elem, 0
	}
	return t
}

// spellings say how JSON has what it has no word for.
var spellings = []struct {
	kind schema.Kind
	says string
}{
	{schema.Duration, "A duration is ISO 8601 text in seconds, such as `PT1.500S`."},
	{schema.Decimal, "A decimal is a number with all its digits: `json.loads(text, parse_float=decimal.Decimal)` keeps them."},
	{schema.Class, "A class is the number of its name; the names are in the metadata above and under Fields."},
	{schema.JSON, "A value of type json is text, to be read by `json.loads` once more."},
	{schema.Map, "A map is a list of `{\"key\": ..., \"value\": ...}`."},
}

func (m *members) about(d *pipeline.Dataset, empty []string) string {
	var b strings.Builder
	b.WriteString("WebDataset shards: tar files in which the members that share a key are one sample.")
	var one, many []string
	var mixed [][]string
	for k := range m.images {
		columns := m.images[k].columns(d)
		if len(columns) == 0 {
			continue
		}
		if m.images[k].list {
			many = append(many, columns[0])
		} else if one = append(one, columns[0]); len(columns) > 1 {
			mixed = append(mixed, columns)
		}
	}
	if len(one) > 0 {
		fmt.Fprintf(&b, " Each image is a member of its own, such as `KEY.%s`.", one[0])
	}
	if len(many) > 0 {
		fmt.Fprintf(&b, " A list of images is as many members, from `KEY.%s` on; their names are in `KEY.json`.", many[0])
	}
	for _, columns := range mixed {
		fmt.Fprintf(&b, " A sample has one of `%s`, as its bytes are: webdataset takes the one that is there for `\"%s\"`.",
			strings.Join(columns, "`, `"), strings.Join(columns, ";"))
	}
	if m.nulls(d) {
		b.WriteString(" An image that a record does not have is left out: the column is null.")
	}
	if len(m.values) > 0 {
		b.WriteString(" All other fields are in `KEY.json`; dates and times are ISO 8601 text there, binary is base64.")
		for _, s := range spellings {
			if slices.ContainsFunc(m.values, func(f int) bool { return m.schema.Field(f).Type.Has(s.kind) }) {
				b.WriteString(" " + s.says)
			}
		}
	}
	for _, name := range empty {
		fmt.Fprintf(&b, "\n\nThe split `%s` has no records: its shard is a tar without members, "+
			"and it is not listed here, because datasets loads no split without records.", name)
	}
	return b.String()
}

// nulls says whether some record lacks an image.
func (m *members) nulls(d *pipeline.Dataset) bool {
	for _, i := range m.images {
		for _, split := range d.Splits {
			n := int64(0)
			for _, s := range split.Images {
				if s.Field == d.Schema.Field(i.field).Name {
					n += s.Count
				}
			}
			if !i.list && n < split.Rows {
				return true
			}
		}
	}
	return false
}
