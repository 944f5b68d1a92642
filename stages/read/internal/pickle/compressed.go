package pickle

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/pickshard/pickshard/stages/read/internal/packed"
)

// Unpack looks at the first bytes of in and returns the pickle inside: in itself,
// or a stream when it is compressed (gzip, bzip2, xz, zstd) or an archive (zip,
// tar) that holds exactly one file. Names play no part. kind is empty for a bare
// pickle, else such as "gzip" or "tar+xz". What decompression may yield is bounded
// by limits. Other kinds of files are refused by name ([ForeignError]).
func Unpack(in Input, limits Limits) (out Input, kind string, err error) {
	limits = limits.WithDefaults()
	head, err := in.head()
	if err != nil {
		return in, "", fmt.Errorf("read pickle: %w", err)
	}
	if e := foreignHead(head); e != nil {
		return in, "", e
	}
	if kind = packed.Kind(head); kind == "" {
		return in, "", nil
	}
	r, kind, err := packed.Open(kind, packed.Source{At: in.At, Size: in.Size, Stream: in.Stream},
		packed.Limits{Base: limits.ExpandBase, Ratio: limits.ExpandRatio})
	if err != nil {
		return in, kind, unpackError(err)
	}
	r = packed.Translated(r, unpackError)
	if in.At == nil && kind != "zip" { // a zip has been read whole
		r = live{r}
	}
	return Input{Name: in.Name, unpacked: true, Stream: r}, kind, nil
}

// head returns the first bytes of an input and makes sure that a stream gives them
// again.
func (in *Input) head() ([]byte, error) {
	if in.At == nil {
		br := bufio.NewReaderSize(in.Stream, windowSize)
		in.Stream = br
		head, err := br.Peek(packed.Sniffed)
		if errors.Is(err, io.EOF) {
			err = nil
		}
		return head, err
	}
	head := make([]byte, packed.Sniffed)
	n, err := in.At.ReadAt(head, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	return head[:min(int64(n), in.Size)], nil
}

// unpackError makes an error of package packed one of this package.
func unpackError(err error) error {
	var limit *packed.LimitError
	var members *packed.MembersError
	switch {
	case errors.As(err, &limit):
		return &LimitError{Bound: BoundExpand, Max: limit.Max, Offset: -1, Detail: limit.Detail}
	case errors.As(err, &members):
		return &ForeignError{What: members.What, Hint: members.Hint}
	case errors.Is(err, packed.ErrTruncated):
		return fmt.Errorf("%w (%w)", ErrTruncated, err)
	case errors.Is(err, packed.ErrMalformed):
		return fmt.Errorf("%w (%w)", ErrMalformed, err)
	}
	return err
}

// nameInstead is what to do about a file that holds no records.
const nameInstead = "name the file that holds the records instead"

// foreignHead knows other kinds of files by their first bytes.
func foreignHead(head []byte) error {
	is := func(magic string) bool { return bytes.HasPrefix(head, []byte(magic)) }
	f := func(what, hint string) error { return &ForeignError{What: what, Hint: hint} }
	const convert = "read it with the library that wrote it and write the table with DataFrame.to_pickle"
	switch {
	case is("\x93NUMPY"):
		return f("NumPy .npy file", "load it with numpy.load and pickle the array, or a DataFrame of it")
	case is("\x80\x02\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19."):
		return f("PyTorch file (before 1.6)", "it holds tensors; write the table itself with DataFrame.to_pickle")
	case is("PAR1"):
		return f("Parquet file", convert)
	case is("ARROW1"), is("FEA1"):
		return f("Arrow or Feather file", convert)
	case is("\x89HDF\r\n"):
		return f("HDF5 file", convert)
	case is("SQLite format 3"):
		return f("SQLite database", convert)
	case is("7z\xbc\xaf\x27\x1c"):
		return f("7-Zip archive", "unpack it first")
	case is("]\x00\x00"): // as a pickle, an empty list and no opcode
		return f("LZMA file of the old kind (.lzma)", "unpack it first, with `xz --format=lzma -dk FILE`, or write it as .xz")
	case is("ZF0x"), is("x\x9c"), is("x\xda"), is("x\x01"), is("x\x5e"):
		return f("zlib stream, most likely a compressed joblib dump", "load it with joblib.load and write it again with DataFrame.to_pickle")
	case is("\x89PNG"), is("\xff\xd8\xff"), is("GIF8"), is("%PDF"):
		return f("picture or document", nameInstead)
	case is("<html"), is("<!DOCTYPE html"), is("<!doctype html"):
		return f("HTML page", "the server answered with a page where the file was asked for: download it again")
	case is("<?xml"), is("<!DOCTYPE"), is("<Error"):
		return f("XML document", nameInstead)
	case is("{\""), is("{\n"), is("[{"):
		return f("JSON document", nameInstead)
	case is("version https://git-lfs"):
		return f("Git LFS pointer", "the data were not downloaded: git lfs pull")
	}
	return nil
}
