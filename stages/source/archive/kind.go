package archive

import (
	"bytes"
	"context"
	"io"

	"github.com/pickshard/pickshard/pipeline"
)

// contents is what is known of an archive: its members, and how they are read.
type contents struct {
	*index
	body body
}

// body reads members. Its file is the archive, open.
type body interface {
	// read reads member i into dst, which has its size. cached: memory held all of it.
	read(b *buffers, file io.ReaderAt, i uint32, dst []byte) (cached bool, err error)
	// open opens member i for reading at offsets, for as long as file is open.
	open(ctx context.Context, b *buffers, file io.ReaderAt, i uint32, streams *segments) (io.ReaderAt, error)
	// bytes is about what it takes of memory.
	bytes() int64
}

// What other files begin with.
var magics = []struct{ magic, what, hint string }{
	{"(\xb5\x2f\xfd", "compressed by zstd", "`zstd -d` makes a .tar of a .tar.zst"},
	{"\xfd7zXZ\x00", "compressed by xz", "`xz -d` makes a .tar of a .tar.xz"},
	{"BZh", "compressed by bzip2", "`bzip2 -d` makes a .tar of a .tar.bz2"},
	{"7z\xbc\xaf\x27\x1c", "a 7z archive", "unpack it and make a .zip or .tar"},
	{"Rar!\x1a\x07", "a RAR archive", "unpack it and make a .zip or .tar"},
}

// readContents tells what archive a file is, and lists its members.
func readContents(ctx context.Context, file io.ReaderAt, size int64, streams *segments) (*contents, error) {
	head := make([]byte, min(size, tarBlock))
	if err := readFull(file, head, 0); err != nil {
		return nil, err
	}
	begins := func(magic string) bool { return bytes.HasPrefix(head, []byte(magic)) }
	switch {
	case len(head) == 0:
		return nil, damaged("it is empty; zip, tar and tar.gz are read")
	case begins(localMagic), begins(endMagic), begins("PK00" + localMagic):
		return zipContents(ctx, file, size)
	case begins("PK\x07\x08"):
		return nil, damaged("it is the first part of a spanned archive; join its parts with `zip -s 0 FIRST.zip --out WHOLE.zip`")
	case begins("\x1f\x8b"):
		return gzipContents(ctx, file, size, streams)
	case isTar(head):
		x, err := openTar(ctx, &plainTar{file: file, size: size})
		if err != nil {
			return nil, err
		}
		return &contents{x, tarBody{index: x}}, nil
	}
	for _, m := range magics {
		if begins(m.magic) {
			return nil, damaged("it is %s; zip, tar and tar.gz are read: %s", m.what, m.hint)
		}
	}
	// A zip may stand behind something else, such as a program that unpacks it.
	if c, err := zipContents(ctx, file, size); err != errNoEnd {
		return c, err
	}
	if len(head) == tarBlock && allZero(head) {
		return &contents{&index{}, tarBody{index: &index{}}}, nil
	}
	return nil, damaged("it is not an archive: it begins with % x, and has no zip's directory at its end; zip, tar and tar.gz are read", head[:min(8, len(head))])
}

func zipContents(ctx context.Context, file io.ReaderAt, size int64) (*contents, error) {
	x, err := openZip(ctx, file, size)
	if err != nil {
		return nil, err
	}
	return &contents{x, zipBody{x}}, nil
}

const tarBlock = 512

// allZero says whether a block ends a tar: one that begins so is empty.
func allZero(block []byte) bool { return len(bytes.Trim(block, "\x00")) == 0 }

// isTar says whether a file's first block is a tar's header, by its sum.
func isTar(block []byte) bool {
	if len(block) < tarBlock {
		return false
	}
	sum, signed := int64(0), int64(0)
	for i, c := range block {
		if i >= 148 && i < 156 { // the sum's own field counts as blanks
			c = ' '
		}
		sum += int64(c)
		signed += int64(int8(c)) // as some old programs counted
	}
	if sum == 8*' ' {
		return false
	}
	want := int64(0)
	for _, c := range bytes.Trim(block[148:156], " \x00") {
		if c < '0' || c > '7' {
			return false
		}
		want = want<<3 | int64(c-'0')
	}
	return want == sum || want == signed
}

// sameArchive compares what an archive is with what it was.
func sameArchive(a, b pipeline.FileStat) bool {
	return a.Size == b.Size && a.ModTime.Equal(b.ModTime) && a.Changed.Equal(b.Changed)
}
