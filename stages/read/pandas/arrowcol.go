package pandas

import (
	"bytes"
	"encoding/binary"
	"math"
	"slices"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/bitutil"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/pickshard/pickshard/stages/read/internal/pickle"
)

// arrowData is one pickled pyarrow array: (type, length, null count, offset,
// buffers, children, dictionary). Nothing of it is handed to Arrow before its
// own bounds were checked here: arrow-go trusts offsets.
type arrowData struct {
	typ      arrow.DataType
	n        int // rows
	off      int // first row in the buffers
	valid    []byte
	bufs     [][]byte
	children []*arrowData
	dict     *arrowData
}

// maxArrowRows bounds length and offset, so that sums and products stay in range.
const maxArrowRows = 1 << 40

// arrowArray reads a column backed by pyarrow.
func (r *reader) arrowArray(v pickle.Value) (source, error) {
	data := r.attr(v, "_pa_array", "_data", "_chunked_array")
	chunks, err := r.arrowChunks(data)
	if err != nil {
		return nil, err
	}
	s := &arrowSource{chunks: chunks, extension: r.arrowExtensionName(data)}
	if len(chunks) == 0 {
		return nil, unsupported("a pyarrow column without chunks")
	}
	s.typ = chunks[0].typ
	for _, c := range chunks {
		if !arrow.TypeEqual(c.typ, s.typ) {
			return nil, invalid("a pyarrow column of %s and %s", typeWord(s.typ), typeWord(c.typ))
		}
		s.start = append(s.start, s.n)
		s.n += c.n
	}
	if s.plain, err = plainType(s.typ); err != nil {
		return nil, err
	}
	return s, nil
}

// arrowChunks reads an array, or chunked_array(chunks, type).
func (r *reader) arrowChunks(v pickle.Value) ([]*arrowData, error) {
	if r.doc.Class(v) == pickle.GArrowChunkedArray {
		it := r.doc.Items(r.doc.Arg(v, 0))
		var out []*arrowData
		for i := range it.Len() {
			before := r.budget.fields
			c, err := r.arrowRestore(it.At(i))
			if err != nil {
				return nil, err
			}
			if i > 0 { // all chunks have one type, which counts once
				r.budget.fields = before
			}
			out = append(out, c)
		}
		if len(out) == 0 {
			t, err := r.arrowType(r.doc.Arg(v, 1))
			if err != nil {
				return nil, err
			}
			out = append(out, &arrowData{typ: t, bufs: make([][]byte, 3)})
			if arrow.IsNested(t.ID()) || t.ID() == arrow.DICTIONARY {
				return nil, unsupported("an empty pyarrow column of %s", typeWord(t))
			}
		}
		return out, nil
	}
	c, err := r.arrowRestore(v)
	return []*arrowData{c}, err
}

func (r *reader) arrowRestore(v pickle.Value) (*arrowData, error) {
	if r.doc.Class(v) != pickle.GArrowRestoreArray {
		return nil, unsupported("%s as a pyarrow array", r.doc.Describe(v))
	}
	return r.arrowParts(r.doc.Arg(v, 0))
}

// arrowParts reads the seven parts of an array and checks them.
func (r *reader) arrowParts(v pickle.Value) (*arrowData, error) {
	if err := r.enter(); err != nil {
		return nil, err
	}
	defer r.leave()
	if err := r.spend(objectCost); err != nil {
		return nil, err
	}
	parts := r.doc.Tuple(v)
	if len(parts) < 6 {
		return nil, invalid("a pyarrow array of %d parts", len(parts))
	}
	typ, err := r.arrowType(parts[0])
	if err != nil {
		return nil, err
	}
	n, ok1 := r.integer(parts[1])
	off, ok2 := r.integer(parts[3])
	if !ok1 || !ok2 || n < 0 || off < 0 || n > maxArrowRows || off > maxArrowRows {
		return nil, invalid("a pyarrow array of %s rows at %s", r.doc.Describe(parts[1]), r.doc.Describe(parts[3]))
	}
	d := &arrowData{typ: typ, n: int(n), off: int(off)}
	bufs := r.doc.Items(parts[4])
	if err := r.spend(32 * int64(bufs.Len())); err != nil {
		return nil, err
	}
	for i := range bufs.Len() {
		b, err := r.arrowBuffer(bufs.At(i))
		if err != nil {
			return nil, err
		}
		d.bufs = append(d.bufs, b)
	}
	if len(d.bufs) > 0 {
		d.valid = d.bufs[0]
	}
	children := r.doc.Items(parts[5])
	for i := range children.Len() {
		c, err := r.arrowParts(children.At(i))
		if err != nil {
			return nil, err
		}
		d.children = append(d.children, c)
	}
	if len(parts) > 6 && parts[6].Kind() == pickle.KindTuple {
		if d.dict, err = r.arrowParts(parts[6]); err != nil {
			return nil, err
		}
	} else if len(parts) > 6 && r.doc.Class(parts[6]) == pickle.GArrowRestoreArray {
		if d.dict, err = r.arrowRestore(parts[6]); err != nil {
			return nil, err
		}
	}
	err = d.check(r)
	if d.n >= manyRows {
		r.doc.GiveBack()
	}
	return d, err
}

// manyRows is how many rows an array has whose buffers are no longer to count as memory
// once they were looked at.
const manyRows = 1 << 20

// arrowBuffer reads py_buffer(bytes) or None.
func (r *reader) arrowBuffer(v pickle.Value) ([]byte, error) {
	if v.IsNone() {
		return nil, nil
	}
	if r.doc.Class(v) == pickle.GArrowPyBuffer {
		v = r.doc.Arg(v, 0)
	}
	switch v.Kind() {
	case pickle.KindBytes, pickle.KindByteArray:
		return r.doc.Bytes(v), nil
	}
	return nil, invalid("a pyarrow buffer that is %s", r.doc.Describe(v))
}

// arrowSource is a column backed by pyarrow.
type arrowSource struct {
	typ, plain arrow.DataType
	chunks     []*arrowData
	start      []int
	n          int
	extension  string // the canonical extension type it is the storage of
}

func (s *arrowSource) len() int { return s.n }

func (s *arrowSource) dtype() string { return s.typ.String() + "[pyarrow]" }

func (s *arrowSource) natural(*reader) (arrow.DataType, error) { return s.plain, nil }

func (s *arrowSource) cell(r *reader, i int) (cell, error) {
	k, found := slices.BinarySearch(s.start, i)
	if !found {
		k--
	}
	for k+1 < len(s.start) && s.start[k+1] == i { // chunks without rows
		k++
	}
	return s.chunks[k].cell(r, i-s.start[k], 0)
}

// build hands buffers over for flat types, and goes cell by cell for others.
func (s *arrowSource) build(b *builder) error {
	if s.extension != "" {
		b.setMeta("ARROW:extension:name", s.extension)
		b.setMeta("ARROW:extension:metadata", "")
	}
	if s.n == 0 {
		b.add(emptyArray(s.plain))
		return nil
	}
	switch s.typ.ID() {
	case arrow.STRING, arrow.LARGE_STRING, arrow.BINARY, arrow.LARGE_BINARY:
		return s.buildText(b)
	case arrow.NULL:
		if err := b.visit(s.n); err != nil {
			return err
		}
		if err := b.spend(int64(s.n)); err != nil {
			return err
		}
		return b.eachChunk(s.n, func(lo, hi int) error { b.add(array.NewNull(hi - lo)); return nil })
	}
	if width, ok := flatWidth(s.typ); ok {
		for _, c := range s.chunks {
			if err := c.buildFlat(b, width); err != nil {
				return err
			}
		}
		return nil
	}
	return buildAs(b, s, s.plain)
}

// flatWidth is the size in bits of an item of the types whose buffers can be
// handed over as they are.
func flatWidth(t arrow.DataType) (int, bool) {
	switch t.ID() {
	case arrow.BOOL, arrow.INT8, arrow.INT16, arrow.INT32, arrow.INT64, arrow.UINT8, arrow.UINT16, arrow.UINT32,
		arrow.UINT64, arrow.FLOAT16, arrow.FLOAT32, arrow.FLOAT64, arrow.DATE32, arrow.DATE64, arrow.TIMESTAMP,
		arrow.TIME32, arrow.TIME64, arrow.DURATION, arrow.DECIMAL128, arrow.DECIMAL256, arrow.FIXED_SIZE_BINARY:
		return t.(arrow.FixedWidthDataType).BitWidth(), true
	}
	return 0, false
}

// buildFlat adds the rows of one chunk over the file's own buffers.
func (d *arrowData) buildFlat(b *builder, width int) error {
	size := width / 8
	copied := size > 1 && size <= 32 && !aligned(d.bufs[1], min(size, 8))
	return b.eachChunk(d.n, func(lo, hi int) error {
		if err := b.visit(hi - lo); err != nil {
			return err
		}
		if err := b.spend(int64(hi-lo) * int64(width+1) / 8); err != nil {
			return err
		}
		valid, data, at := d.valid, d.bufs[1], d.off+lo
		if copied { // these rows alone: chunks by memo may share one buffer a thousand times
			data = bytes.Clone(data[at*size : (at+hi-lo)*size])
			if valid != nil {
				valid = make([]byte, bitutil.BytesForBits(int64(hi-lo)))
				bitutil.CopyBitmap(d.valid, at, hi-lo, valid, 0)
			}
			at = 0
		}
		nd := array.NewData(d.typ, hi-lo, []*memory.Buffer{buffer(valid), memory.NewBufferBytes(data)}, nil, d.nullCount(lo, hi), at)
		defer nd.Release()
		b.add(array.MakeFromData(nd))
		return nil
	})
}

// nullCount counts nulls of rows lo to hi; the file's own count is not trusted.
func (d *arrowData) nullCount(lo, hi int) int {
	if d.valid == nil {
		return 0
	}
	return hi - lo - bitutil.CountSetBits(d.valid, d.off+lo, hi-lo)
}

// buildText adds text or bytes with 32-bit offsets over the file's own bytes.
func (s *arrowSource) buildText(b *builder) error {
	for _, d := range s.chunks {
		for lo := 0; lo < d.n; {
			if err := b.cancelled(); err != nil {
				return err
			}
			first := d.offset(lo)
			hi := min(lo+chunkRows, d.n)
			for hi > lo+1 && d.offset(hi)-first > chunkBytes {
				hi = lo + (hi-lo)/2
			}
			if d.offset(hi)-first > math.MaxInt32 {
				return b.cellError(ErrCell, s.start[0]+lo, "text", "longer than 2 GiB")
			}
			if err := d.addText(b, s.plain, lo, hi); err != nil {
				return err
			}
			b.giveBack()
			lo = hi
		}
	}
	return nil
}

func (d *arrowData) addText(b *builder, typ arrow.DataType, lo, hi int) error {
	first, last := d.offset(lo), d.offset(hi)
	if err := b.spend(last - first + 4*int64(hi-lo)); err != nil {
		return err
	}
	offsets := make([]int32, hi-lo+1)
	for i := range offsets {
		offsets[i] = int32(d.offset(lo+i) - first)
	}
	var data []byte
	if len(d.bufs) > 2 {
		data = d.bufs[2][first:last]
	}
	if typ.ID() == arrow.STRING && !validText(data, offsets) {
		return d.rebuildText(b, typ, lo, hi)
	}
	var nulls nullBits
	if d.nullCount(lo, hi) > 0 {
		for i := lo; i < hi; i++ {
			if d.null(i) {
				nulls.set(i-lo, hi-lo)
			}
		}
	}
	nd := array.NewData(typ, hi-lo, []*memory.Buffer{buffer(nulls.valid), buffer(int32Bytes(offsets)), buffer(data)}, nil, nulls.n, 0)
	defer nd.Release()
	b.add(array.MakeFromData(nd))
	return nil
}

// rebuildText goes cell by cell where text is not UTF-8, for the policy.
func (d *arrowData) rebuildText(b *builder, typ arrow.DataType, lo, hi int) error {
	part := *d
	part.off, part.n = d.off+lo, hi-lo
	s := &arrowSource{typ: d.typ, plain: typ, chunks: []*arrowData{&part}, start: []int{0}, n: hi - lo}
	sub := builder{reader: b.reader, name: b.name, within: b.within, rowAt: b.rowAt + int64(lo)}
	if err := buildAs(&sub, s, typ); err != nil {
		return err
	}
	for _, c := range sub.chunks {
		b.add(c)
	}
	return nil
}

// offset is the text offset of row i.
func (d *arrowData) offset(i int) int64 {
	switch d.typ.ID() {
	case arrow.LARGE_STRING, arrow.LARGE_BINARY, arrow.LARGE_LIST:
		return int64(binary.LittleEndian.Uint64(d.bufs[1][8*(d.off+i):]))
	}
	return int64(int32(binary.LittleEndian.Uint32(d.bufs[1][4*(d.off+i):])))
}

func (d *arrowData) null(i int) bool {
	return d.valid != nil && !bitutil.BitIsSet(d.valid, d.off+i)
}
