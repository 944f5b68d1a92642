package pandas

import (
	"context"
	"math"
	"slices"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/bitutil"

	"github.com/pickshard/pickshard/stages/read/internal/pickle"
)

// View is a table that was read, checked whole, and whose text may still be where
// it is in the file. It is what [Look] calls its function with.
type View struct {
	// Info is what pickshard inspect prints.
	Info    Info
	columns []built
	reader  *reader
}

// Look reads one table as [Read] does and calls use with it. Text is not copied
// until [View.Batches] asks for it, which spares the memory of the largest columns;
// so the View is valid only inside use, and in its goroutine. Options.Want is of no use
// here.
//
// The error is that of reading, as of Read, else that of use. A file that changes
// before use has returned is an error of reading.
func Look(ctx context.Context, in Input, opts Options, use func(*View) error) error {
	var used error
	opts.Want = nil
	_, err := decode(ctx, in, &opts, true, func(doc *pickle.Doc, info *Info) error {
		r := newReader(ctx, doc, &opts)
		var f file
		err := r.columns(&f, info, doc.Mapped(), func(b *builder, c column) error { return c.src.build(b) })
		if err != nil {
			return err
		}
		info.describe(int64(f.rows), f.columns)
		used = use(&View{Info: *info, columns: f.columns, reader: r})
		return nil
	})
	if err != nil {
		return &FileError{in.Name, err}
	}
	return used
}

// Schema is the columns in source order, index columns last.
func (v *View) Schema() *arrow.Schema { return schemaOf(v.columns) }

// Rows is the number of rows.
func (v *View) Rows() int64 { return v.Info.Rows }

// batchRows and batchText are how many rows View.Batches hands out at once: they fit
// the cache between being copied and being used.
const (
	batchRows = 1 << 14
	batchText = 16 << 20
)

// Batches calls each with the rows from from up to to, in order, in batches of at
// most 16,384 rows and 16 MiB of text (or one row). A batch is valid until each
// returns: its memory is then used for the next. An error of each ends it and is
// returned as it is.
func (v *View) Batches(from, to int64, each func(arrow.RecordBatch) error) error {
	schema := v.Schema()
	cursors := make([]cursor, len(v.columns))
	texts := 0
	for i := range cursors {
		if cursors[i].column = &v.columns[i]; cursors[i].column.text != nil {
			texts++
		}
	}
	for from < to {
		if err := v.reader.cancelled(); err != nil {
			return err
		}
		n := min(to-from, batchRows)
		for i := range cursors {
			n = cursors[i].seek(from, n, batchText/max(1, texts))
		}
		if err := v.batch(schema, cursors, n, each); err != nil {
			return err
		}
		from += n
	}
	return nil
}

// batch calls each with the next n rows of the cursors.
func (v *View) batch(schema *arrow.Schema, cursors []cursor, n int64, each func(arrow.RecordBatch) error) error {
	arrays := make([]arrow.Array, len(cursors))
	for i := range cursors {
		arrays[i] = cursors[i].next(v.reader.doc, n)
		defer arrays[i].Release()
	}
	v.reader.doc.GiveBack()
	b := array.NewRecordBatch(schema, arrays, n)
	defer b.Release()
	return each(b)
}

// cursor is a place in a column.
type cursor struct {
	column *built
	chunk  int   // the chunk it is in
	start  int64 // the row at which that starts
	at     int64
	room   textRoom
}

// textRoom is memory that is used for batch after batch.
type textRoom struct {
	cells   []pickle.Value
	offsets []int32
	text    []byte
}

// seek goes forward to a row and returns how many rows from it on, at most n, are in
// its chunk and have so many bytes of text together; at least one.
func (c *cursor) seek(row, n int64, text int) int64 {
	for c.at = row; ; c.chunk++ {
		end := c.start
		if c.column.text != nil {
			end += int64(c.column.text[c.chunk].rows)
		} else {
			end += int64(c.column.chunks[c.chunk].Len())
		}
		if row < end {
			n = min(n, end-row)
			break
		}
		c.start = end
	}
	if c.column.text != nil {
		n = c.column.text[c.chunk].look(int(c.at-c.start), int(n), text, &c.room)
	}
	return n
}

// next returns the next n rows, which the chunk has.
func (c *cursor) next(doc *pickle.Doc, n int64) arrow.Array {
	if c.column.text != nil {
		return c.room.gather(doc, int(n))
	}
	lo := c.at - c.start
	return array.NewSlice(c.column.chunks[c.chunk], lo, lo+n)
}

// textRun is a chunk of a text column whose text is still in the file.
type textRun struct {
	src   *cellSource
	at    int // row of src at which it starts
	rows  int
	nulls int
	size  int64 // bytes of text
}

// bytes is how large the chunk is as an Arrow array.
func (t *textRun) bytes() int64 {
	n := t.size + 4*int64(t.rows+1)
	if t.nulls > 0 {
		n += bitutil.BytesForBits(int64(t.rows))
	}
	return n
}

// look takes n cells from row lo of the chunk on into room, or as many as have most
// bytes of text, at least one, and returns how many.
func (t *textRun) look(lo, n, most int, room *textRoom) int64 {
	room.cells = slices.Grow(room.cells[:0], n)[:n]
	for at := 0; at < n; {
		at += t.src.cells.fill(room.cells[at:], t.at+lo+at)
	}
	size := 0
	for i, v := range room.cells {
		if v.Kind() == pickle.KindText {
			size += v.Len()
		}
		if size > most && i > 0 {
			return int64(i)
		}
	}
	return int64(n)
}

// gather copies the first n cells into room's memory and makes an array of them; one
// alone stays where it is.
func (room *textRoom) gather(doc *pickle.Doc, n int) arrow.Array {
	room.offsets, room.text = append(room.offsets[:0], 0), room.text[:0]
	text := room.text
	var nulls nullBits
	for i, v := range room.cells[:n] {
		switch {
		case v.Kind() != pickle.KindText:
			nulls.set(i, n)
		case n == 1:
			text = doc.Bytes(v)
		default:
			text = append(text, doc.Bytes(v)...)
		}
		room.offsets = append(room.offsets, int32(len(text)))
	}
	if n > 1 {
		room.text = text
	}
	return stringArray(arrow.BinaryTypes.String, room.offsets, text, nulls)
}

// leaveText makes one chunk of the first of the cells, which start at row at of s,
// and returns of how many.
func (b *builder) leaveText(s *cellSource, at int, vs []pickle.Value) (int, error) {
	t := textRun{src: s, at: at}
	for _, v := range vs {
		n := 0
		if v.Kind() == pickle.KindText {
			n = v.Len()
		}
		if t.rows > 0 && t.size+int64(n) > chunkBytes {
			break
		}
		if n > math.MaxInt32 {
			return 0, b.columnError(ErrCell, "a cell longer than 2 GiB")
		}
		if v.Kind() != pickle.KindText {
			t.nulls++
		}
		t.size += int64(n)
		t.rows++
	}
	if err := b.spendInFile(t.size + 4*int64(t.rows)); err != nil {
		return 0, err
	}
	b.typ, b.text = arrow.BinaryTypes.String, append(b.text, t)
	return t.rows, nil
}
