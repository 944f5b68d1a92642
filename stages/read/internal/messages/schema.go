package messages

import (
	"errors"

	flatbuffers "github.com/google/flatbuffers/go"
)

// Fields of the tables of Message.fbs and Schema.fbs, by their place in a vtable.
const (
	messageHeaderType = 6
	messageHeader     = 8
	messageBody       = 10

	dictionaryData   = 6
	batchNodes       = 6
	batchBuffers     = 8
	batchCompression = 10
	batchCounts      = 12

	schemaFields   = 6
	schemaMetadata = 8
	schemaFeatures = 10

	fieldKind     = 8
	fieldType     = 10
	fieldChildren = 14
	fieldMetadata = 16
	unionIDs      = 6
	kindUnion     = 14

	headerSchema     = 1
	headerDictionary = 2
	headerBatch      = 3
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
type schemaWalk struct{ fields int }

func (w *schemaWalk) schema(t flatbuffers.Table) error {
	if !fits(t, schemaFeatures, 8) {
		return errClaim
	}
	if err := w.metadata(t, schemaMetadata); err != nil {
		return err
	}
	return items(t, schemaFields, func(f flatbuffers.Table) error { return w.field(f, 1) })
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

func (w *schemaWalk) field(t flatbuffers.Table, depth int) error {
	if err := w.count(); err != nil || depth > mostDepth {
		return errMany
	}
	if t.GetByteSlot(fieldKind, 0) == kindUnion {
		if typ, ok := table(t, fieldType); ok && !fits(typ, unionIDs, 4) {
			return errClaim
		}
	}
	if err := w.metadata(t, fieldMetadata); err != nil {
		return err
	}
	return items(t, fieldChildren, func(f flatbuffers.Table) error { return w.field(f, depth+1) })
}
