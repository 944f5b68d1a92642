package packed

import (
	"bufio"
	"bytes"
	"compress/bzip2"
	"errors"
	"fmt"
	"io"
	"math"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"github.com/ulikunitz/xz"
)

// Sniffed is how many bytes tell the kind of a file: up to the magic of tar.
const Sniffed = 512

// mostWindow is the largest window of zstd (--long=27 asks for half of it) and
// dictionary of xz that is decoded. xz makes its dictionary at once, and one for each
// block: what is larger than that of -9 must be paid for by the file's size.
const (
	mostWindow     = 256 << 20
	freeDictionary = 64 << 20
)

// Limits bound what unpacking may yield: Base + Ratio × packed bytes.
type Limits struct {
	Base, Ratio int64
}

// most is what so many packed bytes may yield.
func (l Limits) most(packed int64) int64 {
	if l.Ratio > 0 && packed > (math.MaxInt64-l.Base)/l.Ratio {
		return math.MaxInt64
	}
	return l.Base + l.Ratio*packed
}

// Source is a packed file: random access, or a stream where At is nil.
type Source struct {
	At     io.ReaderAt
	Size   int64
	Stream io.Reader
}

// Kind names the format of a file by its first bytes: gzip, bzip2, xz, zstd, zip or
// tar; empty for none of them.
func Kind(head []byte) string {
	switch {
	case bytes.HasPrefix(head, []byte{0x1f, 0x8b}):
		return "gzip"
	case bytes.HasPrefix(head, []byte("BZh")) && len(head) > 3 && head[3] >= '1' && head[3] <= '9':
		return "bzip2"
	case bytes.HasPrefix(head, []byte{0xfd, '7', 'z', 'X', 'Z', 0}):
		return "xz"
	case bytes.HasPrefix(head, []byte{0x28, 0xb5, 0x2f, 0xfd}):
		return "zstd"
	case bytes.HasPrefix(head, []byte("PK\x03\x04")), bytes.HasPrefix(head, []byte("PK\x05\x06")):
		return "zip"
	case len(head) >= 262 && string(head[257:262]) == "ustar":
		return "tar"
	}
	return ""
}

// Open returns what is inside a file of a kind that [Kind] told, as a stream, and
// the kind as a whole: of a compressed tar, "tar+gzip". That nothing else is inside
// may show only at its end, so the stream is to be read to io.EOF.
func Open(kind string, s Source, limits Limits) (io.Reader, string, error) {
	if kind == "zip" {
		r, err := openZip(s, limits)
		return r, kind, err
	}
	raw := s.Stream
	if s.At != nil {
		raw = bufio.NewReaderSize(io.NewSectionReader(s.At, 0, s.Size), 64<<10)
	}
	if kind == "tar" {
		r, err := openTar(raw)
		return r, kind, err
	}
	in := &counter{r: raw}
	plain, err := decompressor(kind, in, min(mostWindow, max(freeDictionary, limits.most(s.Size))))
	if err != nil {
		return nil, kind, fmt.Errorf("open %s: %w", kind, truncated(err))
	}
	// The buffer is no larger than what is looked at: xz reads a pipe until all of
	// it is full.
	br := bufio.NewReaderSize(&expander{r: plain, kind: kind, packed: in, limits: limits}, Sniffed)
	head, _ := br.Peek(Sniffed)
	if Kind(head) != "tar" {
		return br, kind, nil
	}
	r, err := openTar(br)
	return r, "tar+" + kind, err
}

// decompressor opens a stream. Sizes that headers claim are bounded before any
// memory of that size is asked for.
func decompressor(kind string, r io.Reader, dictionary int64) (io.Reader, error) {
	switch kind {
	case "gzip":
		return gzip.NewReader(r)
	case "bzip2":
		return bzip2.NewReader(r), nil
	case "zstd":
		d, err := zstd.NewReader(r, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true),
			zstd.WithDecoderMaxWindow(mostWindow), zstd.WithDecoderMaxMemory(1<<40))
		if err != nil {
			return nil, err
		}
		return d.IOReadCloser(), nil
	case "xz":
		return xz.NewReader(newXZGuard(r, dictionary))
	}
	return nil, fmt.Errorf("%s is not known", kind)
}

// counter counts the bytes read through it.
type counter struct {
	r io.Reader
	n int64
}

func (c *counter) Read(b []byte) (int, error) {
	n, err := c.r.Read(b)
	c.n += int64(n)
	return n, err
}

// expander bounds what a decompressor yields.
type expander struct {
	r      io.Reader
	kind   string
	packed *counter
	n      int64
	limits Limits
}

func (e *expander) Read(b []byte) (int, error) {
	n, err := e.r.Read(b)
	e.n += int64(n)
	if most := e.limits.most(e.packed.n); e.n > most {
		return 0, &LimitError{Max: most,
			Detail: fmt.Sprintf("%d bytes of %s gave %d; raise the limit if the file is trusted", e.packed.n, e.kind, e.n)}
	}
	if err != nil && !errors.Is(err, io.EOF) {
		if errors.Is(err, zstd.ErrWindowSizeExceeded) {
			return n, &LimitError{Max: mostWindow, Detail: "zstd window size"}
		}
		return n, fmt.Errorf("decompress %s: %w", e.kind, truncated(err))
	}
	return n, err
}

func truncated(err error) error {
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return ErrTruncated
	}
	return err
}
