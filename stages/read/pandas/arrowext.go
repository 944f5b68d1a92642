package pandas

import (
	"github.com/apache/arrow-go/v18/arrow"

	"github.com/pickshard/pickshard/stages/read/internal/pickle"
)

// arrowExtension is the storage of a canonical extension type of pyarrow: what
// its arrays are made of. nil for other names.
func (r *reader) arrowExtension(name string, args []pickle.Value) (arrow.DataType, error) {
	switch name {
	case "uuid":
		return &arrow.FixedSizeBinaryType{ByteWidth: 16}, nil
	case "bool8":
		return arrow.PrimitiveTypes.Int8, nil
	case "json_", "opaque":
		if len(args) > 0 {
			return r.arrowType(args[0])
		}
	case "fixed_shape_tensor":
		if len(args) < 2 {
			break
		}
		item, err := r.arrowType(args[0])
		if err != nil {
			return nil, err
		}
		dims := r.doc.Items(args[1])
		n := int64(1)
		for i := range dims.Len() {
			d, ok := r.integer(dims.At(i))
			if !ok || d < 0 || d >= 1<<31 || n*d >= 1<<31 {
				return nil, unsupported("an Arrow tensor of the shape %s", r.doc.Describe(args[1]))
			}
			n *= d
		}
		return arrow.FixedSizeListOf(int32(n), item), nil
	case "union":
		return nil, unsupported("an Arrow union, whose values have several types; make a column of each before pickling")
	}
	return nil, nil
}

// extensionNames are the extension types that a column of their storage is marked
// as, so that a reader of the Arrow output has them back.
var extensionNames = map[string]string{"uuid": "arrow.uuid", "json_": "arrow.json", "bool8": "arrow.bool8"}

// arrowExtensionName is the extension type of a pickled array of pyarrow, empty
// for none.
func (r *reader) arrowExtensionName(array pickle.Value) string {
	if r.doc.Class(array) == pickle.GArrowChunkedArray {
		it := r.doc.Items(r.doc.Arg(array, 0))
		if it.Len() == 0 {
			return ""
		}
		array = it.At(0)
	}
	typ := r.doc.TupleItem(r.doc.Arg(array, 0), 0)
	if r.doc.Class(typ) != pickle.GArrowType {
		return ""
	}
	return extensionNames[r.doc.GlobalRef(r.doc.Object(typ).Class).Name]
}
