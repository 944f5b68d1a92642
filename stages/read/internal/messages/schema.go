package messages

import (
	"errors"

	flatbuffers "github.com/google/flatbuffers/go"
)

// Fields of the tables of Message.fbs and Schema.fbs, by their place in a vtable.
const (
	messageVersion    = 4
	messageHeaderType = 6
	messageHeader     = 8
	messageBody       = 10
	messageMetadata   = 12

	dictionaryID     = 4
	dictionaryData   = 6
	batchNodes       = 6
	batchBuffers     = 8
	batchCompression = 10
	batchCounts      = 12

	schemaFields   = 6
	schemaMetadata = 8
	schemaFeatures = 10

	fieldKind       = 8
	fieldType       = 10
	fieldDictionary = 12
	fieldChildren   = 14
	fieldMetadata   = 16
	encodingID      = 4
	unionMode       = 4
	unionIDs        = 6

	headerSchema     = 1
	headerDictionary = 2
	headerBatch      = 3

	version5 = 4
)

// table is the table in a field.
func table(t flatbuffers.Table, field flatbuffers.VOffsetT) (flatbuffers.Table, bool) {
	o := flatbuffers.UOffsetT(t.Offset(field))
	if o == 0 {
		return t, false
	}
	return flatbuffers.Table{Bytes: t.Bytes, Pos: t.Indirect(o + t.Pos)}, true
}

// fits says whether a vector of items of a size is as long as it claims.
func fits(t flatbuffers.Table, field flatbuffers.VOffsetT, size int) bool {
	o := flatbuffers.UOffsetT(t.Offset(field))
	if o == 0 {
		return true
	}
	n, start := t.VectorLen(o), t.Vector(o)
	return n >= 0 && int64(start) <= int64(len(t.Bytes)) && int64(n)*int64(size) <= int64(len(t.Bytes))-int64(start)
}

// items calls each for the tables of a vector.
func items(t flatbuffers.Table, field flatbuffers.VOffsetT, each func(flatbuffers.Table) error) error {
	if !fits(t, field, 4) {
		return errClaim
	}
	o := flatbuffers.UOffsetT(t.Offset(field))
	if o == 0 {
		return nil
	}
	for i := range t.VectorLen(o) {
		at := t.Vector(o) + flatbuffers.UOffsetT(4*i)
		if err := each(flatbuffers.Table{Bytes: t.Bytes, Pos: t.Indirect(at)}); err != nil {
			return err
		}
	}
	return nil
}

var (
	errClaim = errors.New("its metadata claim more than there is")
	errMany  = errors.New("it has too many fields, or fields too deep in each other")
)

const (
	mostFields = 1 << 17
	mostDepth  = 64
)

// schemaWalk visits the fields of a schema. Tables may share their parts, so that few
// bytes can have any number of fields.
type schemaWalk struct {
	fields       int
	batch        need
	dictionaries map[int64]need // by their ID
}

func (w *schemaWalk) schema(t flatbuffers.Table) error {
	if !fits(t, schemaFeatures, 8) {
		return errClaim
	}
	if err := w.metadata(t, schemaMetadata); err != nil {
		return err
	}
	w.dictionaries = make(map[int64]need)
	return items(t, schemaFields, func(f flatbuffers.Table) error {
		n, err := w.field(f, 1)
		w.batch.add(n)
		return err
	})
}

func (w *schemaWalk) metadata(t flatbuffers.Table, field flatbuffers.VOffsetT) error {
	return items(t, field, func(flatbuffers.Table) error { return w.count() })
}

func (w *schemaWalk) count() error {
	if w.fields++; w.fields > mostFields {
		return errMany
	}
	return nil
}

// field visits a field and returns what a batch needs for it: where its values are in a
// dictionary, their numbers alone.
func (w *schemaWalk) field(t flatbuffers.Table, depth int) (need, error) {
	if err := w.count(); err != nil || depth > mostDepth {
		return need{}, errMany
	}
	if t.GetByteSlot(fieldKind, 0) == kindUnion {
		if typ, ok := table(t, fieldType); ok && !fits(typ, unionIDs, 4) {
			return need{}, errClaim
		}
	}
	if err := w.metadata(t, fieldMetadata); err != nil {
		return need{}, err
	}
	n := needOf(t)
	err := items(t, fieldChildren, func(f flatbuffers.Table) error {
		child, err := w.field(f, depth+1)
		n.add(child)
		return err
	})
	if encoding, ok := table(t, fieldDictionary); ok {
		w.dictionaries[encoding.GetInt64Slot(encodingID, 0)] = n
		n = need{nodes: 1, buffers: 2}
	}
	return n, err
}
