package parquet

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
)

// maxFooter is the longest footer that is read, in bytes. A row group of 20
// columns takes some four thousand.
const maxFooter = 256 << 20

// shape is what the reader takes from the footer before it reads pages: where
// each chunk is. All else the footer says is compared in the end with what the
// pages say.
type shape struct {
	rows   int64
	groups []groupShape
	end    int64 // of the last chunk, in the file
}

type groupShape struct {
	rows   int64
	chunks []chunkShape
}

type chunkShape struct {
	codec int32
	size  int64
}

// errorAt says what is wrong with the file, and where.
func errorAt(offset int64, format string, args ...any) error {
	return fmt.Errorf("byte %d: %w", offset, fmt.Errorf(format, args...))
}

// readAt fills p from offset.
func readAt(r io.ReaderAt, p []byte, offset int64) error {
	if n, err := r.ReadAt(p, offset); n < len(p) {
		if err == nil || err == io.EOF {
			err = io.ErrUnexpectedEOF
		}
		return errorAt(offset, "read %d bytes: %w", len(p), err)
	}
	return nil
}

// readShape reads and checks the footer of a file of size bytes.
func readShape(r io.ReaderAt, size int64, t *table) (*shape, error) {
	const ends = 2*len(magic) + 4
	if size < int64(ends) {
		return nil, errorAt(0, "file of %d bytes is too short", size)
	}
	var b [8]byte
	if err := readAt(r, b[:4], 0); err != nil {
		return nil, err
	}
	if string(b[:4]) != magic {
		return nil, errorAt(0, "file does not begin with %s", magic)
	}
	if err := readAt(r, b[:], size-8); err != nil {
		return nil, err
	}
	if string(b[4:]) != magic {
		return nil, errorAt(size-4, "file does not end with %s", magic)
	}
	n := int64(binary.LittleEndian.Uint32(b[:]))
	if n > size-int64(ends) || n > maxFooter {
		return nil, errorAt(size-8, "footer of %d bytes", n)
	}
	footer := make([]byte, n)
	if err := readAt(r, footer, size-8-n); err != nil {
		return nil, err
	}
	return parseShape(footer, size-8-n, t)
}

// parseShape takes the footer apart that stands at byte at.
func parseShape(footer []byte, at int64, t *table) (*shape, error) {
	if !bytes.HasPrefix(footer, t.head) {
		return nil, errorAt(at, "schema in the footer is not the one expected")
	}
	if content := encodeTail(t.schema, len(t.leaves), true); bytes.HasSuffix(footer[len(t.head):], content) {
		t.tail = content
	}
	if !bytes.HasSuffix(footer[len(t.head):], t.tail) {
		return nil, errorAt(at+int64(len(footer)), "footer does not end as %q writes it for this schema", createdBy)
	}
	s := &shape{}
	d := decoder{b: footer}
	d.structure(func(id int16, typ byte) {
		switch id {
		case 3:
			s.rows = d.i64(typ)
		case 4:
			for n := d.list(typ); n > 0 && d.err == nil; n-- {
				s.groups = append(s.groups, parseGroup(&d, len(t.leaves)))
			}
		default:
			d.skip(typ)
		}
	})
	if d.err != nil || d.pos != len(footer) {
		return nil, errorAt(at, "footer: %w", errThrift)
	}
	return s, s.check(at, len(t.leaves))
}

func parseGroup(d *decoder, leaves int) groupShape {
	var g groupShape
	d.structure(func(id int16, typ byte) {
		switch id {
		case 1:
			n := d.list(typ)
			if n != leaves {
				d.fail()
				return
			}
			g.chunks = make([]chunkShape, n)
			for i := range g.chunks {
				g.chunks[i] = parseChunk(d)
			}
		case 3:
			g.rows = d.i64(typ)
		default:
			d.skip(typ)
		}
	})
	if g.chunks == nil {
		d.fail() // a list of empty structs would cost memory and no bytes
	}
	return g
}

func parseChunk(d *decoder) chunkShape {
	var c chunkShape
	d.structure(func(id int16, typ byte) {
		if id != 3 || typ != typeStruct {
			d.skip(typ)
			return
		}
		d.structure(func(id int16, typ byte) {
			switch id {
			case 4:
				c.codec = d.i32(typ)
			case 7:
				c.size = d.i64(typ)
			default:
				d.skip(typ)
			}
		})
	})
	if c.size < 1 {
		d.fail()
	}
	return c
}

// check adds the chunks up: they stand one after the other from behind the
// magic, and end before the footer at byte footer.
func (s *shape) check(footer int64, leaves int) error {
	s.end = int64(len(magic))
	var rows int64
	for g := range s.groups {
		group := &s.groups[g]
		if group.rows < 1 || group.rows > MaxRowGroupRows || len(group.chunks) != leaves {
			return errorAt(footer, "row group %d has %d rows in %d chunks", g, group.rows, len(group.chunks))
		}
		if group.rows > 1 && group.rows*int64(leaves) > MaxRowGroupCells {
			return errorAt(footer, "row group %d has %d rows in %d columns, which is more than %d values", g, group.rows, leaves, MaxRowGroupCells)
		}
		rows += group.rows
		for c, chunk := range group.chunks {
			if chunk.size < 1 || chunk.size > footer-s.end {
				return errorAt(footer, "row group %d, chunk %d: %d bytes do not fit the file", g, c, chunk.size)
			}
			s.end += chunk.size
		}
	}
	if rows != s.rows {
		return errorAt(footer, "footer counts %d rows, its row groups %d", s.rows, rows)
	}
	return nil
}
