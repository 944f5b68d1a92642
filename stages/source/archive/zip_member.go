package archive

import (
	"bytes"
	"compress/bzip2"
	"context"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"math"

	"github.com/klauspost/compress/zstd"
	"github.com/ulikunitz/xz/lzma"

	"github.com/pickshard/pickshard/pipeline"
	"github.com/pickshard/pickshard/stages/source/archive/internal/inflate"
)

// Methods of compression, by APPNOTE 4.4.5.
const (
	methodStored    = 0
	methodDeflated  = 8
	methodDeflate64 = 9
	methodBzip2     = 12
	methodLZMA      = 14
	methodZstd      = 93
)

// methodNames are those that are met and not read.
var methodNames = map[uint8]string{
	1: "shrunk", 6: "imploded", methodDeflate64: "Deflate64", 95: "xz", 96: "JPEG variant", 98: "PPMd", 99: "AES", 255: "an unknown method",
}

// checkMethod refuses a member that is compressed in a way that is not read.
func checkMethod(method uint8) error {
	switch method {
	case methodStored, methodDeflated, methodBzip2, methodLZMA, methodZstd:
		return nil
	}
	name := methodNames[method]
	if name == "" {
		name = "method " + fmt.Sprint(method)
	}
	return damaged("it is compressed by %s; stored, deflated, bzip2, LZMA and Zstandard are read: unpack the archive and make it again with `zip`", name)
}

// zipBody is the content of a zip's members.
type zipBody struct{ index *index }

// read reads member i into dst, which has its size, and checks its sum.
func (z zipBody) read(b *buffers, file io.ReaderAt, i uint32, dst []byte) (cached bool, err error) {
	method := z.index.method(i)
	_, packed := z.index.size(i)
	start, err := z.content(b, file, i)
	if err != nil {
		return false, err
	}
	switch method {
	case methodStored:
		cached, err = readCached(file, dst, start)
	case methodDeflated:
		err = b.inflate(io.NewSectionReader(file, start, packed), dst)
	default:
		err = unpack(method, io.NewSectionReader(file, start, packed), dst)
	}
	if err != nil {
		return false, placed(err, "its bytes from %s on", pipeline.Grouped(start))
	}
	if sum, want := crc32.ChecksumIEEE(dst), z.index.crc(i); sum != want {
		return false, damaged("its bytes from %s on are damaged: their CRC-32 is %08x, the archive says %08x; fetch or make the archive again", pipeline.Grouped(start), sum, want)
	}
	return cached, nil
}

// content returns where a member's content begins, behind the header that stands
// before it. What that header says must be what the directory says: programs that read
// a zip from its start would find something else otherwise.
func (z zipBody) content(b *buffers, file io.ReaderAt, i uint32) (start int64, err error) {
	x := z.index
	offset := x.offset(i)
	_, packed := x.size(i)
	if err := checkMethod(x.method(i)); err != nil {
		return 0, err
	}
	h := b.header[:]
	n := 0
	if c, ok := file.(pipeline.CachedFile); ok {
		n = c.ReadCachedAt(h, offset)
	}
	if n < localLen { // not in memory, or the file ends
		if n, _ = file.ReadAt(h, offset); n < localLen {
			return 0, readFull(file, h[:localLen], offset)
		}
	}
	if h = h[:n]; string(h[:4]) != localMagic {
		return 0, damaged("at byte %s stands % x, where its header should begin with % x", pipeline.Grouped(offset), h[:4], localMagic)
	}
	nameLen, extraLen := int(u16(h[26:])), int(u16(h[28:]))
	if localLen+nameLen+extraLen > len(h) {
		h = make([]byte, localLen+nameLen+extraLen)
		if err = readFull(file, h, offset); err != nil {
			return 0, err
		}
	}
	if what := z.disagrees(i, h, nameLen, extraLen); what != "" {
		return 0, damaged("its header at byte %s says %s, the directory says otherwise: the archive is damaged, or made to look different to different programs; make it again", pipeline.Grouped(offset), what)
	}
	start = offset + localLen + int64(nameLen+extraLen)
	if packed > math.MaxInt64-start {
		return 0, damaged("%s bytes from byte %s on are beyond any file", pipeline.Grouped(packed), pipeline.Grouped(start))
	}
	return start, nil
}

// disagrees tells what of a member's own header contradicts the directory.
func (z zipBody) disagrees(i uint32, h []byte, nameLen, extraLen int) string {
	x := z.index
	flags, method := u16(h[6:]), u16(h[8:])
	if uint8(min(method, 255)) != x.method(i) {
		return fmt.Sprintf("that it is compressed by method %d", method)
	}
	if flags&flagEncrypted != 0 {
		return "that it is encrypted"
	}
	raw, extra := h[localLen:localLen+nameLen], h[localLen+nameLen:localLen+nameLen+extraLen]
	if !z.sameName(i, raw, extra) {
		return "that it is named " + pipeline.Printable(string(raw))
	}
	if flags&flagLater != 0 {
		return "" // sum and sizes stand behind the content
	}
	e := entry{packed: int64(u32(h[18:])), size: int64(u32(h[22:]))}
	if e.readZip64(extra) != nil {
		return "sizes beyond any file's"
	}
	size, packed := x.size(i)
	// Writers that cannot go back leave zeros.
	if crc := u32(h[14:]); crc != 0 && crc != x.crc(i) {
		return fmt.Sprintf("that its CRC-32 is %08x", crc)
	}
	if e.size != 0 && e.size != size || e.packed != 0 && e.packed != packed {
		return fmt.Sprintf("that %s bytes are stored for %s", pipeline.Grouped(e.packed), pipeline.Grouped(e.size))
	}
	return ""
}

// sameName says whether a member's own header has the name of the directory. There
// the name may have come from an extra field, in the header it may lack that.
func (z zipBody) sameName(i uint32, raw, extra []byte) bool {
	have := z.index.name(i)
	if bytes.Equal(raw, have) {
		return true
	}
	k := isFile
	for _, system := range []byte{3, 0} { // a header does not tell the system
		name, err := cleanName(zipName(raw, extra, 0, system, &k))
		if err == nil && name == string(have) {
			return true
		}
	}
	oem, ok := toOEM(string(have))
	return ok && oem == string(raw)
}

// maxHeld bounds a table in an archive that must be held in memory, for it is
// compressed in a way that has no places to begin at.
const maxHeld = 256 << 20

// open opens member i for reading at offsets, once its sum is checked.
func (z zipBody) open(ctx context.Context, b *buffers, file io.ReaderAt, i uint32, streams *segments) (io.ReaderAt, error) {
	start, err := z.content(b, file, i)
	if err != nil {
		return nil, err
	}
	size, packed := z.index.size(i)
	switch z.index.method(i) {
	case methodStored:
		r := io.NewSectionReader(file, start, size)
		return r, z.checkSum(ctx, r, i, start)
	case methodDeflated:
		s := &stream{start: start, packed: packed}
		r, err := newScan(ctx, file, s)
		if err != nil {
			return nil, err
		}
		if err := z.checkSum(ctx, r, i, start); err != nil {
			return nil, err
		}
		if s.size != size {
			return nil, damaged("it holds %s bytes, the archive says %s", pipeline.Grouped(s.size), pipeline.Grouped(size))
		}
		return streamReader{s, streams, file}, nil
	}
	if size > maxHeld {
		return nil, damaged("its %s bytes are compressed in a way that must be held in memory, at most %s bytes: deflate it (`zip`)", pipeline.Grouped(size), pipeline.Grouped(maxHeld))
	}
	data := make([]byte, size)
	if _, err := z.read(b, file, i, data); err != nil {
		return nil, err
	}
	return bytes.NewReader(data), nil
}

// checkSum reads all of a member for its sum.
func (z zipBody) checkSum(ctx context.Context, r io.Reader, i uint32, start int64) error {
	h := crc32.NewIEEE()
	for {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		_, err := io.CopyN(h, r, 4<<20)
		if err == io.EOF {
			break
		}
		if err != nil {
			return err
		}
	}
	if sum, want := h.Sum32(), z.index.crc(i); sum != want {
		return damaged("its bytes from %s on are damaged: their CRC-32 is %08x, the archive says %08x; fetch or make the archive again", pipeline.Grouped(start), sum, want)
	}
	return nil
}

func (z zipBody) bytes() int64 { return 0 }

// inflate decodes a deflated member into dst.
func (b *buffers) inflate(src io.Reader, dst []byte) error {
	if err := b.decoder.Reset(src, 0); err != nil {
		return inflateError(err)
	}
	for pos := 0; ; {
		n, stop, err := b.decoder.Decode(dst, 0, pos)
		switch pos = n; {
		case err != nil:
			return inflateError(err)
		case stop == inflate.Full:
			return damaged("they hold more than the %s bytes that the archive says", pipeline.Grouped(int64(len(dst))))
		case stop == inflate.End && pos < len(dst):
			return damaged("they hold %s bytes, the archive says %s", pipeline.Grouped(int64(pos)), pipeline.Grouped(int64(len(dst))))
		case stop == inflate.End:
			return nil
		}
	}
}

func inflateError(err error) error {
	switch {
	case errors.Is(err, inflate.ErrCorrupt):
		return damaged("they are not deflated data: damaged; fetch or make the archive again")
	case errors.Is(err, io.ErrUnexpectedEOF):
		return damaged("the deflated data ends too early: damaged; fetch or make the archive again")
	}
	return err
}

// unpack decodes what few archives are made with.
func unpack(method uint8, src io.Reader, dst []byte) error {
	var r io.Reader
	switch method {
	case methodBzip2:
		r = bzip2.NewReader(src)
	case methodLZMA:
		var err error
		if r, err = openLZMA(src, int64(len(dst))); err != nil {
			return err
		}
	case methodZstd:
		z, err := zstd.NewReader(src, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(128<<20))
		if err != nil {
			return fmt.Errorf("begin zstd: %w", err)
		}
		defer z.Close()
		r = z
	}
	if n, err := io.ReadFull(r, dst); err != nil {
		return damaged("they end after %s of %s bytes: %v", pipeline.Grouped(int64(n)), pipeline.Grouped(int64(len(dst))), err)
	}
	if n, _ := io.ReadFull(r, make([]byte, 1)); n > 0 {
		return damaged("they hold more than the %s bytes that the archive says", pipeline.Grouped(int64(len(dst))))
	}
	return nil
}

// openLZMA turns the header that a zip has (APPNOTE 5.8.8) into that of an .lzma file.
// The dictionary is no larger than what is to come: its memory is claimed at once.
func openLZMA(src io.Reader, size int64) (io.Reader, error) {
	var h [9]byte
	if _, err := io.ReadFull(src, h[:]); err != nil || u16(h[2:]) != 5 {
		return nil, damaged("they have no header of LZMA data")
	}
	lzmaHeader := make([]byte, 13)
	copy(lzmaHeader, h[4:9])
	dict := min(int64(u32(h[5:])), max(size, lzma.MinDictCap))
	for i := range 4 {
		lzmaHeader[1+i] = byte(dict >> (8 * i))
	}
	for i := range 8 {
		lzmaHeader[5+i] = byte(uint64(size) >> (8 * i))
	}
	r, err := lzma.ReaderConfig{DictCap: lzma.MinDictCap}.NewReader(io.MultiReader(bytes.NewReader(lzmaHeader), src))
	if err != nil {
		return nil, damaged("they are not LZMA data: %v", err)
	}
	return r, nil
}
