package pandas

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/pickshard/pickshard/stages/read/internal/pickle"
)

// Attacks as our own bytes. Each must end in an error of the right kind, within
// two seconds and 256 MB, whatever it claims. Nothing of them is ever executed:
// there is nothing here that could.

// assembler writes opcodes.
type assembler struct{ bytes.Buffer }

func (a *assembler) op(s string) *assembler { a.WriteString(s); return a }

func (a *assembler) u4(n uint32) *assembler {
	_ = binary.Write(a, binary.LittleEndian, n)
	return a
}

func (a *assembler) u8(n uint64) *assembler {
	_ = binary.Write(a, binary.LittleEndian, n)
	return a
}

func (a *assembler) text(s string) *assembler { return a.op("X").u4(uint32(len(s))).op(s) }

func (a *assembler) bin(b []byte) *assembler { return a.op("B").u4(uint32(len(b))).op(string(b)) }

func (a *assembler) num(n int) *assembler { return a.op("J").u4(uint32(n)) }

func (a *assembler) long(n int64) *assembler { return a.op("\x8a\x08").u8(uint64(n)) }

func (a *assembler) global(module, name string) *assembler {
	return a.op("c" + module + "\n" + name + "\n")
}

func asm() *assembler { a := &assembler{}; return a.op("\x80\x04") }

func (a *assembler) done() []byte { return append(bytes.Clone(a.Bytes()), '.') }

// array writes a numpy array by _frombuffer.
func (a *assembler) array(code string, data []byte, shape ...int64) *assembler {
	a.global("numpy.core.numeric", "_frombuffer").op("(").bin(data)
	a.dtype(code).op("(")
	for _, n := range shape {
		a.long(n)
	}
	return a.op("t").text("C").op("tR")
}

func (a *assembler) dtype(code string) *assembler {
	a.global("numpy", "dtype").op("(").text(code).op("\x89\x88tR(K\x03").text("<").op("NNN")
	return a.num(-1).num(-1).op("K\x00tb")
}

// rangeIndex writes a RangeIndex.
func (a *assembler) rangeIndex(start, stop, step int64) *assembler {
	a.global("pandas.core.indexes.base", "_new_Index").op("(").global("pandas.core.indexes.range", "RangeIndex")
	a.op("}(").text("name").op("N").text("start").long(start).text("stop").long(stop).text("step").long(step)
	return a.op("utR")
}

// nameIndex writes an Index of text.
func (a *assembler) nameIndex(names ...string) *assembler {
	a.global("pandas.core.indexes.base", "_new_Index").op("(").global("pandas.core.indexes.base", "Index")
	a.op("}(").text("name").op("N").text("data").global("numpy.core.multiarray", "_reconstruct").op("(")
	a.global("numpy", "ndarray").op("K\x00\x85").bin([]byte("b")).op("tR(K\x01").num(len(names)).op("\x85")
	a.dtype("O8").op("\x89](")
	for _, n := range names {
		a.text(n)
	}
	return a.op("etbutR")
}

// frame writes a DataFrame of layout B around its blocks and axes.
func frame(blocks func(*assembler), columns, rows func(*assembler)) []byte {
	a := asm().global("pandas.core.frame", "DataFrame").op(")\x81}").text("_mgr")
	a.global("pandas.core.internals.managers", "BlockManager").op("((")
	blocks(a)
	a.op("t](")
	columns(a)
	rows(a)
	a.op("etRsb")
	return a.done()
}

// block writes one block around its values.
func (a *assembler) block(start, stop, step int64, values func(*assembler)) *assembler {
	a.global("pandas._libs.internals", "_unpickle_block").op("(")
	values(a)
	a.global("builtins", "slice").op("(").long(start).long(stop).long(step).op("tRK\x02tR")
	return a
}

func repeat(s string, n int) string { return strings.Repeat(s, n) }

type attack struct {
	name string
	data []byte
	want error // nil: any error
}

func attacks() []attack {
	rce := asm().global("posix", "system").op("(").text("touch /tmp/owned").op("tR")
	laughs := asm().op("}").text("a").op("(](")
	for range 10 {
		laughs.op("K\x01")
	}
	laughs.op("eq\x00")
	for i := range 12 { // 10^13 numbers
		laughs.op("](")
		for range 10 {
			laughs.op("h" + string(rune(i)))
		}
		laughs.op("eq" + string(rune(i+1)))
	}
	bomb := asm().op("](").text(repeat("x", 1<<20)).op("q\x00" + repeat("h\x00", 1<<20) + "e")
	bombFrame := asm().op("}").text("a").op("](").text(repeat("x", 1<<20)).op("q\x00" + repeat("h\x00", 1<<20) + "es")
	wide := asm().op("](")
	for i := range 40000 {
		wide.op("}").text(fmt.Sprint("key", i)).op("K\x01s")
	}
	wide.op("e")
	selfList := asm().op("]q\x00}").text("a").op("h\x00sa")
	selfCell := asm().op("}").text("a").op("]q\x00(h\x00h\x00es")
	intervals := asm().op("}").text("a").op("](").global("pandas._libs.interval", "Interval").op("q\x00")
	intervals.op(repeat("h\x00", 200000) + "K\x01K\x02\x86R" + repeat("K\x01\x86R", 1))
	deepScalar := asm().op("}").text("a").op("](")
	deepScalar.op(repeat("cnumpy.core.multiarray\nscalar\n(cnumpy\ndtype\n(X\x02\x00\x00\x00O8\x89\x88tR", 20000) + "N" + repeat("tR", 20000) + "es")
	tz := asm().op("}").text("a").op("](")
	tz.op(repeat("cdatetime\ndatetime\n(C\x0a\x07\xe4\x01\x01\x01\x02\x03\x00\x00\x00cdatetime\ntimezone\n(", 20000) + "N" + repeat("tRtR", 20000) + "es")
	return []attack{
		{"os.system", append(rce.Bytes(), '.'), pickle.ErrRefusedGlobal},
		{"os.system by stack global", asm().text("posix").text("system").op("\x93)R").done(), pickle.ErrRefusedGlobal},
		{"os.system by memo", asm().text("posix").op("q\x00").text("system").op("q\x01(h\x00h\x01\x93)Rt").done(), pickle.ErrRefusedGlobal},
		{"eval", asm().global("builtins", "eval").op("(").text("1").op("tR").done(), pickle.ErrRefusedGlobal},
		{"inst", []byte("(S'id'\nios\nsystem\n."), pickle.ErrRefusedGlobal},
		{"pip.main", asm().global("pip", "main").op(")R").done(), pickle.ErrRefusedGlobal},
		{"resolve_name", asm().global("pkgutil", "resolve_name").op("(").text("os:system").op("tR").done(), pickle.ErrRefusedGlobal},
		{"getattr", asm().global("builtins", "getattr").op("(").global("builtins", "list").text("append").op("tR").done(), pickle.ErrRefusedCall},
		{"getattr of ZoneInfo", asm().global("builtins", "getattr").op("(").global("zoneinfo", "ZoneInfo").text("__init__").op("tR").done(), pickle.ErrRefusedCall},
		{"partial", asm().global("functools", "partial").op("(").global("builtins", "dict").op("tR").done(), pickle.ErrRefusedCall},
		{"codec rot13", asm().global("_codecs", "encode").op("(").text("a").text("rot13").op("tR").done(), pickle.ErrRefusedCall},
		{"nested reduce", asm().global("numpy", "dtype").op("(").text("O8").op("tR)R").done(), pickle.ErrRefusedCall},
		{"build on a class", asm().global("pandas.core.frame", "DataFrame").op("}").text("__reduce__").op("Nsb").done(), pickle.ErrRefusedCall},
		{"build with slots", asm().global("pandas.core.frame", "DataFrame").op(")\x81N}").text("_mgr").op("Ns\x86b").done(), ErrUnsupported},
		{"build twice", asm().global("pandas.core.frame", "DataFrame").op(")\x81}b}b").done(), pickle.ErrRefusedCall},
		{"ext", asm().op("\x82\x01").done(), pickle.ErrRefusedOpcode},
		{"ext4", asm().op("\x84\x01\x00\x00\x00").done(), pickle.ErrRefusedOpcode},
		{"persid", []byte("Pevil\n."), pickle.ErrRefusedOpcode},
		{"binpersid", asm().op("NQ").done(), pickle.ErrRefusedOpcode},
		{"obj", asm().op("(").global("builtins", "list").op("o").done(), pickle.ErrRefusedOpcode},
		{"pop", asm().op("N0N").done(), pickle.ErrRefusedOpcode},
		{"next buffer", asm().op("\x97").done(), pickle.ErrRefusedOpcode},
		{"readonly buffer", asm().op("N\x98").done(), pickle.ErrRefusedOpcode},
		{"dup bomb", asm().op("]" + repeat("2\x86", 1000)).done(), pickle.ErrRefusedOpcode},
		{"laughs by memo", laughs.op("ts").done(), pickle.ErrLimit},
		{"string bomb", bomb.done(), nil},
		{"string bomb in a column", bombFrame.done(), pickle.ErrLimit},
		{"wide records", wide.done(), pickle.ErrLimit},
		{"columns without rows", asm().global("numpy.core.numeric", "_frombuffer").op("(").bin(nil).dtype("f8").
			op("(").num(0).num(1 << 20).op("t").text("C").op("tR").done(), pickle.ErrLimit},
		{"list in itself", selfList.done(), nil},
		{"cell in itself", selfCell.done(), pickle.ErrLimit},
		{"interval tower", intervals.op("es").done(), nil},
		{"scalar tower", deepScalar.done(), nil},
		{"time zone tower", tz.done(), nil},
		{"nested tuples", asm().op(")" + repeat("\x85", 1_000_000)).done(), nil},
		{"nested tuples in a cell", asm().op("}").text("a").op("])" + repeat("\x85", 1_000_000) + "as").done(), pickle.ErrLimit},
		{"nested lists", []byte(repeat("]", 1_000_000) + repeat("a", 999_999) + "."), nil},
		{"marks", []byte(repeat("(", 10_000_000)), pickle.ErrLimit},
		{"empty lists", []byte(repeat("]", 10_000_000) + "."), pickle.ErrLimit},
		{"bytes 2^62", asm().op("\x8e").u8(1 << 62).done(), pickle.ErrTruncated},
		{"bytes 2^40", asm().op("\x8e").u8(1 << 40).done(), pickle.ErrTruncated},
		{"text 2^63", asm().op("\x8d").u8(1 << 63).done(), pickle.ErrTruncated},
		{"bytearray 2^36", asm().op("\x96").u8(1 << 36).done(), pickle.ErrTruncated},
		{"frame 2^40", asm().op("\x95").u8(1 << 40).done(), pickle.ErrTruncated},
		{"frame in a frame", asm().op("\x95").u8(10).op("\x95").u8(1).op("N").done(), pickle.ErrMalformed},
		{"text 4 GiB", asm().op("X\xff\xff\xff\xff").done(), pickle.ErrTruncated},
		{"negative string", []byte("T\xff\xff\xff\xff."), pickle.ErrMalformed},
		{"negative long", asm().op("\x8b\xff\xff\xff\xff").done(), pickle.ErrMalformed},
		{"long of 2 GiB", asm().op("\x8b\xff\xff\xff\x7f").done(), pickle.ErrTruncated},
		{"long of 1 MiB", asm().op("\x8b").u4(1 << 20).op(repeat("\x7f", 1<<20)).done(), pickle.ErrLimit},
		{"quadratic long", []byte("L" + repeat("9", 60_000) + "L\n."), pickle.ErrLimit},
		{"endless line", []byte("I" + repeat("1", 1<<20)), pickle.ErrLimit},
		{"endless name", []byte("c" + repeat("o", 1<<20)), pickle.ErrLimit},
		{"memo key 2^32", asm().op("Nr\xff\xff\xff\xff").done(), nil},
		{"memo key of text", []byte("Np99999999999999\n."), nil},
		{"negative memo key", []byte("Np-1\n."), pickle.ErrMalformed},
		{"get never put", asm().op("h\x05").done(), pickle.ErrMalformed},
		{"put and memoize", asm().op("Nq\x00\x94").done(), pickle.ErrMalformed},
		{"stack empty", asm().op("\x86").done(), pickle.ErrMalformed},
		{"below a mark", asm().op("N(\x85").done(), pickle.ErrMalformed},
		{"no stop", asm().op("N").Bytes(), pickle.ErrTruncated},
		{"odd items", asm().op("}(NNNu").done(), pickle.ErrMalformed},
		{"byte 0xff", []byte("\xff."), pickle.ErrMalformed},
		{"protocol 6", []byte("\x80\x06N."), pickle.ErrNotPickle},
		{"empty", nil, pickle.ErrNotPickle},
		{"joblib", append(asm().global("joblib.numpy_pickle", "NumpyArrayWrapper").op(")\x81").Bytes(), "\xff\xfe\xfd"...), pickle.ErrForeign},
		{"torch", asm().global("torch._utils", "_rebuild_tensor_v2").op(")R").done(), pickle.ErrForeign},
		{"shape beyond its bytes", asm().array("f8", make([]byte, 8), 1<<30).done(), pickle.ErrLimit},
		{"shape that overflows", asm().array("f8", make([]byte, 8), 1<<33, 1<<33).done(), nil},
		{"shape of nothing", asm().array("S0", nil, 1<<36).done(), pickle.ErrLimit},
		{"shape 0 by 2^40", asm().array("f8", nil, 0, 1<<36).done(), pickle.ErrLimit},
		{"negative shape", asm().array("f8", nil, -1).done(), ErrInvalid},
		{"65 dimensions", asm().array("f8", make([]byte, 8), ones(65)...).done(), ErrInvalid},
		{"huge dtype", asm().array("V999999999999", nil, 1).done(), ErrUnsupported},
		{"huge range index", frame(func(*assembler) {}, func(a *assembler) { a.nameIndex() },
			func(a *assembler) { a.rangeIndex(0, math.MaxInt64/8, 1) }), pickle.ErrLimit},
		{"range index as a column", frame(func(*assembler) {}, func(a *assembler) { a.nameIndex() },
			func(a *assembler) { a.rangeIndex(7, 1<<40, 1) }), pickle.ErrLimit},
		{"range of columns", frame(func(*assembler) {}, func(a *assembler) { a.rangeIndex(0, 1<<40, 1) },
			func(a *assembler) { a.rangeIndex(0, 1, 1) }), pickle.ErrLimit},
		{"giant slice", frame(func(a *assembler) {
			a.block(1<<50, 1<<51, 1, func(a *assembler) { a.array("f8", make([]byte, 8), 1, 1) })
		}, func(a *assembler) { a.nameIndex("a") }, func(a *assembler) { a.rangeIndex(0, 1, 1) }), ErrInvalid},
		{"slice back", frame(func(a *assembler) {
			a.block(0, -5, -1, func(a *assembler) { a.array("f8", make([]byte, 16), 2, 1) })
		}, func(a *assembler) { a.nameIndex("a", "b") }, func(a *assembler) { a.rangeIndex(0, 1, 1) }), ErrInvalid},
		{"two blocks at one place", frame(func(a *assembler) {
			for range 2 {
				a.block(0, 1, 1, func(a *assembler) { a.array("f8", make([]byte, 8), 1, 1) })
			}
		}, func(a *assembler) { a.nameIndex("a") }, func(a *assembler) { a.rangeIndex(0, 1, 1) }), ErrInvalid},
		{"column in no block", frame(func(*assembler) {}, func(a *assembler) { a.nameIndex("a") },
			func(a *assembler) { a.rangeIndex(0, 1, 1) }), ErrInvalid},
		{"rows that disagree", frame(func(a *assembler) {
			a.block(0, 1, 1, func(a *assembler) { a.array("f8", make([]byte, 8), 1, 1) })
		}, func(a *assembler) { a.nameIndex("a") }, func(a *assembler) { a.rangeIndex(0, 2, 1) }), ErrInvalid},
		{"lone surrogate", asm().op("}").text("a").op("]").text("\xed\xa0\x80").op("as").done(), ErrCell},
		{"bad UTF-8", asm().op("}").text("a").op("]").text("\xff\xfe").op("as").done(), ErrCell},
		{"sparse of 2^31 rows", sparseAttack(), pickle.ErrLimit},
	}
}

func ones(n int) []int64 {
	out := make([]int64, n)
	for i := range out {
		out[i] = 1
	}
	return out
}

func sparseAttack() []byte {
	a := asm().op("}").text("a").global("pandas.core.arrays.sparse.array", "SparseArray").op(")\x81}(")
	a.text("_sparse_values").array("f8", nil, 0).text("_sparse_index").global("pandas._libs.sparse", "IntIndex").op("(")
	a.long(math.MaxInt32).array("i4", nil, 0).op("tRubs")
	return a.done()
}

// bounded reads a file, or looks at it: in 2 seconds of processors, with 256 MB.
func bounded(t *testing.T, in Input, look bool) error {
	t.Helper()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	start := cpuTime(t)
	err := readOrLook(t, in, look)
	if took := cpuTime(t) - start; took > 2*time.Second*slowness {
		t.Errorf("%s: took %v", in.Name, took)
	}
	runtime.ReadMemStats(&after)
	if used := after.TotalAlloc - before.TotalAlloc; used > 256<<20 {
		t.Errorf("%s: allocated %d MB", in.Name, used>>20)
	}
	return err
}

func readOrLook(t *testing.T, in Input, look bool) error {
	t.Helper()
	if look {
		return Look(t.Context(), in, Options{}, func(v *View) error {
			return v.Batches(0, v.Rows(), func(arrow.RecordBatch) error { return nil })
		})
	}
	res, err := Read(t.Context(), in, Options{})
	if err == nil {
		res.Table.Release()
	}
	return err
}

// TestHeavy: files that are tables, but made to cost more than their size should,
// are read in time and within memory.
func TestHeavy(t *testing.T) {
	record := func(from, to, step, id int) string {
		a := asm().op("}q" + string([]byte{byte(id)}) + "(")
		for i := from; i != to; i += step {
			a.text(fmt.Sprintf("%05d", i)).op("K\x01")
		}
		return string(a.op("u").Bytes()[2:])
	}
	big := asm().op("](}(").text("a").text(repeat("x", 1<<20)).op("q\x00u")
	for range 120 {
		big.op("}(").text("a").op("h\x00u")
	}
	for name, data := range map[string][]byte{
		"wide rows by memo":   asm().op("](" + record(0, 5000, 1, 0) + repeat("h\x00", 799) + "e").done(),
		"two orders in turn":  asm().op("](" + record(0, 512, 1, 0) + record(511, -1, -1, 1) + repeat("h\x00h\x01", 4000) + "e").done(),
		"large cells by memo": big.op("e").done(),
	} {
		for _, look := range []bool{false, true} {
			in := pickle.BytesInput(name, data)
			if !look && name == "large cells by memo" {
				continue // a Result holds them all
			}
			if err := bounded(t, in, look); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
}

// TestAttacks: each attack ends in its error, in time and within memory, from a
// file, from a stream and where text stays in memory.
func TestAttacks(t *testing.T) {
	for _, a := range attacks() {
		for form, in := range map[string]Input{
			"file":   {Name: a.name, At: bytes.NewReader(a.data), Size: int64(len(a.data))},
			"stream": {Name: a.name, Stream: bytes.NewReader(a.data)},
			"memory": pickle.BytesInput(a.name, a.data),
		} {
			err := bounded(t, in, form == "memory")
			if err == nil {
				t.Errorf("%s (%s): was read", a.name, form)
				continue
			}
			if a.want != nil && !errors.Is(err, a.want) {
				t.Errorf("%s (%s): %.300v, want %v", a.name, form, err, a.want)
			}
			if len(err.Error()) > 2000 {
				t.Errorf("%s (%s): a message of %d bytes", a.name, form, len(err.Error()))
			}
		}
	}
}
