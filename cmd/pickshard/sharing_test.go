package main

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"strings"
)

// Pickles in which one value stands in many places: a fetch from the memo is two
// bytes, so what is written once may be meant any number of times. Nothing of them
// is ever executed: there is nothing here that could.

// opcodes writes a pickle opcode by opcode.
type opcodes struct {
	bytes.Buffer
	puts uint32
}

func (o *opcodes) op(s string) *opcodes { o.WriteString(s); return o }

func (o *opcodes) u4(n uint32) *opcodes {
	o.Write(binary.LittleEndian.AppendUint32(nil, n))
	return o
}

func (o *opcodes) text(s string) *opcodes { return o.op("X").u4(uint32(len(s))).op(s) }
func (o *opcodes) data(s string) *opcodes { return o.op("B").u4(uint32(len(s))).op(s) }
func (o *opcodes) num(n int) *opcodes     { return o.op("J").u4(uint32(n)) }

func (o *opcodes) global(module, name string) *opcodes {
	return o.op("c" + module + "\n" + name + "\n")
}

// share makes of a value one that is written once and then fetched from the memo.
func share(value func(*opcodes)) func(*opcodes) {
	id := int64(-1)
	return func(o *opcodes) {
		switch {
		case id < 0:
			value(o)
			o.op("r").u4(o.puts)
			id = int64(o.puts)
			o.puts++
		case id < 256:
			o.op("h").op(string([]byte{byte(id)}))
		default:
			o.op("j").u4(uint32(id))
		}
	}
}

func (o *opcodes) dtype(code string) *opcodes {
	o.global("numpy", "dtype").op("(").text(code).op("\x89\x88tR(K\x03").text("<").op("NNN")
	return o.num(-1).num(-1).op("K\x00tb")
}

// buffer is a numpy array of bytes.
func (o *opcodes) buffer(dtype func(*opcodes), data string, shape ...int) *opcodes {
	o.global("numpy.core.numeric", "_frombuffer").op("(").data(data)
	dtype(o)
	o.op("(")
	for _, n := range shape {
		o.num(n)
	}
	return o.op("t").text("C").op("tR")
}

func simple(s string) func(*opcodes) { return func(o *opcodes) { o.dtype(s) } }

// objects is a numpy array of objects.
func (o *opcodes) objects(n int, items func(*opcodes)) *opcodes {
	o.global("numpy.core.multiarray", "_reconstruct").op("(").global("numpy", "ndarray").op("K\x00\x85").data("b")
	o.op("tR(K\x01").num(n).op("\x85").dtype("O8").op("\x89](")
	items(o)
	return o.op("etb")
}

// index is _new_Index of a class with attributes.
func (o *opcodes) index(class string, attributes func(*opcodes)) *opcodes {
	o.global("pandas.core.indexes.base", "_new_Index").op("(").global("pandas", class).op("}(")
	attributes(o)
	return o.op("utR")
}

// labels is an Index of objects.
func (o *opcodes) labels(n int, items func(*opcodes)) *opcodes {
	return o.index("Index", func(o *opcodes) {
		o.text("name").op("N").text("data").objects(n, items)
	})
}

func (o *opcodes) rangeIndex(n int) *opcodes {
	return o.index("RangeIndex", func(o *opcodes) {
		o.text("name").op("N").text("start").num(0).text("stop").num(n).text("step").num(1)
	})
}

// frame is a DataFrame around its blocks and axes.
func (o *opcodes) frame(blocks, columns, rows func(*opcodes)) *opcodes {
	o.global("pandas", "DataFrame").op(")\x81}").text("_mgr").global("pandas.core.internals.managers", "BlockManager").op("((")
	blocks(o)
	o.op("t](")
	columns(o)
	rows(o)
	return o.op("etRsb")
}

func (o *opcodes) block(start, stop int, values func(*opcodes)) *opcodes {
	o.global("pandas._libs.internals", "_unpickle_block").op("(")
	values(o)
	return o.global("builtins", "slice").op("(").num(start).num(stop).num(1).op("tRK\x02tR")
}

// with is an object of a class with a state that is a dict.
func (o *opcodes) with(module, class string, state func(*opcodes)) *opcodes {
	o.global(module, class).op(")\x81}(")
	state(o)
	return o.op("ub")
}

func nothing(*opcodes) {}

// constructor is a way to put values into a value.
type constructor struct {
	name string
	// leaf is the innermost value, node one around width children.
	leaf func(o *opcodes)
	node func(o *opcodes, width int, child func(*opcodes))
	// column wraps the outermost value into what can be a column; nil where it is one.
	column func(o *opcodes, value func(*opcodes))
}

func times(n int, f func(*opcodes)) func(*opcodes) {
	return func(o *opcodes) {
		for range n {
			f(o)
		}
	}
}

func one(o *opcodes) { o.op("K\x01") }

// arrowType calls a function of pyarrow that makes a type.
func (o *opcodes) arrowType(name string, args func(*opcodes)) *opcodes {
	o.global("pyarrow.lib", name).op("(")
	args(o)
	return o.op("tR")
}

func int64Type(o *opcodes) {
	o.arrowType("type_for_alias", func(o *opcodes) { o.text("int64") })
}

// arrowColumn is a pyarrow column of a type, without rows.
func arrowColumn(o *opcodes, typ func(*opcodes)) {
	o.with("pandas.arrays", "ArrowExtensionArray", func(o *opcodes) {
		o.text("_pa_array").global("pyarrow.lib", "chunked_array").op("(](")
		o.global("pyarrow.lib", "_restore_array").op("((")
		typ(o)
		o.op("K\x00K\x00K\x00](NNe](")
		o.op("ettR")
		o.op("e")
		typ(o)
		o.op("tR")
	})
}

// emptyArray is a numpy array of a dtype, without rows.
func emptyArray(o *opcodes, dtype func(*opcodes)) { o.buffer(dtype, "", 0) }

// constructors are those of the table that hold other values.
func constructors() []constructor {
	container := func(name, open, shut string) constructor {
		return constructor{name: name, leaf: one, node: func(o *opcodes, width int, child func(*opcodes)) {
			o.op(open)
			times(width, child)(o)
			o.op(shut)
		}}
	}
	mapping := func(name string, open func(*opcodes), key func(*opcodes, int)) constructor {
		return constructor{name: name, leaf: one, node: func(o *opcodes, width int, child func(*opcodes)) {
			open(o)
			o.op("(")
			for i := range width {
				key(o, i)
				child(o)
			}
			o.op("u")
		}}
	}
	textKey := func(o *opcodes, i int) { o.text(fmt.Sprintf("k%04d", i)) }
	intKey := func(o *opcodes, i int) { o.num(i) }
	emptyDict := func(o *opcodes) { o.op("}") }
	call := func(name, module, global, tail string, children int) constructor {
		return constructor{name: name, leaf: one, node: func(o *opcodes, _ int, child func(*opcodes)) {
			o.global(module, global).op("(")
			times(children, child)(o)
			o.op(tail + "tR")
		}}
	}
	scalar := func(o *opcodes, child func(*opcodes)) {
		o.global("numpy.core.multiarray", "scalar").op("(").dtype("O8")
		child(o)
		o.op("tR")
	}
	arrow := func(name string, node func(o *opcodes, width int, child func(*opcodes))) constructor {
		return constructor{"pyarrow " + name, int64Type, node, arrowColumn}
	}
	arrowCall := func(name, function string, children int) constructor {
		return arrow(name, func(o *opcodes, _ int, child func(*opcodes)) { o.arrowType(function, times(children, child)) })
	}
	codes := func(o *opcodes) { o.buffer(simple("i1"), "\x00", 1) }
	array := func(o *opcodes) { o.buffer(simple("i8"), "\x01\x00\x00\x00\x00\x00\x00\x00", 1) }
	return []constructor{
		container("list", "](", "e"),
		container("tuple", "(", "t"),
		container("frozenset", "(", "\x91"),
		container("set", "\x8f(", "\x90"),
		container("deque", "ccollections\ndeque\n)R(", "e"),
		mapping("dict", emptyDict, textKey),
		mapping("dict of ints", emptyDict, intKey),
		mapping("dict of one key", emptyDict, func(o *opcodes, _ int) { o.text("k") }),
		mapping("OrderedDict", func(o *opcodes) { o.op("ccollections\nOrderedDict\n)R") }, textKey),
		mapping("Counter", func(o *opcodes) { o.op("ccollections\nCounter\n)R") }, textKey),
		call("Interval", "pandas._libs.interval", "Interval", "", 2),
		call("complex", "builtins", "complex", "", 2),
		{name: "timedelta of scalars", leaf: one, node: func(o *opcodes, _ int, child func(*opcodes)) {
			scalar(o, func(o *opcodes) {
				o.global("datetime", "timedelta").op("(")
				times(3, child)(o)
				o.op("tR")
			})
		}},
		{name: "timezone", leaf: one, node: func(o *opcodes, _ int, child func(*opcodes)) {
			o.global("pandas._libs.tslibs.timestamps", "_unpickle_timestamp").op("(").num(5).op("N")
			o.global("datetime", "timezone").op("(")
			child(o)
			o.op("tRtR")
		}},
		{name: "numpy objects", leaf: one, node: func(o *opcodes, width int, child func(*opcodes)) {
			o.objects(width, times(width, child))
		}},
		{name: "numpy scalar", leaf: one, node: func(o *opcodes, _ int, child func(*opcodes)) { scalar(o, child) }},
		{name: "numpy record", leaf: simple("i8"), node: func(o *opcodes, width int, child func(*opcodes)) {
			o.global("numpy", "dtype").op("(").text("V8").op("\x89\x88tR(K\x03").text("|").op("N(")
			for i := range width {
				o.text(fmt.Sprintf("f%04d", i))
			}
			o.op("t}(")
			for i := range width {
				o.text(fmt.Sprintf("f%04d", i)).op("(")
				child(o)
				o.op("K\x00t")
			}
			o.op("uK\x08K\x01K\x00tb")
		}, column: emptyArray},
		{name: "numpy subarray", leaf: simple("i8"), node: func(o *opcodes, _ int, child func(*opcodes)) {
			o.global("numpy", "dtype").op("(").text("V8").op("\x89\x88tR(K\x03").text("|").op("(")
			child(o)
			o.op("K\x01\x85tNNK\x08K\x01K\x00tb")
		}, column: emptyArray},
		arrow("struct", func(o *opcodes, width int, child func(*opcodes)) {
			o.arrowType("struct", func(o *opcodes) {
				o.op("](")
				for i := range width {
					o.arrowType("field", func(o *opcodes) {
						o.text(fmt.Sprintf("f%04d", i))
						child(o)
						o.op("\x88N")
					})
				}
				o.op("e")
			})
		}),
		arrowCall("list", "list_", 1),
		arrowCall("large list", "large_list", 1),
		arrowCall("list view", "list_view", 1),
		arrowCall("map", "map_", 2),
		arrow("dictionary", func(o *opcodes, _ int, child func(*opcodes)) {
			o.arrowType("dictionary", func(o *opcodes) { int64Type(o); child(o); o.op("\x89") })
		}),
		arrow("run ends", func(o *opcodes, _ int, child func(*opcodes)) {
			o.arrowType("run_end_encoded", func(o *opcodes) { int64Type(o); child(o) })
		}),
		arrow("fixed list", func(o *opcodes, _ int, child func(*opcodes)) {
			o.arrowType("list_", func(o *opcodes) { child(o); o.num(1 << 30) })
		}),
		arrow("tensor", func(o *opcodes, _ int, child func(*opcodes)) {
			o.arrowType("fixed_shape_tensor", func(o *opcodes) { child(o); o.op("(").num(1 << 15).num(1 << 15).op("t") })
		}),
		{name: "pyarrow children", leaf: func(o *opcodes) {
			o.op("(")
			int64Type(o)
			o.op("K\x00K\x00K\x00](NNe](et")
		}, node: func(o *opcodes, width int, child func(*opcodes)) {
			o.op("(")
			o.arrowType("list_", int64Type)
			o.op("K\x00K\x00K\x00](NNe](")
			times(width, child)(o)
			o.op("et")
		}, column: func(o *opcodes, parts func(*opcodes)) {
			o.with("pandas.arrays", "ArrowExtensionArray", func(o *opcodes) {
				o.text("_pa_array").global("pyarrow.lib", "_restore_array").op("(")
				parts(o)
				o.op("tR")
			})
		}},
		{name: "pyarrow chunks", leaf: func(o *opcodes) {
			o.global("pyarrow.lib", "_restore_array").op("((")
			int64Type(o)
			o.op("K\x01K\x00K\x00](N").data("\x00\x00\x00\x00\x00\x00\x00\x00").op("e](ettR")
		}, node: func(o *opcodes, width int, child func(*opcodes)) {
			o.global("pyarrow.lib", "chunked_array").op("(](")
			times(width, child)(o)
			o.op("e")
			int64Type(o)
			o.op("tR")
		}, column: func(o *opcodes, value func(*opcodes)) {
			o.with("pandas.arrays", "ArrowExtensionArray", func(o *opcodes) { o.text("_pa_array"); value(o) })
		}},
		{name: "MultiIndex", leaf: func(o *opcodes) { o.labels(1, one) }, node: func(o *opcodes, width int, child func(*opcodes)) {
			o.index("MultiIndex", func(o *opcodes) {
				o.text("levels").op("](")
				times(min(width, 256), child)(o)
				o.op("e").text("codes").op("](")
				times(min(width, 256), share(codes))(o)
				o.op("e").text("names").op("]")
			})
		}},
		{name: "IntervalIndex", leaf: array, node: func(o *opcodes, _ int, child func(*opcodes)) {
			o.index("IntervalIndex", func(o *opcodes) {
				o.text("left")
				child(o)
				o.text("right")
				child(o)
				o.text("closed").text("right")
			})
		}},
		{name: "IntervalArray", leaf: array, node: func(o *opcodes, _ int, child func(*opcodes)) {
			o.with("pandas.arrays", "IntervalArray", func(o *opcodes) {
				o.text("_left")
				child(o)
				o.text("_right")
				child(o)
				o.text("_closed").text("right")
			})
		}},
		{name: "Categorical", leaf: func(o *opcodes) { o.labels(1, one) }, node: func(o *opcodes, _ int, child func(*opcodes)) {
			o.index("Index", func(o *opcodes) {
				o.text("name").op("N").text("data").with("pandas", "Categorical", func(o *opcodes) {
					o.text("_codes")
					codes(o)
					o.text("_dtype").with("pandas", "CategoricalDtype", func(o *opcodes) {
						o.text("categories")
						child(o)
						o.text("ordered").op("\x89")
					})
				})
			})
		}},
		{name: "SparseArray", leaf: array, node: func(o *opcodes, _ int, child func(*opcodes)) {
			o.with("pandas.arrays", "SparseArray", func(o *opcodes) {
				o.text("_sparse_values")
				child(o)
				o.text("_sparse_index").global("pandas._libs.sparse", "IntIndex").op("(").num(1)
				o.buffer(simple("i4"), "\x00\x00\x00\x00", 1).op("tR").text("fill_value").op("K\x00")
			})
		}},
		{name: "Series", leaf: array, node: func(o *opcodes, _ int, child func(*opcodes)) {
			o.with("pandas", "Series", func(o *opcodes) {
				o.text("_mgr").global("pandas.core.internals.managers", "SingleBlockManager").op("(")
				o.block(0, 1, child).op("\x85](").rangeIndex(1).op("etR")
			})
		}},
		{name: "DataFrame", leaf: array, node: func(o *opcodes, width int, child func(*opcodes)) {
			o.frame(func(o *opcodes) { times(width, func(o *opcodes) { o.block(0, 1, child) })(o) },
				func(o *opcodes) { o.labels(1, func(o *opcodes) { o.text("a") }) }, func(o *opcodes) { o.rangeIndex(1) })
		}},
		{name: "path", leaf: func(o *opcodes) { o.text(strings.Repeat("p", 100)) }, node: func(o *opcodes, width int, child func(*opcodes)) {
			o.global("pathlib", "PosixPath").op("(")
			times(width, child)(o)
			o.op("tR")
		}},
	}
}

// nested is a value of so many levels, each of which holds the one below width
// times.
func (c *constructor) nested(levels, width int) func(*opcodes) {
	v := share(c.leaf)
	for range levels {
		below := v
		v = share(func(o *opcodes) { c.node(o, width, below) })
	}
	if c.column == nil {
		return v
	}
	return func(o *opcodes) { c.column(o, v) }
}

// placement is where a value stands in a pickle.
type placement struct {
	name string
	put  func(o *opcodes, value func(*opcodes))
}

func placements() []placement {
	return []placement{
		{"cells", func(o *opcodes, v func(*opcodes)) { o.op("}").text("a").op("]("); times(3, v)(o); o.op("es") }},
		{"column", func(o *opcodes, v func(*opcodes)) { o.op("}").text("a"); v(o); o.op("s") }},
		{"record", func(o *opcodes, v func(*opcodes)) { o.op("]}").text("a"); v(o); o.op("sa") }},
		{"root", func(o *opcodes, v func(*opcodes)) { v(o) }},
		{"row", func(o *opcodes, v func(*opcodes)) { o.op("]("); times(2, v)(o); o.op("e") }},
		{"key", func(o *opcodes, v func(*opcodes)) { o.op("}"); v(o); o.op("](K\x01es") }},
		{"label", func(o *opcodes, v func(*opcodes)) {
			o.frame(func(o *opcodes) {
				o.block(0, 1, func(o *opcodes) { o.buffer(simple("i8"), "\x01\x00\x00\x00\x00\x00\x00\x00", 1, 1) })
			}, func(o *opcodes) { o.labels(1, v) }, func(o *opcodes) { o.rangeIndex(1) })
		}},
		{"index", func(o *opcodes, v func(*opcodes)) {
			o.frame(func(o *opcodes) {
				o.block(0, 1, func(o *opcodes) { o.buffer(simple("i8"), "\x01\x00\x00\x00\x00\x00\x00\x00", 1, 1) })
			}, func(o *opcodes) { o.labels(1, func(o *opcodes) { o.text("a") }) }, v)
		}},
	}
}

// pickleOf writes a pickle, once it is asked for.
func pickleOf(root func(*opcodes)) func() []byte {
	return func() []byte {
		o := &opcodes{}
		o.op("\x80\x04")
		root(o)
		return append(o.Bytes(), '.')
	}
}
