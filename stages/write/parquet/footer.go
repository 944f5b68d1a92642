package parquet

import (
	"encoding/binary"

	"github.com/pickshard/pickshard/schema"
)

// magic begins and ends the file.
const magic = "PAR1"

// createdBy names the layout, not the build: the same records give the same
// bytes until the layout changes, and then its number does.
const createdBy = "pickshard version 1"

// table is a schema as this package stores it.
type table struct {
	schema *schema.Schema
	leaves []leaf
	nodes  []*node // by field: of those with values in values
	// The footer is FileMetaData: head, the counts and row groups of this
	// file, tail. Head and tail are the same in all files of a schema.
	head, tail []byte
}

func newTable(s *schema.Schema) *table {
	t := &table{schema: s}
	t.leaves, t.nodes = tree(s)
	var e encoder
	e.i32(1, 2) // version
	appendSchema(&e, s)
	t.head = e.b

	t.tail = encodeTail(s, len(t.leaves), false)
	return t
}

// encodeTail encodes what follows the row groups in the footer.
func encodeTail(s *schema.Schema, leaves int, content bool) []byte {
	e := encoder{last: 4}
	appendMetadata(&e, s, content)
	e.string(6, createdBy)
	e.list(7, typeStruct, leaves) // column orders: all as their types have it
	for range leaves {
		e.elem()
		e.empty(1)
		e.end()
	}
	e.stop()
	return e.b
}

// appendEnd appends all that follows the row groups: the column indexes, the
// offset indexes, the footer, its length and the magic. at is where the first
// byte goes in the file. It notes in groups where the indexes stand.
func (t *table) appendEnd(dst []byte, at int64, groups []groupMeta) []byte {
	at -= int64(len(dst))
	for g := range groups {
		for c := range groups[g].chunks {
			m := &groups[g].chunks[c]
			if !m.indexed() {
				continue
			}
			m.columnIndexAt = at + int64(len(dst))
			dst = m.appendColumnIndex(dst)
			m.columnIndexLen = int(at + int64(len(dst)) - m.columnIndexAt)
		}
	}
	for g := range groups {
		for c := range groups[g].chunks {
			m := &groups[g].chunks[c]
			m.offsetIndexAt = at + int64(len(dst))
			dst = m.appendOffsetIndex(dst)
			m.offsetIndexLen = int(at + int64(len(dst)) - m.offsetIndexAt)
		}
	}
	footer := len(dst)
	dst = t.appendFooter(dst, groups)
	dst = binary.LittleEndian.AppendUint32(dst, uint32(len(dst)-footer))
	return append(dst, magic...)
}

// appendFooter appends FileMetaData.
func (t *table) appendFooter(dst []byte, groups []groupMeta) []byte {
	var rows int64
	for g := range groups {
		rows += int64(groups[g].rows)
	}
	e := encoder{b: append(dst, t.head...), last: 2}
	e.i64(3, rows)
	e.list(4, typeStruct, len(groups))
	for g := range groups {
		appendGroup(&e, &groups[g], g)
	}
	return append(e.b, t.tail...)
}

func appendGroup(e *encoder, g *groupMeta, ordinal int) {
	var uncompressed, compressed int64
	e.elem()
	e.list(1, typeStruct, len(g.chunks))
	for c := range g.chunks {
		m := &g.chunks[c]
		appendChunk(e, m)
		uncompressed += m.uncompressed
		compressed += m.compressed
	}
	e.i64(2, uncompressed)
	e.i64(3, int64(g.rows))
	e.i64(5, g.chunks[0].start)
	e.i64(6, compressed)
	if ordinal < 1<<15 { // it is an i16, and optional
		e.field(7, typeI16)
		e.varint(int64(ordinal))
	}
	e.end()
}

// appendChunk appends a ColumnChunk. Its file_offset is 0 as the format asks of
// those who keep no copy of the metadata beside the chunk.
func appendChunk(e *encoder, m *chunkMeta) {
	e.elem()
	e.i64(2, 0)
	e.begin(3)
	e.i32(1, m.leaf.physical)
	if m.dictionary > 0 {
		e.list(2, typeI32, 3)
		e.varint(encodingPlain)
		e.varint(encodingRLE)
		e.varint(encodingRLEDict)
	} else {
		e.list(2, typeI32, 2)
		e.varint(encodingPlain)
		e.varint(encodingRLE)
	}
	e.list(3, typeBinary, len(m.leaf.path))
	for _, p := range m.leaf.path {
		e.elemString(p)
	}
	e.i32(4, m.codec)
	e.i64(5, int64(m.values))
	e.i64(6, m.uncompressed)
	e.i64(7, m.compressed)
	e.i64(9, m.start+int64(m.dictionary))
	if m.dictionary > 0 {
		e.i64(11, m.start)
	}
	appendStatistics(e, m)
	appendEncodingStats(e, m)
	e.end()
	e.i64(4, m.offsetIndexAt)
	e.i32(5, int32(m.offsetIndexLen))
	if m.columnIndexLen > 0 {
		e.i64(6, m.columnIndexAt)
		e.i32(7, int32(m.columnIndexLen))
	}
	e.end()
}

func appendStatistics(e *encoder, m *chunkMeta) {
	e.begin(12)
	e.i64(3, int64(m.nulls))
	if m.bounds.known {
		e.binary(5, m.bounds.max)
		e.binary(6, m.bounds.min)
		e.bool(7, m.bounds.maxExact)
		e.bool(8, m.bounds.minExact)
	}
	e.end()
}

// appendEncodingStats tells readers whether all pages use the dictionary, which
// they may then ask for a value instead of reading on.
func appendEncodingStats(e *encoder, m *chunkMeta) {
	stat := func(page, encoding int32, count int) {
		e.elem()
		e.i32(1, page)
		e.i32(2, encoding)
		e.i32(3, int32(count))
		e.end()
	}
	if m.dictionary > 0 {
		e.list(13, typeStruct, 2)
		stat(pageDictionary, encodingPlain, 1)
		stat(pageData, encodingRLEDict, m.dataPages())
	} else {
		e.list(13, typeStruct, 1)
		stat(pageData, encodingPlain, m.dataPages())
	}
}
