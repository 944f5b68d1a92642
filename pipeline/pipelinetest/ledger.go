package pipelinetest

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"

	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/pickshard/pickshard/pipeline"
	"github.com/pickshard/pickshard/schema"
)

// Ledger is an output format that is none of ours: small, whole, and unlike them, so
// that nothing of the pipeline can count on what ours are like. A file is how many
// records it has (8 bytes), then record by record the length of its head (4 bytes), the
// head as JSON (values, and sizes of images), and its images.
//
// Several that differ in Title can be written side by side.
type Ledger struct {
	// Title is the format's name; "ledger" if empty.
	Title string
	// Keys says that samples have their keys.
	Keys bool
	// Index puts an index of kind "toc" beside each shard: where its records begin.
	Index bool
}

var _ pipeline.Indexed = Ledger{}

// RuleNumber is the rule that a record with a number breaks that a Ledger cannot hold:
// JSON has no NaN and no infinity.
const RuleNumber = "ledger.number"

// Name is Title.
func (l Ledger) Name() string {
	if l.Title == "" {
		return "ledger"
	}
	return l.Title
}

// FileName is "train/0-3.ledger".
func (l Ledger) FileName(split string, index, total int) string {
	return fmt.Sprintf("%s/%d-%d.ledger", split, index, total)
}

// Check refuses fields that are neither text, numbers nor images.
func (Ledger) Check(s *schema.Schema) error {
	for i := range s.Len() {
		t := s.Field(i).Type
		switch k := t.Kind; {
		case t.Images(), k == schema.String, k == schema.Bool, k >= schema.Int8 && k <= schema.Uint64, k == schema.Float32, k == schema.Float64:
		default:
			return fmt.Errorf("field %s is of type %s, which it cannot hold", s.Field(i).Name, t)
		}
	}
	return nil
}

// CheckRecord refuses numbers that are not finite.
func (Ledger) CheckRecord(r *pipeline.Records, row int64) (pipeline.Violation, bool) {
	for f := range r.Schema.Len() {
		if r.Images[f] != nil {
			continue
		}
		c := r.Cell(f, row)
		if a, ok := c.Array.(*array.Float64); ok && a.IsValid(c.Row) && (math.IsNaN(a.Value(c.Row)) || math.IsInf(a.Value(c.Row), 0)) {
			return pipeline.Violation{Split: r.Split, Row: row, Rule: RuleNumber, Field: r.Schema.Field(f).Name, Detail: "not a finite number"}, false
		}
	}
	return pipeline.Violation{}, true
}

// Keyed is Keys.
func (l Ledger) Keyed() bool { return l.Keys }

// Survey chooses nothing.
func (Ledger) Survey(context.Context, []pipeline.Kept) (pipeline.Traits, error) { return nil, nil }

// Indexes is "toc", where one is asked for.
func (l Ledger) Indexes() []string {
	if l.Index {
		return []string{"toc"}
	}
	return nil
}

// IndexName is "train/0-3.toc".
func (Ledger) IndexName(kind, split string, index, total int) string {
	if kind != "toc" {
		return ""
	}
	return fmt.Sprintf("%s/%d-%d.toc", split, index, total)
}

// ledgerHead is what a record's head tells.
type ledgerHead struct {
	Key    string            `json:"key,omitempty"`
	Values []json.RawMessage `json:"values"` // null for images
	// Sizes are those of a field's images, pipeline.NoImage for a null in a list; null
	// where the field is, and for values.
	Sizes [][]int64 `json:"sizes"`
}

// head is a record's head as it stands in the file, behind its length.
func (l Ledger) head(r *pipeline.Records, row int64) []byte {
	h := ledgerHead{Values: make([]json.RawMessage, r.Schema.Len()), Sizes: make([][]int64, r.Schema.Len())}
	if l.Keys {
		h.Key = r.Key(row)
	}
	for f := range r.Schema.Len() {
		if images := r.Images[f]; images != nil {
			h.Sizes[f] = imageSizes(images, row, r.Schema.Field(f).Type.ImageList())
			continue
		}
		c := r.Cell(f, row)
		value, err := schema.AppendJSON(nil, c.Array, c.Row, schema.StrictFloats)
		if err != nil {
			panic(err) // Check has refused such fields
		}
		h.Values[f] = value
	}
	text, err := json.Marshal(h)
	if err != nil {
		panic(err)
	}
	return append(binary.LittleEndian.AppendUint32(nil, uint32(len(text))), text...)
}

func imageSizes(c *pipeline.ImageColumn, row int64, list bool) []int64 {
	n, ok := c.Len(row)
	if !ok || !list && c.Size(row, 0) == pipeline.NoImage {
		return nil
	}
	sizes := make([]int64, n)
	for item := range sizes {
		sizes[item] = c.Size(row, item)
	}
	return sizes
}

// NewSizer adds up exact sizes.
func (l Ledger) NewSizer(r *pipeline.Records, _ pipeline.Traits) pipeline.Sizer {
	return &ledgerSizer{l: l, r: r, size: 8}
}

type ledgerSizer struct {
	l    Ledger
	r    *pipeline.Records
	size int64
}

func (s *ledgerSizer) Add(row int64) int64 {
	s.size += int64(len(s.l.head(s.r, row)))
	for _, f := range s.r.Schema.Images() {
		for item := range s.r.Images[f].Count(row) {
			s.size += max(s.r.Images[f].Size(row, item), 0)
		}
	}
	return s.size
}

func (s *ledgerSizer) Reset()      { s.size = 8 }
func (s *ledgerSizer) Exact() bool { return true }

// Create writes all heads.
func (l Ledger) Create(_ context.Context, s *pipeline.Shard, _ pipeline.Traits, c *pipeline.Canvas) (pipeline.ShardWriter, error) {
	w := &ledgerWriter{shard: s, canvas: c, places: make([]int64, s.Assets()), size: 8}
	if _, err := c.WriteAt(binary.LittleEndian.AppendUint64(nil, uint64(s.Len())), 0); err != nil {
		return nil, err
	}
	for i, row := range s.Order.All() {
		w.toc = append(w.toc, w.size)
		head := l.head(s.Records, row)
		if _, err := c.WriteAt(head, w.size); err != nil {
			return nil, err
		}
		w.size += int64(len(head))
		for _, f := range s.Schema.Images() {
			for item := range s.Images[f].Count(row) {
				w.places[s.FirstAsset(i, f)+item] = w.size
				w.size += max(s.Images[f].Size(row, item), 0)
			}
		}
	}
	return w, nil
}

type ledgerWriter struct {
	shard  *pipeline.Shard
	canvas *pipeline.Canvas
	places []int64 // of images, by asset
	toc    []int64
	size   int64
}

var _ pipeline.IndexWriter = (*ledgerWriter)(nil)

func (w *ledgerWriter) Size() int64 { return w.size }

func (w *ledgerWriter) WriteImage(a pipeline.Asset, m *pipeline.Image) error {
	return w.canvas.WriteImage(m, 0, 0, w.places[w.shard.FirstAsset(a.Record, a.Field)+a.Item])
}

func (w *ledgerWriter) WriteIndex(_ string, out io.Writer) error {
	_, err := out.Write(ledgerToc(w.toc))
	return err
}

func ledgerToc(places []int64) []byte {
	var toc []byte
	for _, at := range places {
		toc = fmt.Appendf(toc, "%d\n", at)
	}
	return toc
}

// SideFiles are a note, and a card that people may edit.
func (Ledger) SideFiles(d *pipeline.Dataset) ([]pipeline.SideFile, error) {
	var rows int64
	for _, s := range d.Splits {
		rows += s.Rows
	}
	card := fmt.Sprintf("---\nconfigs: %d\n---\n\n%s\n%d records\n%s\n", len(d.Splits), pipeline.CardBegin, rows, pipeline.CardEnd)
	return []pipeline.SideFile{{Name: "NOTE", Data: []byte(d.Name + "\n")}, {Name: "README.md", Data: []byte(card)}}, nil
}

// Open reads records to their end.
func (l Ledger) Open(r io.ReaderAt, size int64, s *schema.Schema, _ pipeline.Traits) (pipeline.ShardReader, error) {
	if size > 1<<20 {
		return nil, errors.New("larger than any in tests")
	}
	data := make([]byte, size)
	if _, err := r.ReadAt(data, 0); err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	if len(data) < 8 {
		return nil, fmt.Errorf("%d bytes: %w", len(data), io.ErrUnexpectedEOF)
	}
	return &ledgerReader{schema: s, rows: binary.LittleEndian.Uint64(data), data: data, place: 8}, nil
}

// Browse tells where images lie.
func (l Ledger) Browse(r io.ReaderAt, size int64, s *schema.Schema, t pipeline.Traits) (pipeline.ShardReader, error) {
	reader, err := l.Open(r, size, s, t)
	if err != nil {
		return nil, err
	}
	reader.(*ledgerReader).browsing = true
	return reader, nil
}

type ledgerReader struct {
	schema   *schema.Schema
	rows     uint64
	data     []byte
	place    int // of the next record
	toc      []int64
	browsing bool
}

var _ pipeline.IndexReader = (*ledgerReader)(nil)

func (r *ledgerReader) Len() int64 { return int64(r.rows) }

func (r *ledgerReader) IndexSum(string) (size int64, crc uint32) {
	toc := ledgerToc(r.toc)
	return int64(len(toc)), pipeline.CRC32C(toc)
}

func (r *ledgerReader) Next() (pipeline.Sample, error) {
	if uint64(len(r.toc)) == r.rows {
		if r.place < len(r.data) {
			return pipeline.Sample{}, fmt.Errorf("%d bytes behind the last record", len(r.data)-r.place)
		}
		return pipeline.Sample{}, io.EOF
	}
	r.toc = append(r.toc, int64(r.place))
	length, err := r.take(4)
	if err != nil {
		return pipeline.Sample{}, err
	}
	text, err := r.take(int64(binary.LittleEndian.Uint32(length)))
	if err != nil {
		return pipeline.Sample{}, err
	}
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.DisallowUnknownFields()
	var head ledgerHead
	if err := dec.Decode(&head); err != nil {
		return pipeline.Sample{}, fmt.Errorf("head at byte %d: %w", r.place-len(text), err)
	}
	return r.sample(&head)
}

// take takes the next bytes.
func (r *ledgerReader) take(n int64) ([]byte, error) {
	if n < 0 || n > int64(len(r.data)-r.place) {
		return nil, fmt.Errorf("%d bytes at byte %d: %w", n, r.place, io.ErrUnexpectedEOF)
	}
	p := r.data[r.place : r.place+int(n) : r.place+int(n)]
	r.place += int(n)
	return p, nil
}

func (r *ledgerReader) sample(head *ledgerHead) (s pipeline.Sample, err error) {
	n := r.schema.Len()
	if len(head.Values) != n || len(head.Sizes) != n {
		return s, fmt.Errorf("a record of %d fields, not %d", len(head.Values), n)
	}
	s = pipeline.Sample{Key: head.Key, Values: make([]pipeline.Cell, n), Images: make([][]pipeline.SampleImage, n)}
	for f := range n {
		if t := r.schema.Field(f).Type; t.Images() {
			if s.Images[f], err = r.images(head.Sizes[f]); err != nil {
				return s, err
			}
			continue
		}
		text := "[" + string(head.Values[f]) + "]"
		a, _, err := array.FromJSON(memory.DefaultAllocator, r.schema.Field(f).Type.Arrow(), bytes.NewReader([]byte(text)))
		if err != nil || a.Len() != 1 {
			return s, fmt.Errorf("value of %s: %s: %w", r.schema.Field(f).Name, text, err)
		}
		s.Values[f] = pipeline.Cell{Array: a}
	}
	return s, nil
}

func (r *ledgerReader) images(sizes []int64) ([]pipeline.SampleImage, error) {
	if sizes == nil {
		return nil, nil
	}
	images := make([]pipeline.SampleImage, len(sizes))
	for i, size := range sizes {
		if size == pipeline.NoImage {
			continue
		}
		at := r.place
		data, err := r.take(size)
		if err != nil {
			return nil, err
		}
		if r.browsing {
			images[i] = pipeline.SampleImage{At: int64(at), Size: size}
		} else {
			images[i] = pipeline.SampleImage{Bytes: data}
		}
	}
	return images, nil
}
