package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"fmt"
	"strings"
)

// attack is a file that is made to cost more than its size should.
type attack struct {
	name string
	file string // pickle.pkl, if empty
	data func() []byte
	args []string // flags of inspect and cat
}

// long is a text that is shared: its places are what costs.
func long(n int) func(*opcodes) {
	return share(func(o *opcodes) { o.text(strings.Repeat("x", n)) })
}

// reported are attacks that once took all memory.
func reported() []attack {
	dict := constructorNamed("dict")
	record := constructorNamed("numpy record")
	inCells := func(v func(*opcodes)) func() []byte {
		return pickleOf(func(o *opcodes) { o.op("}").text("a").op("]"); v(o); o.op("as") })
	}
	asTable := func(v func(*opcodes)) func() []byte { return pickleOf(func(o *opcodes) { v(o) }) }
	return []attack{
		{name: "type that doubles, 20 levels", data: inCells(dict.nested(20, 2))},
		{name: "type that doubles, 24 levels", data: inCells(dict.nested(24, 2))},
		{name: "dtypes of 2 by 256 fields", data: asTable(record.nested(2, 256))},
		{name: "dtypes of 2 by 4096 fields", data: asTable(record.nested(2, 4096))},
		{name: "dtypes of 3 by 4096 fields", data: asTable(record.nested(3, 4096))},
		{name: "sparse member of 3 GB", file: "x.tar", data: func() []byte { return sparseTar(3 << 30) }},
		{name: "sparse member with 8 TB behind STOP", file: "x.tar", data: func() []byte { return sparseTar(8 << 40) }},
		{name: "sparse member in gzip", file: "x.tar.gz", data: func() []byte { return gzipped(sparseTar(3 << 30)) }},
		{name: "a hundred thousand cells of one text", data: pickleOf(func(o *opcodes) {
			o.op("}").text("a").op("](")
			times(100_000, long(1<<18))(o)
			o.op("es")
		})},
	}
}

func constructorNamed(name string) *constructor {
	for _, c := range constructors() {
		if c.name == name {
			return &c
		}
	}
	panic("no constructor " + name)
}

// sparseTar is a tar of one member in the sparse format 1.0 of GNU tar: its map,
// here one stretch at the beginning, is followed by what is there of a file of the
// size.
func sparseTar(size int64) []byte {
	const data = "\x80\x04]."
	sparse := fmt.Sprintf("1\n0\n%d\n", len(data))
	content := sparse + strings.Repeat("\x00", 512-len(sparse)) + data
	var b bytes.Buffer
	var records strings.Builder
	for _, r := range [][2]string{{"GNU.sparse.major", "1"}, {"GNU.sparse.minor", "0"}, {"GNU.sparse.name", "x.pkl"}, {"GNU.sparse.realsize", fmt.Sprint(size)}} {
		records.WriteString(paxRecord(r[0], r[1]))
	}
	header(&b, tar.TypeXHeader, "PaxHeaders/x.pkl", records.String())
	header(&b, tar.TypeReg, "GNUSparseFile/x.pkl", content)
	b.Write(make([]byte, 1024))
	return b.Bytes()
}

// header writes a header of a tar and its content by hand, as package tar does not
// write sparse files.
func header(b *bytes.Buffer, kind byte, name, content string) {
	h := make([]byte, 512)
	copy(h, name)
	copy(h[100:], "0000644\x000000000\x000000000\x00")
	copy(h[124:], fmt.Sprintf("%011o\x00%011o\x00        ", len(content), 0))
	h[156] = kind
	copy(h[257:], "ustar\x0000")
	sum := 0
	for _, c := range h {
		sum += int(c)
	}
	copy(h[148:], fmt.Sprintf("%06o\x00 ", sum))
	b.Write(h)
	b.WriteString(content)
	b.Write(make([]byte, -len(content)&511))
}

func paxRecord(key, value string) string {
	for n := len(key) + len(value) + 2; ; n++ {
		if r := fmt.Sprintf("%d %s=%s\n", n, key, value); len(r) == n {
			return r
		}
	}
}

func gzipped(data []byte) []byte {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, _ = w.Write(data)
	_ = w.Close()
	return b.Bytes()
}
