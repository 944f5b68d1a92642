package pickle

import (
	"archive/tar"
	"archive/zip"
	"bufio"
	"bytes"
	"compress/bzip2"
	"errors"
	"fmt"
	"io"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"github.com/ulikunitz/xz"
)

// sniffed is how many bytes tell the kind of a file: up to the magic of tar.
const sniffed = 512

// Unpack looks at the first bytes of in and returns the pickle inside: in itself,
// or a stream when it is compressed (gzip, bzip2, xz, zstd) or an archive (zip,
// tar) that holds exactly one file. Names play no part. kind is empty for a bare
// pickle, else such as "gzip" or "tar+xz". What decompression may yield is bounded
// by limits. Other kinds of files are refused by name ([ForeignError]).
func Unpack(in Input, limits Limits) (out Input, kind string, err error) {
	out, kind, err = unpack(in, limits.WithDefaults())
	if in.At == nil && out.unpacked && kind != "zip" { // a zip has been read whole
		out.Stream = live{out.Stream}
	}
	return out, kind, err
}

func unpack(in Input, limits Limits) (out Input, kind string, err error) {
	if out, kind, err = unpackOnce(in, limits); err != nil || kind == "" || kind == "tar" {
		return out, kind, err
	}
	if kind == "zip" {
		return out, kind, err
	}
	// A compressed tar. The buffer is no larger than what is looked at: xz reads a
	// pipe until all of it is full.
	br := bufio.NewReaderSize(out.Stream, sniffed)
	out.Stream = br
	head, _ := br.Peek(sniffed)
	if !isTar(head) {
		return out, kind, nil
	}
	out, err = openTar(out)
	return out, "tar+" + kind, err
}

func unpackOnce(in Input, limits Limits) (Input, string, error) {
	head := make([]byte, sniffed)
	if in.At != nil {
		n, err := in.At.ReadAt(head, 0)
		if err != nil && !errors.Is(err, io.EOF) {
			return in, "", fmt.Errorf("read pickle: %w", err)
		}
		head = head[:min(int64(n), in.Size)]
	} else {
		br := bufio.NewReaderSize(in.Stream, windowSize)
		in.Stream = br
		var err error
		if head, err = br.Peek(sniffed); err != nil && !errors.Is(err, io.EOF) {
			return in, "", fmt.Errorf("read pickle: %w", err)
		}
	}
	if e := foreignHead(head); e != nil {
		return in, "", e
	}
	kind := compression(head)
	if kind == "" {
		return in, "", nil
	}
	if kind == "zip" {
		out, err := openZip(in, limits)
		return out, kind, err
	}
	raw := in.Stream
	if in.At != nil {
		raw = bufio.NewReaderSize(io.NewSectionReader(in.At, 0, in.Size), windowSize)
	}
	if kind == "tar" {
		out, err := openTar(Input{Name: in.Name, Stream: raw})
		return out, kind, err
	}
	packed := &counter{r: raw}
	plain, err := decompressor(kind, packed)
	if err != nil {
		return in, kind, fmt.Errorf("open %s: %w", kind, err)
	}
	return Input{Name: in.Name, unpacked: true, Stream: &expander{r: plain, kind: kind, packed: packed, limits: limits}}, kind, nil
}

// compression names the format of a file by its magic bytes, empty for none.
func compression(head []byte) string {
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
	case isTar(head):
		return "tar"
	}
	return ""
}

func isTar(head []byte) bool {
	return len(head) >= 262 && string(head[257:262]) == "ustar"
}

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
	case is("ZF0x"), is("x\x9c"), is("x\xda"), is("x\x01"), is("x\x5e"):
		return f("zlib stream, most likely a compressed joblib dump", "load it with joblib.load and write it again with DataFrame.to_pickle")
	case is("\x89PNG"), is("\xff\xd8\xff"), is("GIF8"), is("%PDF"):
		return f("picture or document", "name the pickle instead")
	case is("{\""), is("{\n"), is("[{"), is("<?xml"), is("<html"), is("<!DOCTYPE"):
		return f("text file (JSON, XML or HTML)", "name the pickle instead")
	case is("version https://git-lfs"):
		return f("Git LFS pointer", "the data were not downloaded: git lfs pull")
	}
	return nil
}

// mostWindow is the largest window of zstd (--long=27 asks for half of it) and
// dictionary of xz (-9 asks for a quarter) that is decoded.
const mostWindow = 256 << 20

// decompressor opens a stream. Sizes that headers claim are bounded before any
// memory of that size is asked for.
func decompressor(kind string, r io.Reader) (io.Reader, error) {
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
		return xz.NewReader(newXZGuard(r))
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
	if most := e.limits.ExpandBase + e.limits.ExpandRatio*e.packed.n; e.n > most {
		return 0, &LimitError{Bound: BoundExpand, Max: most, Offset: -1,
			Detail: fmt.Sprintf("%d bytes of %s gave %d; raise the limit if the file is trusted", e.packed.n, e.kind, e.n)}
	}
	if err != nil && !errors.Is(err, io.EOF) {
		if errors.Is(err, zstd.ErrWindowSizeExceeded) {
			return n, &LimitError{Bound: BoundExpand, Max: mostWindow, Offset: -1, Detail: "zstd window size"}
		}
		if errors.Is(err, io.ErrUnexpectedEOF) {
			return n, fmt.Errorf("decompress %s: the file ends early: %w", e.kind, ErrTruncated)
		}
		return n, fmt.Errorf("decompress %s: %w", e.kind, err)
	}
	return n, err
}

// openZip opens the one file of a zip archive.
func openZip(in Input, limits Limits) (Input, error) {
	if in.At == nil {
		data, err := io.ReadAll(io.LimitReader(in.Stream, mostZipStream+1))
		if err != nil {
			return in, fmt.Errorf("read zip: %w", err)
		}
		if len(data) > mostZipStream {
			return in, &LimitError{Bound: BoundExpand, Max: mostZipStream, Offset: -1, Detail: "a zip archive from a stream; name the file instead"}
		}
		in = Input{Name: in.Name, At: bytes.NewReader(data), Size: int64(len(data))}
	}
	z, err := zip.NewReader(in.At, in.Size)
	if err != nil {
		return in, fmt.Errorf("open zip: %w", err)
	}
	var only *zip.File
	files := 0
	for _, f := range z.File {
		if f.FileInfo().IsDir() {
			continue
		}
		if what := foreignMember(f.Name); what != "" {
			return in, &ForeignError{What: what, Hint: "it holds arrays or tensors; write the table itself with DataFrame.to_pickle"}
		}
		only, files = f, files+1
	}
	if files != 1 {
		return in, &ForeignError{What: fmt.Sprintf("zip archive of %d files", files), Hint: "an archive must hold exactly one pickle"}
	}
	if only.Flags&1 != 0 {
		return in, &ForeignError{What: "zip archive with a password", Hint: "unpack it first"}
	}
	r, err := only.Open()
	if err != nil {
		return in, fmt.Errorf("open %q in zip: %w", only.Name, err)
	}
	packed := &counter{n: int64(min(only.CompressedSize64, uint64(in.Size)))}
	return Input{Name: in.Name, unpacked: true, Stream: &expander{r: r, kind: "zip", packed: packed, limits: limits}}, nil
}

// mostZipStream bounds a zip archive that comes as a stream: its directory is at
// the end, so it is held in memory.
const mostZipStream = 64 << 20

// foreignMember knows PyTorch files and npz archives by their members.
func foreignMember(name string) string {
	b := []byte(name)
	switch {
	case bytes.HasSuffix(b, []byte("/data.pkl")), bytes.HasSuffix(b, []byte("/byteorder")), bytes.HasSuffix(b, []byte("constants.pkl")):
		return "PyTorch file"
	case bytes.HasSuffix(b, []byte(".npy")):
		return "NumPy .npz archive"
	}
	return ""
}

// openTar opens the one file of a tar archive. That there is no second one is
// known only at its end, where reading it fails.
func openTar(in Input) (Input, error) {
	t := tar.NewReader(in.Stream)
	if err := nextFile(t); err != nil {
		if errors.Is(err, io.EOF) {
			return in, &ForeignError{What: "tar archive of 0 files", Hint: "an archive must hold exactly one pickle"}
		}
		return in, fmt.Errorf("open tar: %w", err)
	}
	return Input{Name: in.Name, unpacked: true, Stream: &onlyMember{t: t}}, nil
}

// nextFile moves to the next regular file.
func nextFile(t *tar.Reader) error {
	for {
		h, err := t.Next()
		if err != nil {
			return err
		}
		switch h.Typeflag {
		case tar.TypeReg:
			return nil
		case tar.TypeDir, tar.TypeXGlobalHeader:
		default:
			return fmt.Errorf("member %q is no regular file", h.Name)
		}
	}
}

// onlyMember reads a member and makes sure that none follows.
type onlyMember struct {
	t    *tar.Reader
	done bool
}

func (m *onlyMember) Read(b []byte) (int, error) {
	if m.done {
		return 0, io.EOF
	}
	n, err := m.t.Read(b)
	if n > 0 || err == nil || !errors.Is(err, io.EOF) {
		if err != nil && !errors.Is(err, io.EOF) {
			return n, fmt.Errorf("read tar: %w", err)
		}
		return n, nil
	}
	m.done = true
	switch err := nextFile(m.t); {
	case err == nil:
		return 0, &ForeignError{What: "tar archive of several files", Hint: "an archive must hold exactly one pickle"}
	case !errors.Is(err, io.EOF):
		return 0, fmt.Errorf("read tar: %w", err)
	}
	return 0, io.EOF
}
