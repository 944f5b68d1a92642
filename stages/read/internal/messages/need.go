package messages

import (
	flatbuffers "github.com/google/flatbuffers/go"
)

// need is what a record batch must have for some fields: arrow-go takes what it wants from
// the lists of a batch, however long they are (Columnar.rst, Buffer Listing for Each
// Layout).
type need struct {
	nodes, buffers int
	views          int // fields that say how many more buffers they have
	bitmaps        int // fields that have one more buffer before metadata version 5
}

func (n *need) add(m need) {
	n.nodes += m.nodes
	n.buffers += m.buffers
	n.views += m.views
	n.bitmaps += m.bitmaps
}

// Kinds of types in Schema.fbs, those whose buffers are not a bitmap and values.
const (
	kindNull          = 1
	kindBinary        = 4
	kindUtf8          = 5
	kindStruct        = 13
	kindUnion         = 14
	kindFixedSizeList = 16
	kindLargeBinary   = 19
	kindLargeUtf8     = 20
	kindRunEndEncoded = 22
	kindBinaryView    = 23
	kindUtf8View      = 24
	kindListView      = 25
	kindLargeListView = 26

	unionDense = 1
)

// met says whether a batch has what is needed. Each count of a view's buffers is asked
// for, too.
func (n need) met(batch flatbuffers.Table) bool {
	length := func(field flatbuffers.VOffsetT) int {
		if o := flatbuffers.UOffsetT(batch.Offset(field)); o != 0 {
			return batch.VectorLen(o)
		}
		return 0
	}
	if length(batchNodes) < n.nodes || length(batchCounts) < n.views {
		return false
	}
	buffers := int64(n.buffers)
	for i := range n.views {
		more := batch.GetInt64(batch.Vector(flatbuffers.UOffsetT(batch.Offset(batchCounts))) + flatbuffers.UOffsetT(8*i))
		if more < 0 || more > int64(length(batchBuffers)) {
			return false
		}
		buffers += more
	}
	return int64(length(batchBuffers)) >= buffers
}

// needOf is what a field needs by itself, without its children.
func needOf(field flatbuffers.Table) need {
	n := need{nodes: 1, buffers: 2}
	switch field.GetByteSlot(fieldKind, 0) {
	case kindNull:
		n.buffers = 0
	case kindRunEndEncoded:
		n.buffers, n.bitmaps = 0, 1
	case kindStruct, kindFixedSizeList:
		n.buffers = 1
	case kindBinary, kindUtf8, kindLargeBinary, kindLargeUtf8, kindListView, kindLargeListView:
		n.buffers = 3
	case kindBinaryView, kindUtf8View:
		n.views = 1
	case kindUnion:
		n.buffers, n.bitmaps = 1, 1
		if typ, ok := table(field, fieldType); ok && typ.GetInt16Slot(unionMode, 0) == unionDense {
			n.buffers = 2
		}
	}
	return n
}
