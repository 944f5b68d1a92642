package parquet

import (
	"fmt"
	"strings"

	"github.com/pickshard/pickshard/pipeline"
	"github.com/pickshard/pickshard/schema"
	"github.com/pickshard/pickshard/stages/write/internal/card"
)

// SideFiles returns the dataset card README.md.
func (f *Format) SideFiles(d *pipeline.Dataset) ([]pipeline.SideFile, error) {
	told, _ := tell(d.Schema)
	text := card.Markdown(card.Options{
		Dataset:  d,
		Pattern:  "data/%s-*",
		Features: card.FromSchema(told),
		About: "Each split is a set of Parquet files under `data/`, one row a record, in the order of the records." +
			aboutImages(d.Schema) + f.aboutConsumers(d.Schema),
		Examples: examples(d),
	})
	return []pipeline.SideFile{{Name: "README.md", Data: text}}, nil
}

func aboutImages(s *schema.Schema) string {
	if len(s.Images()) == 0 {
		return ""
	}
	return " An image is a struct of `bytes`, the image file as it was found, and `path`, its name. " +
		"Images are stored uncompressed, text and numbers with snappy, dictionaries, statistics and page indexes."
}

// aboutConsumers says what some programs do not read.
func (f *Format) aboutConsumers(s *schema.Schema) string {
	var text strings.Builder
	for _, lacking := range f.Lacking(s) {
		text.WriteString(" " + lacking + ".")
	}
	return text.String()
}

// examples shows calls that work from the folder of the card, on a split and,
// if there is one, a number of this dataset.
func examples(d *pipeline.Dataset) []card.Example {
	split := "train"
	if len(d.Splits) > 0 {
		split = d.Splits[0].Name
	}
	glob := fmt.Sprintf("data/%s-*.parquet", split)
	where, filter := "", ""
	for i := range d.Schema.Len() {
		if f := d.Schema.Field(i); f.Type.Kind == schema.Float64 || f.Type.Kind == schema.Float32 {
			where = fmt.Sprintf("\nWHERE %s > 0.5", sqlName(f.Name))
			filter = fmt.Sprintf(".filter(pl.col(%q) > 0.5)", f.Name)
			break
		}
	}
	image := ""
	if images := d.Schema.Images(); len(images) > 0 {
		f, what := d.Schema.Field(images[0]), "a PIL image"
		if f.Type.ImageList() {
			what = "a list of PIL images"
		}
		image = fmt.Sprintf("\nds[%q][0][%q]  # %s", split, f.Name, what)
	}
	return []card.Example{
		{Title: "Hugging Face `datasets`", Language: "python", Code: "from datasets import load_dataset\n\nds = load_dataset(\".\")  # this folder, or its name on the Hub" + image},
		{Title: "DuckDB", Language: "sql", Code: fmt.Sprintf("SELECT %s\nFROM '%s'%s;", columns(d.Schema, sqlName), glob, where)},
		{Title: "Polars", Language: "python", Code: fmt.Sprintf("import polars as pl\n\npl.scan_parquet(%q)%s.collect()", glob, filter)},
		{Title: "Spark", Language: "python", Code: fmt.Sprintf("spark.read.parquet(%q).printSchema()", glob)},
	}
}

// columns lists up to three fields, those without images first in line.
func columns(s *schema.Schema, spell func(string) string) string {
	var names []string
	for i := range s.Len() {
		if s.Field(i).Type.Kind != schema.Image && len(names) < 3 {
			names = append(names, spell(s.Field(i).Name))
		}
	}
	if names == nil {
		return "*"
	}
	return strings.Join(names, ", ")
}

// sqlName quotes a field name, which may hold a dash or begin with a digit.
func sqlName(name string) string { return `"` + name + `"` }
