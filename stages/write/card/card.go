package card

import (
	"fmt"
	"strings"

	"github.com/pickshard/pickshard/pipeline"
	"github.com/pickshard/pickshard/schema"
)

// Options is what a card tells.
type Options struct {
	// Dataset gives name, fields, splits and their numbers.
	Dataset *pipeline.Dataset
	// Pattern spells the data files of a split relative to the card, "%s"
	// standing for the split's name, e.g. "data/%s-*". Empty for files that datasets
	// cannot load: the card has no front matter then.
	Pattern string
	// Features lists the columns that consumers of this format see, in order.
	// FromSchema gives one a field. Nil leaves them out of the front matter, so
	// that consumers infer them.
	Features []Feature
	// About is a paragraph of Markdown that stands under the title, e.g. how
	// the format holds a record. It may be empty.
	About string
	// Examples are shown in order under "How to load".
	Examples []Example
}

// Feature is a column that a consumer sees.
type Feature struct {
	Name string
	Type schema.Type
}

// Example is a piece of code that loads the dataset.
type Example struct {
	Title    string // e.g. "DuckDB"
	Language string // of the code fence, e.g. "sql"
	Code     string // without the fence
}

// FromSchema returns one feature a field, under the field's name.
func FromSchema(s *schema.Schema) []Feature {
	features := make([]Feature, s.Len())
	for i := range features {
		features[i] = Feature{s.Field(i).Name, s.Field(i).Type}
	}
	return features
}

// Markdown returns the whole card, ending in a line feed. Splits without
// records stand in its text but not in the front matter, because datasets
// could then load none.
func Markdown(o Options) []byte {
	var b strings.Builder
	if o.Pattern != "" {
		b.WriteString("---\n")
		writeFrontMatter(&b, &o)
		b.WriteString("---\n\n")
	}
	writeText(&b, &o)
	return []byte(b.String())
}

// listed returns the splits that the front matter names: those that have
// records. datasets fails on a split without any ("corresponds to no data",
// arrow_reader.py, ArrowReader.read) and with it on the whole dataset.
func listed(d *pipeline.Dataset) []pipeline.DatasetSplit {
	var splits []pipeline.DatasetSplit
	for _, s := range d.Splits {
		if s.Rows > 0 {
			splits = append(splits, s)
		}
	}
	if len(splits) == 0 {
		return d.Splits
	}
	return splits
}

// writeFrontMatter writes what consumers parse. Only num_examples is checked
// by them at load (datasets: utils/info_utils.py, verify_splits); download_size
// and dataset_size are the sums they show.
func writeFrontMatter(b *strings.Builder, o *Options) {
	splits := listed(o.Dataset)
	b.WriteString("configs:\n- config_name: default\n  data_files:\n")
	for _, s := range splits {
		fmt.Fprintf(b, "  - split: %s\n    path: %s\n", scalar(s.Name), scalar(fmt.Sprintf(o.Pattern, s.Name)))
	}
	b.WriteString("dataset_info:\n")
	if o.Features != nil {
		b.WriteString("  features:\n")
		for _, f := range o.Features {
			writeFeature(b, f.Name, f.Type.HuggingFace(), "  ")
		}
	}
	var download, size int64
	b.WriteString("  splits:\n")
	for _, s := range splits {
		fmt.Fprintf(b, "  - name: %s\n    num_bytes: %d\n    num_examples: %d\n", scalar(s.Name), s.ArrowBytes, s.Rows)
		download += s.FileBytes
		size += s.ArrowBytes
	}
	fmt.Fprintf(b, "  download_size: %d\n  dataset_size: %d\n", download, size)
}

// writeText writes what people read.
func writeText(b *strings.Builder, o *Options) {
	d := o.Dataset
	name := d.Name
	if name == "" {
		name = "Dataset"
	}
	fmt.Fprintf(b, "# %s\n", inline(name))
	if o.About != "" {
		fmt.Fprintf(b, "\n%s\n", strings.TrimSpace(o.About))
	}
	if len(o.Examples) > 0 {
		b.WriteString("\n## How to load\n")
	}
	for _, e := range o.Examples {
		code := strings.Trim(e.Code, "\n")
		fence := fenceFor(code)
		fmt.Fprintf(b, "\n%s:\n\n%s%s\n%s\n%s\n", e.Title, fence, e.Language, code, fence)
	}
	b.WriteString("\n## Splits\n\n| split | records | shards | bytes |\n| --- | ---: | ---: | ---: |\n")
	for _, s := range d.Splits {
		fmt.Fprintf(b, "| %s | %d | %d | %d |\n", inline(s.Name), s.Rows, len(s.Shards), s.FileBytes)
	}
	if len(listed(d)) < len(d.Splits) {
		b.WriteString("\nSplits without records have a file, but are left out of the metadata above: `datasets` cannot load an empty split.\n")
	}
	b.WriteString("\n## Fields\n\n| field | type | meaning |\n| --- | --- | --- |\n")
	for i := range d.Schema.Len() {
		f := d.Schema.Field(i)
		fmt.Fprintf(b, "| %s | %s | %s |\n", inline(f.Name), inline(shortened(f.Type.String())), inline(f.Doc))
	}
}

// shortened cuts the spelling of a type that would make the table unreadable, such as
// that of a class of a thousand names: the front matter has all of them.
func shortened(spelling string) string {
	const most = 300
	if r := []rune(spelling); len(r) > most {
		return string(r[:most]) + "…"
	}
	return spelling
}
