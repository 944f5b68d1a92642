package pickle

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
)

func inputOf(data []byte) Input {
	return Input{Name: "test", At: bytes.NewReader(data), Size: int64(len(data))}
}

func streamOf(data []byte) Input { return Input{Name: "test", Stream: bytes.NewReader(data)} }

func decodeScanned(t testing.TB, data []byte) (*Doc, error) { return scanAndDecode(t, inputOf(data)) }

func scanAndDecode(t testing.TB, in Input) (*Doc, error) {
	scan, err := ScanInput(t.Context(), in, Limits{})
	if err != nil {
		return nil, err
	}
	return Decode(t.Context(), in, Limits{}, scan)
}

// dump prints the values as Python would, calls as Class(args){state}[items].
func dump(d *Doc) string {
	var b strings.Builder
	dumpValue(&b, d, d.Root(), 0)
	return b.String()
}

func dumpValue(b *strings.Builder, d *Doc, v Value, depth int) {
	if depth > 40 || b.Len() > 1<<20 { // a value that holds itself twice doubles at every level
		b.WriteString("...")
		return
	}
	list := func(open, end string, it Items) {
		b.WriteString(open)
		for i := range it.Len() {
			if i > 0 {
				b.WriteString(", ")
			}
			dumpValue(b, d, it.At(i), depth+1)
		}
		b.WriteString(end)
	}
	switch v.Kind() {
	case KindText, KindBadText:
		fmt.Fprintf(b, "%q", d.Bytes(v))
	case KindStr8:
		fmt.Fprintf(b, "s%q", d.Bytes(v))
	case KindBytes, KindByteArray:
		fmt.Fprintf(b, "b%q", d.Bytes(v))
	case KindBigInt, KindInt:
		fmt.Fprint(b, d.BigInt(v))
	case KindTuple:
		list("(", ")", d.Items(v))
	case KindList:
		list("[", "]", d.Items(v))
	case KindSet, KindFrozenSet:
		list("{", "}", d.Items(v))
	case KindDict:
		dict := d.Dict(v)
		fmt.Fprintf(b, "%v{", dict.Class())
		for i := range dict.Len() {
			if i > 0 {
				b.WriteString(", ")
			}
			k, v := dict.Entry(i)
			dumpValue(b, d, k, depth+1)
			b.WriteString(": ")
			dumpValue(b, d, v, depth+1)
		}
		b.WriteString("}")
	case KindGlobal:
		g := d.GlobalRef(v)
		fmt.Fprintf(b, "%s.%s", g.Module, g.Name)
	case KindObject:
		o := d.Object(v)
		dumpValue(b, d, o.Class, depth+1)
		dumpValue(b, d, o.Args, depth+1)
		if o.State.Kind() != KindInvalid {
			b.WriteString("<-")
			dumpValue(b, d, o.State, depth+1)
		}
		if it := d.Items(v); it.Len() > 0 {
			list("[", "]", it)
		}
	default:
		b.WriteString(d.Describe(v))
	}
}
