package main

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"strings"
)

// repeated are attacks that name one long thing in many places, or few things in a
// place that makes many of them.
func repeated() []attack {
	column := func(name string, v func(*opcodes)) attack {
		return attack{name: name, data: pickleOf(func(o *opcodes) { o.op("}").text("a"); v(o); o.op("s") })}
	}
	cells := func(name string, n int, v func(*opcodes)) attack {
		return column(name, func(o *opcodes) { o.op("]("); times(n, share(v))(o); o.op("e") })
	}
	labelled := func(name string, columns func(*opcodes), n int, flags ...string) attack {
		return attack{name: name, args: flags, data: pickleOf(func(o *opcodes) {
			o.frame(func(o *opcodes) {
				o.block(0, n, func(o *opcodes) { o.buffer(simple("i1"), strings.Repeat("\x01", n), n, 1) })
			}, columns, func(o *opcodes) { o.rangeIndex(1) })
		})}
	}
	text := func(n int, kind string) func(*opcodes) {
		return func(o *opcodes) {
			if kind == "bytes" {
				o.data(strings.Repeat("\xe9", n))
			} else if kind == "str8" {
				o.op("T").u4(uint32(n)).op(strings.Repeat("\xe9", n))
			} else {
				o.text(strings.Repeat("x", n))
			}
		}
	}
	call := func(module, name string, args func(*opcodes)) func(*opcodes) {
		return func(o *opcodes) { o.global(module, name).op("("); args(o); o.op("tR") }
	}
	arrowArray := func(typ func(*opcodes), rows int, rest func(*opcodes)) func(*opcodes) {
		return func(o *opcodes) {
			o.global("pyarrow.lib", "_restore_array").op("((")
			typ(o)
			o.num(rows).op("K\x00K\x00")
			rest(o)
			o.op("ttR")
		}
	}
	extension := func(v func(*opcodes)) func(*opcodes) {
		return func(o *opcodes) {
			o.with("pandas.arrays", "ArrowExtensionArray", func(o *opcodes) { o.text("_pa_array"); v(o) })
		}
	}
	alias := func(name string) func(*opcodes) {
		return func(o *opcodes) { o.arrowType("type_for_alias", func(o *opcodes) { o.text(name) }) }
	}
	// noInts are the parts of an array of int64 without rows.
	noInts := func(o *opcodes) {
		o.op("(")
		int64Type(o)
		o.op("K\x00K\x00K\x00](NNe](et")
	}
	// coded is a column of nulls whose dictionary has values of a type.
	coded := func(typ func(*opcodes), rows, children int) func(*opcodes) {
		typ = share(typ)
		return extension(arrowArray(func(o *opcodes) {
			o.arrowType("dictionary", func(o *opcodes) { alias("int8")(o); typ(o); o.op("\x89") })
		}, rows, func(o *opcodes) {
			o.op("](").data(strings.Repeat("\x00", rows/8+1)).data(strings.Repeat("\x00", rows)).op("e](e(")
			typ(o)
			o.op("K\x00K\x00K\x00](NNe](")
			times(children, noInts)(o)
			o.op("et")
		}))
	}
	fixedBinary := func(n int) func(*opcodes) {
		return func(o *opcodes) { o.arrowType("binary", func(o *opcodes) { o.num(n) }) }
	}
	fixedList := func(n int) func(*opcodes) {
		return func(o *opcodes) { o.arrowType("list_", func(o *opcodes) { int64Type(o); o.num(n) }) }
	}
	bits := share(arrowArray(alias("bool"), 65536, func(o *opcodes) {
		o.op("](N").data(strings.Repeat("\xff", 8192)).op("e](e")
	}))
	categories := func(n, size int) func(*opcodes) {
		value := share(text(size, ""))
		return func(o *opcodes) {
			o.with("pandas", "Categorical", func(o *opcodes) {
				o.text("_codes").buffer(simple("i1"), "\x00", 1).text("_dtype").with("pandas", "CategoricalDtype", func(o *opcodes) {
					o.text("categories").labels(n, times(n, value)).text("ordered").op("\x89")
				})
			})
		}
	}
	levels := share(func(o *opcodes) { o.labels(1, share(text(60000, ""))) })
	codes := share(func(o *opcodes) { o.buffer(simple("i1"), strings.Repeat("\x00", 1000), 1000) })
	frames := func(o *opcodes) {
		name := share(text(60000, ""))
		frame := share(func(o *opcodes) {
			o.frame(nothing, func(o *opcodes) { o.labels(0, nothing) }, func(o *opcodes) { o.rangeIndex(1) })
		})
		o.op("}(")
		for i := range 2000 {
			o.op("(")
			name(o)
			o.num(i).op("t")
			frame(o)
		}
		o.op("u")
	}
	attributes := share(func(o *opcodes) {
		o.op("}(").text("int").num(5)
		for i := range 100_000 {
			o.op("X").u4(1).op(string([]byte{byte('a' + i%26)})).op("N")
		}
		o.op("u")
	})
	wide := constructorNamed("dict").nested(2, 150)
	return []attack{
		labelled("labels of 1 MB", func(o *opcodes) { o.labels(4000, times(4000, long(1<<20))) }, 4000),
		labelled("labels of 60 kB", func(o *opcodes) { o.labels(4000, times(4000, long(60000))) }, 4000, "--dedupe-columns"),
		labelled("30,000 columns of one name", func(o *opcodes) { o.labels(30000, times(30000, long(1))) }, 30000, "--dedupe-columns"),
		labelled("labels of 200 levels", func(o *opcodes) {
			o.index("MultiIndex", func(o *opcodes) {
				o.text("levels").op("](")
				times(200, levels)(o)
				o.op("e").text("codes").op("](")
				times(200, codes)(o)
				o.op("e").text("names").op("]")
			})
		}, 1000, "--dedupe-columns"),
		labelled("labels that are long tuples", func(o *opcodes) {
			tuple := share(func(o *opcodes) { o.op("("); times(50000, long(9))(o); o.op("t") })
			o.labels(1000, times(1000, tuple))
		}, 1000, "--dedupe-columns"),
		{name: "keys that are long tuples", data: pickleOf(func(o *opcodes) {
			tuple := share(func(o *opcodes) { o.op("("); times(50000, long(1))(o); o.op("t") })
			o.op("}(")
			for i := range 2000 {
				o.op("(")
				tuple(o)
				o.num(i).op("t](K\x01e")
			}
			o.op("u")
		})},
		{name: "long name in every record", data: pickleOf(func(o *opcodes) {
			o.op("](")
			times(100_000, share(func(o *opcodes) { o.op("}").text(strings.Repeat("n", 60000)).op("K\x01s") }))(o)
			o.op("e")
		})},
		cells("long name in every struct", 100_000, func(o *opcodes) { o.op("}").text(strings.Repeat("n", 60000)).op("K\x01s") }),
		cells("records of long keys", 100_000, func(o *opcodes) {
			o.op("}(")
			for i := range 16 {
				o.text(strings.Repeat("n", 4000) + fmt.Sprint(i+10)).op("K\x01")
			}
			o.op("u")
		}),
		{name: "rows of long keys", data: pickleOf(func(o *opcodes) {
			o.op("](")
			row := share(func(o *opcodes) {
				o.op("}(")
				for i := range 16 {
					o.text(strings.Repeat("n", 40000) + fmt.Sprint(i+10)).op("K\x01")
				}
				o.op("u")
			})
			times(100_000, row)(o)
			o.op("e")
		})},
		{name: "keys that take time to hash", data: pickleOf(func(o *opcodes) {
			key, other := long(1<<20), long(1<<20-1)
			o.op("](")
			for range 20_000 {
				o.op("}(")
				key(o)
				o.op("K\x01u}(")
				key(o)
				o.op("K\x01")
				other(o)
				o.op("K\x01u")
			}
			o.op("e")
		})},
		column("1,000 categories of 60 kB", categories(1000, 60000)),
		column("100,000 categories of 60 kB", categories(100_000, 60000)),
		column("record of one long name", func(o *opcodes) {
			name := share(text(60000, ""))
			o.buffer(func(o *opcodes) {
				o.global("numpy", "dtype").op("(").text("V8").op("\x89\x88tR(K\x03").text("|").op("N(")
				times(4000, name)(o)
				o.op("t}(")
				name(o)
				o.op("(")
				o.dtype("i8")
				o.op("K\x00tuK\x08K\x01K\x00tb")
			}, "", 0)
		}),
		{name: "million columns of no rows", data: pickleOf(func(o *opcodes) { o.buffer(simple("i8"), "", 0, 1<<20) })},
		{name: "30,000 columns of records", data: pickleOf(func(o *opcodes) {
			o.buffer(func(o *opcodes) { constructorNamed("numpy record").node(o, 1000, share(simple("i8"))) }, "", 0, 30000)
		})},
		{name: "30,000 columns of one pyarrow struct", data: pickleOf(func(o *opcodes) {
			value := share(extension(arrowArray(constructorNamed("pyarrow struct").flat(1000), 0, func(o *opcodes) {
				o.op("](Ne](")
				times(1000, share(noInts))(o)
				o.op("e")
			})))
			o.op("}(")
			for i := range 30000 {
				o.num(i)
				value(o)
			}
			o.op("u")
		})},
		column("bits by the chunk", extension(func(o *opcodes) {
			o.global("pyarrow.lib", "chunked_array").op("(](")
			times(40_000, bits)(o)
			o.op("e")
			alias("bool")(o)
			o.op("tR")
		})),
		column("nulls without end", extension(arrowArray(alias("null"), 1<<30, func(o *opcodes) { o.op("](Ne](e") }))),
		column("100,000 chunks of no rows", extension(func(o *opcodes) {
			o.global("pyarrow.lib", "chunked_array").op("(](")
			times(100_000, share(arrowArray(alias("string"), 0, func(o *opcodes) { o.op("](NNNe](e") })))(o)
			o.op("e")
			alias("string")(o)
			o.op("tR")
		})),
		column("null of a fixed list", coded(fixedList(1<<30), 1, 1)),
		column("nulls of fixed lists", coded(fixedList(1000), 60000, 1)),
		column("null of fixed binary", coded(fixedBinary(1<<29), 60000, 0)),
		column("fixed list that overflows", extension(arrowArray(fixedList(1<<30), 1<<30, func(o *opcodes) {
			o.op("](Ne](")
			noInts(o)
			o.op("e")
		}))),
		column("fixed binary that overflows", extension(func(o *opcodes) {
			o.global("pyarrow.lib", "_restore_array").op("((")
			fixedBinary(1 << 29)(o)
			o.op("\x8a\x08").u4(0).u4(8).op("K\x00K\x00](NNe](ettR") // 2^35 rows
		})),
		{name: "subarray that overflows", data: pickleOf(func(o *opcodes) {
			o.buffer(func(o *opcodes) {
				o.global("numpy", "dtype").op("(").text("V0").op("\x89\x88tR(K\x03").text("|").op("(")
				o.dtype("V1073741824")
				o.op("\x8a\x08").u4(0).u4(4).op("\x85tNNK\x00K\x01K\x00tb") // 2^34 of them
			}, "", 3)
		})},
		column("struct of nulls", func(o *opcodes) {
			o.op("](")
			wide(o)
			o.op(strings.Repeat("N", 200_000) + "e")
		}),
		column("range index", func(o *opcodes) { o.rangeIndex(1 << 30) }),
		{name: "index that is a range", data: pickleOf(func(o *opcodes) {
			o.frame(nothing, func(o *opcodes) { o.labels(0, nothing) }, func(o *opcodes) {
				o.index("RangeIndex", func(o *opcodes) {
					o.text("name").text("a").text("start").num(7).text("stop").num(4_000_000).text("step").num(1)
				})
			})
		})},
		column("list of one text that is escaped", func(o *opcodes) {
			o.op("]](")
			times(60, share(func(o *opcodes) { o.text(strings.Repeat("\x01", 1<<20)) }))(o)
			o.op("ea")
		}),
		cells("text of Python 2", 50_000, text(1<<18, "str8")),
		cells("bytes", 100_000, text(1<<20, "bytes")),
		cells("path of many parts", 100_000, call("pathlib", "PosixPath", func(o *opcodes) { times(20000, long(1))(o) })),
		cells("path of long parts", 100_000, call("pathlib", "PosixPath", times(1000, long(60000)))),
		cells("long decimal", 100_000, call("decimal", "Decimal", func(o *opcodes) { o.text("1" + strings.Repeat("0", 1<<20)) })),
		cells("decimal of many digits", 200_000, call("decimal", "Decimal", func(o *opcodes) { o.text(strings.Repeat("9", 300)) })),
		cells("large int", 300_000, func(o *opcodes) { o.op("\x8b").u4(1000).op(strings.Repeat("\x7f", 1000)) }),
		cells("long time zone", 100_000, call("pandas._libs.tslibs.timestamps", "_unpickle_timestamp", func(o *opcodes) {
			o.num(1).op("N").text(strings.Repeat("z", 60000))
		})),
		cells("long period", 100_000, call("pandas._libs.tslibs.period", "Period", func(o *opcodes) {
			o.op("N").text(strings.Repeat("0", 60000) + "M").num(1)
		})),
		column("long unit", func(o *opcodes) { o.buffer(simple("M8["+strings.Repeat("u", 60000)+"]"), "", 0) }),
		column("long side", func(o *opcodes) {
			o.with("pandas.arrays", "IntervalArray", func(o *opcodes) {
				o.text("_left").buffer(simple("i8"), "", 0).text("_right").buffer(simple("i8"), "", 0).text("_closed").text(strings.Repeat("c", 60000))
			})
		}),
		{name: "frames under long names", data: pickleOf(frames)},
		{name: "frames under long names, one chosen", data: pickleOf(frames), args: []string{"--select", strings.Repeat("y", 60000)}},
		column("attributes that are shared", func(o *opcodes) {
			o.op("](")
			for range 20_000 {
				o.global("uuid", "UUID").op(")\x81")
				attributes(o)
				o.op("b")
			}
			o.op("e")
		}),
		{name: "text that is encoded again and again", data: pickleOf(func(o *opcodes) {
			value, latin, encode := long(1<<20), share(func(o *opcodes) { o.text("latin1") }), share(func(o *opcodes) { o.global("_codecs", "encode") })
			o.op("](")
			for range 20_000 {
				encode(o)
				value(o)
				latin(o)
				o.op("\x86R")
			}
			o.op("e")
		})},
		{name: "arguments that are copied", data: pickleOf(func(o *opcodes) {
			args := share(func(o *opcodes) { o.op("(" + strings.Repeat("N", 200_000) + "t") })
			kw := share(func(o *opcodes) { o.op("}").text("k").op("Ns") })
			class := share(func(o *opcodes) { o.global("pandas", "DataFrame") })
			o.op("](")
			for range 15_000 {
				class(o)
				args(o)
				kw(o)
				o.op("\x92")
			}
			o.op("e")
		})},
		{name: "lists that are copied", data: pickleOf(func(o *opcodes) {
			list := share(func(o *opcodes) { o.op("](" + strings.Repeat("N", 200_000) + "e") })
			class := share(func(o *opcodes) { o.global("builtins", "list") })
			o.op("](")
			for range 15_000 {
				class(o)
				list(o)
				o.op("\x85R")
			}
			o.op("e")
		})},
		{name: "pairs of names", data: pickleOf(func(o *opcodes) {
			var names []func(*opcodes)
			for i := range 400 {
				names = append(names, share(func(o *opcodes) { o.text(fmt.Sprintf("pandas.%0100d", i)) }))
			}
			o.op("(")
			for _, n := range names {
				n(o)
			}
			for _, a := range names {
				for _, b := range names {
					a(o)
					b(o)
					o.op("\x93")
				}
			}
			o.op("t")
		})},
		{name: "rows of many stretches", data: pickleOf(func(o *opcodes) {
			row := share(func(o *opcodes) { o.op("]") })
			other := share(func(o *opcodes) { o.op("]") })
			o.op("](")
			for range 500 { // one item at a time, to two lists in turn
				row(o)
				o.op("K\x01a")
				other(o)
				o.op("K\x01a")
			}
			times(5000, row)(o)
			o.op("e")
		})},
		{name: "xz of a large dictionary", file: "x.pkl.xz", data: func() []byte { return xzOf(4) }},
		{name: "zstd of a large window", file: "x.pkl.zst", data: func() []byte { return zstdOf() }},
		{name: "gzip bomb", file: "x.pkl.gz", data: func() []byte { return gzipped(bomb()) }},
		{name: "tar of many folders", file: "x.tar", data: func() []byte { return folders(20_000) }},
		{name: "tar of a long name", file: "x.tar", data: func() []byte { return longName() }},
	}
}

// flat is one level of a constructor.
func (c *constructor) flat(width int) func(*opcodes) {
	leaf := share(c.leaf)
	return share(func(o *opcodes) { c.node(o, width, leaf) })
}

func bomb() []byte {
	return append([]byte("\x80\x04]."), make([]byte, 200<<20)...)
}

// xzOf is an xz file of several streams, each with a dictionary of 2^28 bytes and a
// stretch of text that is not compressed.
func xzOf(streams int) []byte {
	var b bytes.Buffer
	sum := func(p []byte) []byte { return binary.LittleEndian.AppendUint32(p, crc32.ChecksumIEEE(p)) }
	for i := range streams {
		text := []byte("\x80\x04](K\x01K\x02e.")
		if i > 0 {
			text = bytes.Repeat([]byte("x"), 1<<16)
		}
		flags := []byte{0, 1} // CRC32
		b.WriteString("\xfd7zXZ\x00")
		b.Write(flags)
		b.Write(binary.LittleEndian.AppendUint32(nil, crc32.ChecksumIEEE(flags)))
		const dictionary = 32 // 2 << (32/2 + 11)
		block := sum([]byte{2, 0, 0x21, 1, dictionary, 0, 0, 0})
		block = append(block, 1)
		block = binary.BigEndian.AppendUint16(block, uint16(len(text)-1))
		block = append(append(block, text...), 0)
		size := len(block)
		block = append(block, make([]byte, -len(block)&3)...)
		block = binary.LittleEndian.AppendUint32(block, crc32.ChecksumIEEE(text))
		b.Write(block)
		index := binary.AppendUvarint([]byte{0, 1}, uint64(size+4))
		index = binary.AppendUvarint(index, uint64(len(text)))
		index = sum(append(index, make([]byte, -len(index)&3)...))
		b.Write(index)
		footer := append(binary.LittleEndian.AppendUint32(nil, uint32(len(index)/4-1)), flags...)
		b.Write(binary.LittleEndian.AppendUint32(nil, crc32.ChecksumIEEE(footer)))
		b.Write(footer)
		b.WriteString("YZ")
	}
	return b.Bytes()
}

// zstdOf is a zstd file with a window of 2^27 bytes.
func zstdOf() []byte {
	const text, window = "\x80\x04](K\x01K\x02e.", 27
	b := []byte{0x28, 0xb5, 0x2f, 0xfd, 0, (window - 10) << 3}
	const last, raw = 1, 0
	block := uint16(last | raw<<1 | len(text)<<3)
	return append(append(binary.LittleEndian.AppendUint16(b, block), 0), text...)
}

func folders(n int) []byte {
	var b bytes.Buffer
	for i := range n {
		header(&b, '5', fmt.Sprint("d", i, "/"), "")
	}
	b.Write(make([]byte, 1024))
	return b.Bytes()
}

func longName() []byte {
	var b bytes.Buffer
	header(&b, 'x', "PaxHeaders/x", paxRecord("path", strings.Repeat("n", 1<<19)))
	header(&b, '2', "x", "")
	b.Write(make([]byte, 1024))
	return b.Bytes()
}
