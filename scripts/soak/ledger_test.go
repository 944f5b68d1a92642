package soak

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/pickshard/pickshard/pipeline"
	"github.com/pickshard/pickshard/schema"
	"github.com/pickshard/pickshard/stages/write/conformance"
)

// ledger is an output format that is none of ours: it stands last in the list, has no
// keys and chooses nothing for all shards, so that nothing of the pipeline can count on
// what ours are like. A file is a number of records, then record by record a header
// {digest of its values, sizes of its images} and the images.
//
// Its reader takes values from the table that it was written from, as it is handed the
// records' digests alone.
type ledger struct{ tables map[string]*conformance.Table }

var _ pipeline.Format = ledger{}

func (ledger) Name() string { return "ledger" }

func (ledger) FileName(split string, index, total int) string {
	return fmt.Sprintf("%s/%d-%d.ledger", split, index, total)
}

func (ledger) Check(*schema.Schema) error { return nil }

func (ledger) CheckRecord(*pipeline.Records, int64) (pipeline.Violation, bool) {
	return pipeline.Violation{}, true
}

func (ledger) Keyed() bool { return false }

func (ledger) Survey(context.Context, []pipeline.Kept) (pipeline.Traits, error) { return nil, nil }

func (ledger) NewSizer(r *pipeline.Records, _ pipeline.Traits) pipeline.Sizer {
	return &ledgerSizer{r: r, size: 8}
}

type ledgerSizer struct {
	r    *pipeline.Records
	size int64
}

func (s *ledgerSizer) Add(row int64) int64 { s.size += ledgerSpan(s.r, row); return s.size }
func (s *ledgerSizer) Reset()              { s.size = 8 }
func (s *ledgerSizer) Exact() bool         { return true }

// ledgerHead is the header of a row.
func ledgerHead(r *pipeline.Records, row int64) []byte {
	var values []byte
	for f := range r.Schema.Len() {
		if r.Images[f] == nil {
			c := r.Cell(f, row)
			values = schema.AppendValue(values, c.Array, c.Row)
		}
	}
	head := binary.LittleEndian.AppendUint64(nil, uint64(row))
	head = binary.LittleEndian.AppendUint32(head, pipeline.CRC32C(values))
	for _, f := range r.Schema.Images() {
		for item := range r.Images[f].Count(row) {
			head = binary.LittleEndian.AppendUint64(head, uint64(r.Images[f].Size(row, item)))
		}
	}
	return head
}

func ledgerSpan(r *pipeline.Records, row int64) int64 {
	span := int64(len(ledgerHead(r, row)))
	for _, f := range r.Schema.Images() {
		for item := range r.Images[f].Count(row) {
			span += max(r.Images[f].Size(row, item), 0)
		}
	}
	return span
}

func (ledger) Create(_ context.Context, s *pipeline.Shard, _ pipeline.Traits, c *pipeline.Canvas) (pipeline.ShardWriter, error) {
	w := &ledgerWriter{shard: s, canvas: c, places: make([]int64, s.Assets())}
	if _, err := c.WriteAt(binary.LittleEndian.AppendUint64(nil, uint64(s.Len())), 0); err != nil {
		return nil, err
	}
	w.size = 8
	for i, row := range s.Order.All() {
		head := ledgerHead(s.Records, row)
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
	places []int64
	size   int64
}

func (w *ledgerWriter) Size() int64 { return w.size }

func (w *ledgerWriter) WriteImage(a pipeline.Asset, m *pipeline.Image) error {
	return w.canvas.WriteImage(m, 0, 0, w.places[w.shard.FirstAsset(a.Record, a.Field)+a.Item])
}

func (ledger) SideFiles(d *pipeline.Dataset) ([]pipeline.SideFile, error) {
	return []pipeline.SideFile{{Name: "NOTE", Data: []byte(d.Name + "\n")}}, nil
}

func (l ledger) Open(r io.ReaderAt, size int64, s *schema.Schema, _ pipeline.Traits) (pipeline.ShardReader, error) {
	if size > 1<<20 {
		return nil, errors.New("larger than any in tests")
	}
	data := make([]byte, size)
	if _, err := r.ReadAt(data, 0); err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	if len(data) < 8 {
		return nil, io.ErrUnexpectedEOF
	}
	return &ledgerReader{tables: l.tables, schema: s, rows: int64(binary.LittleEndian.Uint64(data)), rest: data[8:]}, nil
}

func (l ledger) Browse(r io.ReaderAt, size int64, s *schema.Schema, t pipeline.Traits) (pipeline.ShardReader, error) {
	return l.Open(r, size, s, t)
}

type ledgerReader struct {
	tables map[string]*conformance.Table
	schema *schema.Schema
	rows   int64
	rest   []byte
	at     int64
}

func (r *ledgerReader) Len() int64 { return r.rows }

func (r *ledgerReader) Next() (pipeline.Sample, error) {
	if r.at == r.rows {
		if len(r.rest) > 0 {
			return pipeline.Sample{}, errors.New("bytes behind the end")
		}
		return pipeline.Sample{}, io.EOF
	}
	r.at++
	for _, table := range r.tables {
		records := table.Records()
		if s, ok := r.sample(records); ok {
			return s, nil
		}
	}
	return pipeline.Sample{}, errors.New("a record that no table has")
}

// sample takes the next record where it is one of these.
func (r *ledgerReader) sample(records *pipeline.Records) (pipeline.Sample, bool) {
	if len(r.rest) < 8 {
		return pipeline.Sample{}, false
	}
	row := int64(binary.LittleEndian.Uint64(r.rest))
	if row < 0 || row >= records.Rows {
		return pipeline.Sample{}, false
	}
	head := ledgerHead(records, row)
	if !bytes.HasPrefix(r.rest, head) || int64(len(r.rest)) < ledgerSpan(records, row) {
		return pipeline.Sample{}, false
	}
	s := pipeline.Sample{Values: make([]pipeline.Cell, r.schema.Len()), Images: make([][]pipeline.SampleImage, r.schema.Len())}
	rest := r.rest[len(head):]
	for f := range r.schema.Len() {
		if records.Images[f] == nil {
			s.Values[f] = records.Cell(f, row)
			continue
		}
		n, ok := records.Images[f].Len(row)
		for item := 0; ok && item < n; item++ {
			size := records.Images[f].Size(row, item)
			if size == pipeline.NoImage {
				continue
			}
			s.Images[f] = append(s.Images[f], pipeline.SampleImage{Bytes: rest[:size:size]})
			rest = rest[size:]
		}
	}
	r.rest = rest
	return s, true
}
