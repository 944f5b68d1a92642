package read

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/pickshard/pickshard/stages/read/internal/packed"
)

// HeadBytes is how many of a file's first bytes readers look at to know their own:
// enough for a few lines of text.
const HeadBytes = 64 << 10

// Input is where a file of records is read from: random access (At and Size), or a
// stream.
type Input struct {
	Name   string      // what messages call it: a path, or "standard input"
	At     io.ReaderAt // nil for a stream; for use by several goroutines, as of a file
	Size   int64       // bytes in At
	Stream io.Reader   // used when At is nil
}

// File is a file of records that is open, with its packing taken off. It is closed by
// who opened it; the Input is not.
type File struct {
	// Input is the file as it lies, packed or not. A stream has given its first
	// bytes to Head, and is to be read from here.
	Input Input
	// Compression says how the file is packed ([packed.Open]), empty if it is not.
	Compression string
	// Head is the first bytes without packing, at most HeadBytes.
	Head []byte

	limits packed.Limits
	spool  *os.File // what was unpacked, or came through a stream
	size   int64    // of spool
}

// OpenFile opens a file and looks at its first bytes. Of a stream no more is read
// than these before they are asked for.
func OpenFile(in Input, limits Limits) (*File, error) {
	limits = limits.WithDefaults()
	f := &File{Input: in, limits: packed.Limits{Base: limits.ExpandBase, Ratio: limits.ExpandRatio}}
	head, err := f.peek()
	if err == nil {
		f.Compression = packed.Kind(head)
	}
	switch {
	case err != nil:
	case f.Compression == "":
		f.Head = head
	case in.At == nil: // a stream is unpacked once
		err = f.unpackStream()
	default:
		var r io.Reader
		if r, err = f.unpack(); err == nil {
			f.Head, err = readHead(r)
		}
	}
	if err != nil {
		return nil, &FileError{File: in.Name, Err: err}
	}
	return f, nil
}

// Close gives back what the file took: a temporary copy of what was unpacked.
func (f *File) Close() error {
	if f.spool == nil {
		return nil
	}
	err := f.spool.Close()
	_ = os.Remove(f.spool.Name()) // gone already, but on Windows
	f.spool = nil
	return err
}

// BareName is the file's name in lower case without what says that it is compressed.
func (f *File) BareName() string {
	name := strings.ToLower(path.Base(filepath.ToSlash(f.Input.Name)))
	for _, ext := range []string{".gz", ".zst", ".zstd", ".xz", ".bz2", ".zip", ".tar"} {
		name = strings.TrimSuffix(name, ext)
	}
	return name
}

func (f *File) peek() ([]byte, error) {
	if f.Input.At != nil {
		return readHead(io.NewSectionReader(f.Input.At, 0, f.Input.Size))
	}
	br := bufio.NewReaderSize(f.Input.Stream, HeadBytes)
	f.Input.Stream = br
	_, err := br.Peek(packed.Sniffed) // no more: a pipe may wait for who reads it
	if errors.Is(err, io.EOF) {
		err = nil
	}
	head, _ := br.Peek(br.Buffered())
	return bytes.Clone(head), err
}

func readHead(r io.Reader) ([]byte, error) {
	head := make([]byte, HeadBytes)
	n, err := io.ReadFull(r, head)
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		err = nil
	}
	return head[:n], err
}

// unpack opens what is inside a packed file.
func (f *File) unpack() (io.Reader, error) {
	kind, _, _ := strings.Cut(reversed(f.Compression), "+")
	r, whole, err := packed.Open(kind, packed.Source{At: f.Input.At, Size: f.Input.Size, Stream: f.Input.Stream}, f.limits)
	f.Compression = whole
	if err != nil {
		return nil, unpackError(err)
	}
	return packed.Translated(r, unpackError), nil
}

// reversed turns "tar+gzip" into "gzip+tar": the outermost first.
func reversed(kind string) string {
	if inner, outer, ok := strings.Cut(kind, "+"); ok {
		return outer + "+" + inner
	}
	return kind
}

func (f *File) unpackStream() error {
	r, err := f.unpack()
	if err != nil {
		return err
	}
	if f.Head, err = readHead(r); err != nil {
		return err
	}
	return f.keep(io.MultiReader(bytes.NewReader(f.Head), r))
}

// Reader returns the file from its beginning, without packing. It may be called any
// number of times; each reader is its own.
func (f *File) Reader() (io.Reader, error) {
	if f.spool == nil && f.Input.At != nil && f.Compression != "" {
		return f.unpack()
	}
	at, size, err := f.ReaderAt()
	if err != nil {
		return nil, err
	}
	return io.NewSectionReader(at, 0, size), nil
}

// ReaderAt returns the file without packing for random access, and its size. What is
// packed, or comes through a stream, is first copied into a temporary file.
func (f *File) ReaderAt() (io.ReaderAt, int64, error) {
	switch {
	case f.spool != nil:
	case f.Input.At != nil && f.Compression == "":
		return f.Input.At, f.Input.Size, nil
	case f.Input.At != nil:
		r, err := f.unpack()
		if err == nil {
			err = f.keep(r)
		}
		if err != nil {
			return nil, 0, err
		}
	default:
		if err := f.keep(f.Input.Stream); err != nil {
			return nil, 0, err
		}
	}
	return f.spool, f.size, nil
}

// keep copies r into a temporary file without a name.
func (f *File) keep(r io.Reader) (err error) {
	f.spool, err = os.CreateTemp("", "pickshard-*")
	if err != nil {
		return fmt.Errorf("keep what was unpacked: %w", err)
	}
	_ = os.Remove(f.spool.Name()) // systems that cannot do so yet do it in Close
	f.size, err = io.Copy(f.spool, r)
	return err
}

// unpackError makes an error of package packed one of this package.
func unpackError(err error) error {
	var limit *packed.LimitError
	var members *packed.MembersError
	switch {
	case errors.As(err, &limit):
		return OverLimit("decompression above %d bytes: %s", limit.Max, limit.Detail)
	case errors.As(err, &members):
		return NotTable("this is a %s: %s", members.What, members.Hint)
	case errors.Is(err, packed.ErrTruncated):
		return fmt.Errorf("%w (%w)", ErrTruncated, err)
	case errors.Is(err, packed.ErrMalformed):
		return fmt.Errorf("%w (%w)", ErrMalformed, err)
	}
	return err
}
