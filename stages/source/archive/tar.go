package archive

import (
	"archive/tar"
	"context"
	"errors"
	"io"
	"path"
	"strings"

	"github.com/pickshard/pickshard/pipeline"
)

// counted is a reader that knows where it is.
type counted interface {
	io.Reader
	Offset() int64
}

// openTar lists the members of a tar by reading its headers, one after another.
func openTar(ctx context.Context, r counted) (*index, error) {
	x := &index{}
	tr := tar.NewReader(r)
	last := "its first header"
	for n := int64(0); ; n++ {
		if n%1024 == 0 && ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		h, err := tr.Next()
		if err == io.EOF {
			x.finish()
			return x, nil
		}
		if err != nil && ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		if err != nil {
			return nil, placed(tarError(err), "header behind %s, at about byte %s", last, pipeline.Grouped(r.Offset()))
		}
		e, ok := tarEntry(h, r.Offset())
		if !ok {
			continue
		}
		if err := x.add(e); err != nil {
			return nil, err
		}
		last = "member " + pipeline.Printable(h.Name)
	}
}

func tarError(err error) error {
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF):
		return damaged("the archive is cut there; fetch it again")
	case errors.Is(err, tar.ErrHeader):
		return damaged("what stands there is not a header of a tar: the archive is damaged; fetch or make it again")
	case errors.Is(err, tar.ErrFieldTooLong):
		return damaged("a field of more than a megabyte: such a tar is damaged or made to do harm")
	}
	return err
}

// tarEntry is the member of a header whose content begins at offset; ok is false for
// what has no name that can be asked for.
func tarEntry(h *tar.Header, offset int64) (e *entry, ok bool) {
	name, err := cleanName(h.Name)
	if err != nil {
		return nil, false
	}
	e = &entry{name: name, offset: offset, size: h.Size, packed: h.Size}
	switch h.Typeflag {
	case tar.TypeReg, tar.TypeCont:
		if isSparseTar(h) {
			e.kind = isSparse
		}
	case tar.TypeGNUSparse:
		e.kind = isSparse
	case tar.TypeDir:
		e.kind = isFolder
	case tar.TypeLink:
		e.kind, e.target = isLink, h.Linkname
	case tar.TypeSymlink:
		e.kind, e.target = isLink, path.Join(path.Dir(name), h.Linkname)
		if strings.HasPrefix(h.Linkname, "/") {
			e.target = ".." // out of the archive
		}
	default:
		e.kind = isDevice
	}
	return e, true
}

// isSparseTar recognises the sparse files of GNU tar in the pax format.
func isSparseTar(h *tar.Header) bool {
	for key := range h.PAXRecords {
		if strings.HasPrefix(key, "GNU.sparse.") {
			return true
		}
	}
	return false
}

// plainTar reads the headers of a tar that is not compressed, without what stands
// between them.
type plainTar struct {
	file   io.ReaderAt
	size   int64
	offset int64
}

func (p *plainTar) Offset() int64 { return p.offset }

func (p *plainTar) Read(b []byte) (int, error) {
	if p.offset >= p.size {
		return 0, io.EOF
	}
	n, err := p.file.ReadAt(b[:min(int64(len(b)), p.size-p.offset)], p.offset)
	p.offset += int64(n)
	if n > 0 && err == io.EOF {
		err = nil
	}
	return n, err
}

// Seek goes to the content's end: archive/tar asks for no more.
func (p *plainTar) Seek(offset int64, whence int) (int64, error) {
	switch whence {
	case io.SeekCurrent:
		offset += p.offset
	case io.SeekEnd:
		offset += p.size
	}
	if offset < 0 {
		return p.offset, errors.New("seek before the beginning")
	}
	p.offset = offset
	return offset, nil
}

// tarBody is the content of a tar's members: at their places in the file, or in what
// a compressed file holds.
type tarBody struct {
	index   *index
	stream  *stream // nil: the file itself
	streams *segments
}

func (t tarBody) read(_ *buffers, file io.ReaderAt, i uint32, dst []byte) (cached bool, err error) {
	offset := t.index.offset(i)
	if t.stream == nil {
		cached, err = readCached(file, dst, offset)
	} else {
		err = t.streams.readAt(t.stream, file, dst, offset)
	}
	if err != nil {
		return false, placed(err, "its bytes from %s on", pipeline.Grouped(offset))
	}
	return cached, nil
}

func (t tarBody) open(_ context.Context, _ *buffers, file io.ReaderAt, i uint32, _ *segments) (io.ReaderAt, error) {
	if t.stream != nil {
		file = streamReader{t.stream, t.streams, file}
	}
	size, _ := t.index.size(i)
	return io.NewSectionReader(file, t.index.offset(i), size), nil
}

func (t tarBody) bytes() int64 {
	if t.stream == nil {
		return 0
	}
	return t.stream.bytes()
}

// streamReader reads what a stream holds at offsets.
type streamReader struct {
	stream  *stream
	streams *segments
	file    io.ReaderAt
}

func (r streamReader) ReadAt(p []byte, offset int64) (int, error) {
	if offset < 0 || offset >= r.stream.size {
		return 0, io.EOF
	}
	n := int(min(int64(len(p)), r.stream.size-offset))
	if err := r.streams.readAt(r.stream, r.file, p[:n], offset); err != nil {
		return 0, err
	}
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}
