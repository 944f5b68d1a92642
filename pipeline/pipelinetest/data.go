package pipelinetest

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"strings"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/pickshard/pickshard/pipeline"
	"github.com/pickshard/pickshard/schema"
)

// Data is a small data set in memory. Each record has a name, an image, a score and a
// list of images ("views"), and lies in Files as the images of those names and one file
// a split that stands for its table. Make one with NewData, change it, Put it.
type Data struct {
	Files  *Files
	Splits []string
	Rows   map[string][]Row
	// Keyed makes the names the records' keys.
	Keyed bool
}

// Row is a record. Its images are files that have their names from its own:
// "images/NAME.png", "views/NAME/0.png".
type Row struct {
	Name  string
	Score float64
	Image string   // its bytes; empty where it has none
	Views []string // of each the bytes, empty for a null; nil where there is no list
}

// ImageFile is the name of the row's image.
func (r *Row) ImageFile() string { return "images/" + r.Name + ".png" }

// ViewFile is the name of an image of the row's list.
func (r *Row) ViewFile(item int) string { return fmt.Sprintf("views/%s/%d.png", r.Name, item) }

// Written is when the files of a data set were written.
func Written() time.Time { return time.Date(2024, 5, 1, 12, 0, 0, 0, time.UTC) }

// NewData returns a data set of so many rows in its splits, "train" and "test"; of five
// and two, if no numbers are given. Its files are put.
func NewData(rows ...int) *Data {
	if len(rows) == 0 {
		rows = []int{5, 2}
	}
	d := &Data{Files: NewFiles(), Splits: []string{"train", "test"}[:len(rows)], Rows: make(map[string][]Row)}
	for i, split := range d.Splits {
		d.Rows[split] = nil
		for n := range rows[i] {
			d.Rows[split] = append(d.Rows[split], NewRow(split, n))
		}
	}
	d.Put()
	return d
}

// NewRow returns the n-th row of a split: with a list of n%3 images, every fourth without
// a list.
func NewRow(split string, n int) Row {
	r := Row{Name: fmt.Sprintf("%s%d", split, n), Score: float64(n) / 4, Image: strings.Repeat(fmt.Sprintf("%s image %d;", split, n), n%4+1)}
	for item := range n % 3 {
		r.Views = append(r.Views, fmt.Sprintf("%s %d view %d", split, n, item))
	}
	if n%4 != 3 && r.Views == nil {
		r.Views = []string{}
	}
	return r
}

// Grow gives a split rows until it has so many.
func (d *Data) Grow(split string, rows int) {
	for n := len(d.Rows[split]); n < rows; n++ {
		d.Rows[split] = append(d.Rows[split], NewRow(split, n))
	}
	d.Put()
}

// Put writes the rows' images, and the tables.
func (d *Data) Put() {
	for split, rows := range d.Rows {
		for i := range rows {
			if r := &rows[i]; r.Image != "" {
				d.Files.Put(r.ImageFile(), r.Image, Written())
			}
			for item, view := range rows[i].Views {
				if view != "" {
					d.Files.Put(rows[i].ViewFile(item), view, Written())
				}
			}
		}
		d.Files.Put(tableFile(split), table(rows), Written())
	}
}

func tableFile(split string) string { return split + ".tsv" }

// table is the text of a split's table, which tells nothing of what is in the images.
func table(rows []Row) string {
	var b strings.Builder
	for _, r := range rows {
		fmt.Fprintf(&b, "%s\t%v\t%t\t%d\n", r.Name, r.Score, r.Image != "", len(r.Views))
	}
	return b.String()
}

// Schema is that of the data set.
func (d *Data) Schema() *schema.Schema {
	image := schema.Type{Kind: schema.Image}
	s, err := schema.New([]schema.Field{
		{Name: "name", Type: schema.Type{Kind: schema.String}},
		{Name: "image", Type: image, Nullable: true},
		{Name: "score", Type: schema.Type{Kind: schema.Float64}, Doc: "what people gave it"},
		{Name: "views", Type: schema.ListOf(image), Nullable: true},
	})
	if err != nil {
		panic(err)
	}
	return s
}

// Loader loads the data set, whose images are read from a source.
func (d *Data) Loader(src pipeline.Source) pipeline.Loader { return dataLoader{d, src} }

type dataLoader struct {
	*Data
	src pipeline.Source
}

func (d dataLoader) Load(ctx context.Context, split string) (*pipeline.Loaded, error) {
	stat, err := d.Files.Stat(ctx, tableFile(split))
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256([]byte(table(d.Rows[split])))
	return &pipeline.Loaded{
		Records: d.records(split, d.src), Stats: []pipeline.FileStat{stat},
		Files: []pipeline.RecordFile{{Path: tableFile(split), Bytes: stat.Size, SHA256: hex.EncodeToString(sum[:])}},
	}, nil
}

func (d *Data) records(split string, src pipeline.Source) *pipeline.Records {
	rows := d.Rows[split]
	names, scores := array.NewStringBuilder(memory.DefaultAllocator), array.NewFloat64Builder(memory.DefaultAllocator)
	for _, r := range rows {
		names.Append(r.Name)
		scores.Append(r.Score)
	}
	column := func(b array.Builder) *arrow.Chunked { return arrow.NewChunked(b.Type(), []arrow.Array{b.NewArray()}) }
	key := -1
	if d.Keyed {
		key = 0
	}
	columns := []*arrow.Chunked{column(names), nil, column(scores), nil}
	images := []pipeline.Images{nil, dataImages{src, rows, false}, nil, dataImages{src, rows, true}}
	return pipeline.NewRecords(split, d.Schema(), int64(len(rows)), columns, images, key)
}

// dataImages are the images of a field in a split.
type dataImages struct {
	src  pipeline.Source
	rows []Row
	list bool
}

func (m dataImages) Len(row int64) (int, bool) {
	if m.list {
		return len(m.rows[row].Views), m.rows[row].Views != nil
	}
	return 1, true
}

// file is the name of an image's file, empty where there is none.
func (m dataImages) file(row int64, item int) string {
	switch r := &m.rows[row]; {
	case !m.list && r.Image != "":
		return r.ImageFile()
	case m.list && r.Views[item] != "":
		return r.ViewFile(item)
	}
	return ""
}

func (m dataImages) AppendFile(dst []byte, row int64, item int) ([]byte, bool) {
	name := m.file(row, item)
	return append(dst, name...), name != ""
}

func (m dataImages) AppendName(dst []byte, row int64, item int) ([]byte, bool) {
	name := []byte(m.file(row, item))
	return append(dst, name[bytes.LastIndexByte(name, '/')+1:]...), len(name) > 0
}

func (m dataImages) Stat(ctx context.Context, row int64, item int) (pipeline.FileStat, error) {
	name := m.file(row, item)
	if name == "" {
		return pipeline.FileStat{Size: pipeline.NoImage}, nil
	}
	return m.src.Stat(ctx, name)
}

func (m dataImages) Read(ctx context.Context, row int64, item int, want pipeline.FileStat, dst []byte) (bool, error) {
	name := m.file(row, item)
	if name == "" {
		return false, fs.ErrNotExist
	}
	return m.src.ReadFile(ctx, name, want, dst)
}

// Checker is a pipeline.Checker that refuses what begins with "!".
type Checker struct{}

// CheckImage says that an image is a line of as many pixels as it has bytes.
func (Checker) CheckImage(data []byte) (pipeline.Head, *pipeline.Fault) {
	if len(data) > 0 && data[0] == '!' {
		return pipeline.Head{}, &pipeline.Fault{Rule: pipeline.RuleFormat, Detail: "begins with !"}
	}
	return pipeline.Head{Format: pipeline.FormatPNG, Width: len(data), Height: 1}, nil
}

// Job converts the data set, read from src, to a store: two records a shard, in two
// formats, of which one has keys. What breaks a rule stops it.
func (d *Data) Job(store pipeline.Store, src pipeline.Source) *pipeline.Job {
	config := []byte(`{"name":"small"}`)
	return &pipeline.Job{
		Spec: &pipeline.Spec{
			Name: "small", Schema: d.Schema(), Splits: d.Splits, Config: config, Used: config, Form: []byte(`{"form":1}`),
			Formats: []pipeline.Format{Ledger{}, Ledger{Title: "journal", Keys: true}}, ShardRows: 2,
			Policy: pipeline.PolicyFail, MaxImage: 1 << 20, Tool: "0.0.0",
		},
		Source: src, Loader: d.Loader(src), Checker: Checker{}, Store: store,
		Workers: 1, Readers: 1, Memory: 1 << 20, Progress: &pipeline.Progress{},
	}
}
