package conformance

import (
	"bytes"
	"errors"
	"io"
	"testing"

	"github.com/pickshard/pickshard/schema"
)

// small is the shard that is cut and flipped: few bytes, but nulls, text and
// images of it all.
func (s *Suite) small(t *testing.T) *Writing {
	table := s.Small
	if table == nil {
		table = Small()
	}
	return s.writing(t, table, nil)
}

// Small is a table of plain values and images, two rows of it.
func Small() *Table {
	return &Table{Fields: []schema.Field{
		{Name: "text", Type: schema.Type{Kind: schema.String}, Nullable: true},
		{Name: "image", Type: schema.Type{Kind: schema.Image}},
		{Name: "score", Type: schema.Type{Kind: schema.Float64}},
		{Name: "n", Type: schema.Type{Kind: schema.Int32}, Nullable: true},
	}, Rows: [][]any{
		{"a prompt", Noise(33, 1), 0.5, int32(7)},
		{nil, Noise(5, 2), 0.0, nil},
	}}
}

// cutAnywhere cuts a file at every length: it must never be taken for whole.
func (s *Suite) cutAnywhere(t *testing.T) {
	w := s.small(t)
	whole := w.MustWrite(t, InOrder).Bytes()
	for n := range whole {
		err := safely(func() error { return w.Compare(NewFile(bytes.Clone(whole[:n]))) })
		if err == nil || IsPanic(err) {
			t.Fatalf("cut to %d of %d bytes: %v", n, len(whole), err)
		}
	}
}

// plainEOF says whether err is io.EOF itself, which would mean a whole file.
func plainEOF(err error) bool { return err == io.EOF }

// extended puts bytes behind a whole file.
func (s *Suite) extended(t *testing.T) {
	w := s.small(t)
	whole := w.MustWrite(t, InOrder).Bytes()
	for _, tail := range [][]byte{{0}, {1}, make([]byte, 8), make([]byte, 512), make([]byte, 1024), whole} {
		err := safely(func() error { return w.Compare(NewFile(append(bytes.Clone(whole), tail...))) })
		if err == nil || IsPanic(err) {
			t.Errorf("%d more bytes after the end: %v", len(tail), err)
		}
	}
}

// flippedBits flips each bit of a small file: the reader must report a fault
// or give something else than what was written, and never panic.
func (s *Suite) flippedBits(t *testing.T) {
	w := s.small(t)
	whole := w.MustWrite(t, InOrder).Bytes()
	var noticed, other, silent int
	for i := range whole {
		for bit := range 8 {
			if Brief() && (i+bit)%8 != 0 {
				continue
			}
			damaged := bytes.Clone(whole)
			damaged[i] ^= 1 << bit
			err := safely(func() error { return w.Compare(NewFile(damaged)) })
			switch {
			case IsPanic(err):
				t.Fatalf("bit %d of byte %d flipped: %v", bit, i, err)
			case errors.Is(err, errDiffers):
				other++
			case err != nil:
				noticed++
			case s.SilentFlip != nil && s.SilentFlip(whole, i):
				silent++
			default:
				t.Errorf("bit %d of byte %d flipped, and nobody notices", bit, i)
			}
		}
	}
	t.Logf("%d flips: %d reported by the reader, %d changed a value, %d in bytes that tell nothing", noticed+other+silent, noticed, other, silent)
}

// wrongSchema opens a file with another schema than it was written with.
func (s *Suite) wrongSchema(t *testing.T) {
	w := s.small(t)
	file := w.MustWrite(t, InOrder)
	fields, last := w.Table.Fields, len(w.Table.Fields)-1
	for name, fields := range map[string][]schema.Field{
		"renamed": append([]schema.Field{{Name: "txt", Type: fields[0].Type}}, fields[1:]...),
		"retyped": append(fields[:last:last], schema.Field{Name: fields[last].Name, Type: schema.Type{Kind: schema.String}}),
		"more":    append(fields[:last+1:last+1], schema.Field{Name: "x", Type: schema.Type{Kind: schema.Bool}}),
		"fewer":   fields[:last],
		"other":   PickFields(),
	} {
		if s.NamesElsewhere && (name == "renamed" || name == "retyped") {
			continue
		}
		err := DrainSafely(s.Format, file, &Table{Fields: fields})
		if err == nil || plainEOF(err) || IsPanic(err) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// notAShard opens what is not a file of the format at all.
func (s *Suite) notAShard(t *testing.T) {
	table := Pick(1)
	for _, data := range [][]byte{nil, {0}, []byte("PAR1PAR1"), bytes.Repeat([]byte{0xff}, 5000), Noise(20_000, 9), []byte("ARROW1\x00\x00")} {
		err := DrainSafely(s.Format, NewFile(data), table)
		if err == nil || plainEOF(err) || IsPanic(err) {
			t.Errorf("%d bytes of %.8q: %v", len(data), data, err)
		}
	}
}
