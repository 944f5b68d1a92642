package pandas

import (
	"strings"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/pickshard/pickshard/stages/read/internal/pickle"
)

// Arrow types as pyarrow pickles them: type_for_alias("int64"), or a call such as
// list_(field("item", ..., True, None)).

// aliases are pyarrow's names of the types without parameters.
var aliases = map[string]arrow.DataType{
	"null": arrow.Null, "bool": arrow.FixedWidthTypes.Boolean, "boolean": arrow.FixedWidthTypes.Boolean,
	"i1": arrow.PrimitiveTypes.Int8, "int8": arrow.PrimitiveTypes.Int8,
	"i2": arrow.PrimitiveTypes.Int16, "int16": arrow.PrimitiveTypes.Int16,
	"i4": arrow.PrimitiveTypes.Int32, "int32": arrow.PrimitiveTypes.Int32,
	"i8": arrow.PrimitiveTypes.Int64, "int64": arrow.PrimitiveTypes.Int64,
	"u1": arrow.PrimitiveTypes.Uint8, "uint8": arrow.PrimitiveTypes.Uint8,
	"u2": arrow.PrimitiveTypes.Uint16, "uint16": arrow.PrimitiveTypes.Uint16,
	"u4": arrow.PrimitiveTypes.Uint32, "uint32": arrow.PrimitiveTypes.Uint32,
	"u8": arrow.PrimitiveTypes.Uint64, "uint64": arrow.PrimitiveTypes.Uint64,
	"f2": arrow.FixedWidthTypes.Float16, "halffloat": arrow.FixedWidthTypes.Float16, "float16": arrow.FixedWidthTypes.Float16,
	"f4": arrow.PrimitiveTypes.Float32, "float": arrow.PrimitiveTypes.Float32, "float32": arrow.PrimitiveTypes.Float32,
	"f8": arrow.PrimitiveTypes.Float64, "double": arrow.PrimitiveTypes.Float64, "float64": arrow.PrimitiveTypes.Float64,
	"string": arrow.BinaryTypes.String, "str": arrow.BinaryTypes.String, "utf8": arrow.BinaryTypes.String,
	"binary": arrow.BinaryTypes.Binary, "large_string": arrow.BinaryTypes.LargeString,
	"large_str": arrow.BinaryTypes.LargeString, "large_utf8": arrow.BinaryTypes.LargeString,
	"large_binary": arrow.BinaryTypes.LargeBinary, "string_view": arrow.BinaryTypes.StringView,
	"binary_view": arrow.BinaryTypes.BinaryView,
	"date32":      arrow.FixedWidthTypes.Date32, "date32[day]": arrow.FixedWidthTypes.Date32,
	"date64": arrow.FixedWidthTypes.Date64, "date64[ms]": arrow.FixedWidthTypes.Date64,
	"time32[s]": arrow.FixedWidthTypes.Time32s, "time32[ms]": arrow.FixedWidthTypes.Time32ms,
	"time64[us]": arrow.FixedWidthTypes.Time64us, "time64[ns]": arrow.FixedWidthTypes.Time64ns,
	"timestamp[s]": &arrow.TimestampType{Unit: arrow.Second}, "timestamp[ms]": &arrow.TimestampType{Unit: arrow.Millisecond},
	"timestamp[us]": &arrow.TimestampType{Unit: arrow.Microsecond}, "timestamp[ns]": &arrow.TimestampType{Unit: arrow.Nanosecond},
	"duration[s]": arrow.FixedWidthTypes.Duration_s, "duration[ms]": arrow.FixedWidthTypes.Duration_ms,
	"duration[us]": arrow.FixedWidthTypes.Duration_us, "duration[ns]": arrow.FixedWidthTypes.Duration_ns,
}

// arrowType reads a pickled pyarrow type.
func (r *reader) arrowType(v pickle.Value) (arrow.DataType, error) {
	if err := r.enter(); err != nil {
		return nil, err
	}
	defer r.leave()
	if err := r.fields(1); err != nil {
		return nil, err
	}
	args := r.doc.Tuple(r.doc.Object(v).Args)
	switch r.doc.Class(v) {
	case pickle.GArrowTypeForAlias:
		name, _ := r.text(r.doc.Arg(v, 0))
		if t, ok := aliases[name]; ok {
			return t, nil
		}
		return nil, unsupported("the Arrow type %s", quote(name))
	case pickle.GArrowType:
		return r.arrowTypeCall(r.doc.GlobalRef(r.doc.Object(v).Class).Name, args)
	}
	return nil, unsupported("%s as an Arrow type", r.doc.Describe(v))
}

func (r *reader) arrowTypeCall(name string, args []pickle.Value) (arrow.DataType, error) {
	arg := func(i int) pickle.Value {
		if i < len(args) {
			return args[i]
		}
		return pickle.Value{}
	}
	num := func(i int) int64 {
		n, ok := r.integer(arg(i))
		if !ok {
			return -1
		}
		return n
	}
	bad := func() error { return unsupported("the Arrow type %s with %d arguments", name, len(args)) }
	switch name {
	case "timestamp", "duration", "time32", "time64":
		return r.arrowTimeType(name, arg(0), arg(1))
	case "list_", "large_list", "list_view", "large_list_view":
		f, err := r.arrowField(arg(0), "item")
		if err != nil {
			return nil, err
		}
		switch n := num(1); {
		case name == "list_" && n >= 0 && n < 1<<31:
			return arrow.FixedSizeListOfField(int32(n), f), nil
		case name == "list_":
			return arrow.ListOfField(f), nil
		case name == "large_list":
			return arrow.LargeListOfField(f), nil
		case name == "list_view":
			return arrow.ListViewOfField(f), nil
		}
		return arrow.LargeListViewOfField(f), nil
	case "struct":
		return r.arrowStruct(arg(0))
	case "map_":
		return r.arrowMap(args)
	case "dictionary":
		index, err := r.arrowType(arg(0))
		if err != nil {
			return nil, err
		}
		value, err := r.arrowType(arg(1))
		if err != nil {
			return nil, err
		}
		if !arrow.IsInteger(index.ID()) {
			return nil, bad()
		}
		return &arrow.DictionaryType{IndexType: index, ValueType: value, Ordered: arg(2).Bool() && arg(2).Kind() == pickle.KindBool}, nil
	case "decimal128", "decimal256", "decimal32", "decimal64":
		return arrowDecimal(name, num(0), num(1))
	case "binary":
		if n := num(0); n >= 0 && n < 1<<30 {
			return &arrow.FixedSizeBinaryType{ByteWidth: int(n)}, nil
		}
	case "run_end_encoded":
		ends, err := r.arrowType(arg(0))
		if err != nil {
			return nil, err
		}
		values, err := r.arrowType(arg(1))
		if err != nil {
			return nil, err
		}
		switch ends.ID() {
		case arrow.INT16, arrow.INT32, arrow.INT64:
			return arrow.RunEndEncodedOf(ends, values), nil
		}
	}
	if t, err := r.arrowExtension(name, args); t != nil || err != nil {
		return t, err
	}
	return nil, bad()
}

func arrowDecimal(name string, precision, scale int64) (arrow.DataType, error) {
	most := map[string]int64{"decimal32": 9, "decimal64": 18, "decimal128": 38, "decimal256": 76}[name]
	if precision < 1 || precision > most || scale < -128 || scale > 127 {
		return nil, unsupported("the Arrow type %s(%d, %d)", name, precision, scale)
	}
	p, s := int32(precision), int32(scale)
	switch name {
	case "decimal32":
		return &arrow.Decimal32Type{Precision: p, Scale: s}, nil
	case "decimal64":
		return &arrow.Decimal64Type{Precision: p, Scale: s}, nil
	case "decimal128":
		return &arrow.Decimal128Type{Precision: p, Scale: s}, nil
	}
	return &arrow.Decimal256Type{Precision: p, Scale: s}, nil
}

func (r *reader) arrowTimeType(name string, unitV, tz pickle.Value) (arrow.DataType, error) {
	u, _ := r.text(unitV)
	units := map[string]arrow.TimeUnit{"s": arrow.Second, "ms": arrow.Millisecond, "us": arrow.Microsecond, "ns": arrow.Nanosecond}
	if name != "timestamp" {
		if t, ok := aliases[name+"["+u+"]"]; ok {
			return t, nil
		}
		return nil, unsupported("the Arrow type %s of %s", name, quote(u))
	}
	tu, ok := units[u]
	if !ok {
		return nil, unsupported("the Arrow type timestamp of %s", quote(u))
	}
	t := &arrow.TimestampType{Unit: tu}
	if tz.IsText() {
		z, err := r.zone(tz)
		if err != nil {
			return nil, err
		}
		t.TimeZone = z.name
	}
	return t, nil
}

// arrowField reads field(name, type, nullable, metadata), or a bare type.
func (r *reader) arrowField(v pickle.Value, name string) (arrow.Field, error) {
	isField := r.doc.Class(v) == pickle.GArrowType && r.doc.GlobalRef(r.doc.Object(v).Class).Name == "field"
	if !isField {
		t, err := r.arrowType(v)
		return arrow.Field{Name: name, Type: t, Nullable: true}, err
	}
	t, err := r.arrowType(r.doc.Arg(v, 1))
	if err != nil {
		return arrow.Field{}, err
	}
	n, err := r.arrowFieldName(r.doc.Arg(v, 0))
	return arrow.Field{Name: n, Type: t, Nullable: true}, err
}

func (r *reader) arrowFieldName(v pickle.Value) (string, error) {
	if err := r.named(v.Len()); err != nil {
		return "", err
	}
	n, _ := r.text(v)
	return strings.ToValidUTF8(n, "\uFFFD"), nil
}

func (r *reader) arrowStruct(v pickle.Value) (arrow.DataType, error) {
	it := r.doc.Items(v)
	if it.Len() > maxRecordKeys {
		return nil, unsupported("an Arrow struct of %d fields", it.Len())
	}
	if err := r.checkWidth(it.Len()); err != nil {
		return nil, err
	}
	fields := make([]arrow.Field, it.Len())
	for i := range fields {
		f := it.At(i)
		var err error
		if f.Kind() == pickle.KindTuple { // (name, type)
			var n string
			if n, err = r.arrowFieldName(r.doc.TupleItem(f, 0)); err != nil {
				return nil, err
			}
			var t arrow.DataType
			t, err = r.arrowType(r.doc.TupleItem(f, 1))
			fields[i] = arrow.Field{Name: n, Type: t, Nullable: true}
		} else {
			fields[i], err = r.arrowField(f, "")
		}
		if err != nil {
			return nil, err
		}
	}
	return arrow.StructOf(fields...), nil
}

func (r *reader) arrowMap(args []pickle.Value) (arrow.DataType, error) {
	if len(args) < 2 {
		return nil, unsupported("an Arrow map with %d arguments", len(args))
	}
	k, err := r.arrowField(args[0], "key")
	if err != nil {
		return nil, err
	}
	v, err := r.arrowField(args[1], "value")
	if err != nil {
		return nil, err
	}
	return arrow.MapOf(k.Type, v.Type), nil
}

// plainType is the type in which a pyarrow column leaves: large and view text
// becomes text, dictionaries and run-end encoding their values, list views lists.
func plainType(t arrow.DataType) (arrow.DataType, error) {
	switch t := t.(type) {
	case *arrow.LargeStringType, *arrow.StringViewType:
		return arrow.BinaryTypes.String, nil
	case *arrow.LargeBinaryType, *arrow.BinaryViewType:
		return arrow.BinaryTypes.Binary, nil
	case *arrow.Decimal32Type:
		return &arrow.Decimal128Type{Precision: t.Precision, Scale: t.Scale}, nil
	case *arrow.Decimal64Type:
		return &arrow.Decimal128Type{Precision: t.Precision, Scale: t.Scale}, nil
	case *arrow.DictionaryType:
		return plainType(t.ValueType)
	case *arrow.RunEndEncodedType:
		return plainType(t.Encoded())
	case *arrow.MapType:
		k, err := plainType(t.KeyType())
		if err != nil {
			return nil, err
		}
		v, err := plainType(t.ItemType())
		if err != nil {
			return nil, err
		}
		return arrow.MapOf(k, v), nil
	case *arrow.FixedSizeListType:
		e, err := plainType(t.Elem())
		if err != nil {
			return nil, err
		}
		f := t.ElemField()
		f.Type = e
		return arrow.FixedSizeListOfField(t.Len(), f), nil
	case *arrow.StructType:
		fields := make([]arrow.Field, t.NumFields())
		for i := range fields {
			e, err := plainType(t.Field(i).Type)
			if err != nil {
				return nil, err
			}
			fields[i] = t.Field(i)
			fields[i].Type = e
		}
		return arrow.StructOf(fields...), nil
	case arrow.ListLikeType:
		e, err := plainType(t.Elem())
		if err != nil {
			return nil, err
		}
		f := t.ElemField()
		f.Type = e
		return arrow.ListOfField(f), nil
	}
	if t.ID() == arrow.NULL || buildable(t, 0) {
		return t, nil
	}
	return nil, unsupported("the Arrow type %s", typeWord(t))
}
