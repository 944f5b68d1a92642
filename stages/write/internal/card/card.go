package card

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"strconv"
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
// and dataset_size are the sums they show. What the Hub shows (license, tags, ...) is
// spelled as its own cards do (huggingface_hub: repocard_data.py, DatasetCardData).
func writeFrontMatter(b *strings.Builder, o *Options) {
	c := &o.Dataset.Card
	writeList(b, "license", c.License)
	if c.PrettyName != "" {
		fmt.Fprintf(b, "pretty_name: %s\n", scalar(c.PrettyName))
	}
	writeList(b, "language", c.Languages)
	writeList(b, "task_categories", c.Tasks)
	writeList(b, "tags", c.Tags)
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

// writeList writes a key with one value, or a list of several.
func writeList(b *strings.Builder, key string, values []string) {
	switch len(values) {
	case 0:
		return
	case 1:
		if key == "license" {
			fmt.Fprintf(b, "%s: %s\n", key, scalar(values[0]))
			return
		}
	}
	fmt.Fprintf(b, "%s:\n", key)
	for _, v := range values {
		fmt.Fprintf(b, "- %s\n", scalar(v))
	}
}

// writeText writes what people read, between the marks of what is ours.
func writeText(b *strings.Builder, o *Options) {
	d := o.Dataset
	b.WriteString(pipeline.CardBegin + "\n\n")
	fmt.Fprintf(b, "# %s\n", inline(cmp.Or(d.Card.PrettyName, d.Name, "Dataset")))
	for _, text := range []string{d.Card.Description, d.Card.Text, o.About} {
		if text != "" {
			fmt.Fprintf(b, "\n%s\n", unmarked(strings.TrimSpace(text)))
		}
	}
	writeGallery(b, d)
	if len(o.Examples) > 0 {
		b.WriteString("\n## How to load\n")
	}
	for _, e := range o.Examples {
		fmt.Fprintf(b, "\n%s:\n\n", e.Title)
		writeCode(b, e.Language, e.Code)
	}
	writeTables(b, d)
	writeMaking(b, d)
	if len(d.Card.License) > 0 {
		fmt.Fprintf(b, "\n## Licence\n\n%s\n", inline(strings.Join(d.Card.License, ", ")))
	}
	if d.Card.Citation != "" {
		b.WriteString("\n## Citation\n\n")
		writeCode(b, "bibtex", unmarked(d.Card.Citation))
	}
	b.WriteString("\n" + pipeline.CardEnd + "\n")
}

// writeGallery shows the pictures of records side by side, a row for each field of images.
func writeGallery(b *strings.Builder, d *pipeline.Dataset) {
	if len(d.Gallery) == 0 {
		return
	}
	b.WriteString("\n## Gallery\n\n| |")
	for _, r := range d.Gallery {
		fmt.Fprintf(b, " %s %d |", inline(r.Split), r.Number)
	}
	b.WriteString("\n| --- |" + strings.Repeat(" --- |", len(d.Gallery)) + "\n")
	for k, field := range d.Schema.Images() {
		name := inline(d.Schema.Field(field).Name)
		fmt.Fprintf(b, "| %s |", name)
		for _, r := range d.Gallery {
			if p := r.Pictures[k]; p.Name != "" {
				fmt.Fprintf(b, " ![%s](%s)", name, p.Name)
			}
			b.WriteString(" |")
		}
		b.WriteString("\n")
	}
}

// unmarked takes the marks out of a user's text, which they would end.
func unmarked(text string) string {
	return strings.NewReplacer(pipeline.CardBegin, "", pipeline.CardEnd, "").Replace(text)
}

func writeCode(b *strings.Builder, language, code string) {
	code = strings.Trim(code, "\n")
	fence := fenceFor(code)
	fmt.Fprintf(b, "%s%s\n%s\n%s\n", fence, language, code, fence)
}

func writeTables(b *strings.Builder, d *pipeline.Dataset) {
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

// writeMaking tells what the data set was made of and by what, so that it can be made
// again.
func writeMaking(b *strings.Builder, d *pipeline.Dataset) {
	if len(d.Config) == 0 {
		return
	}
	fmt.Fprintf(b, "\n## How it was made\n\nBy %s %s, which makes the same bytes of the same input, from these records:\n\n| split | file | bytes | SHA-256 | left out |\n| --- | --- | ---: | --- | ---: |\n",
		inline(d.Tool.Name), inline(d.Tool.Version))
	for _, s := range d.Splits {
		left := strconv.FormatInt(s.Dropped, 10)
		for _, r := range s.Records {
			fmt.Fprintf(b, "| %s | %s | %d | %s | %s |\n", inline(s.Name), inline(r.Path), r.Bytes, inline(r.SHA256), left)
			left = ""
		}
	}
	var config bytes.Buffer
	if json.Indent(&config, d.Config, "", "  ") == nil {
		b.WriteString("\n<details><summary>and this config</summary>\n\n")
		writeCode(b, "json", config.String())
		b.WriteString("\n</details>\n")
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
