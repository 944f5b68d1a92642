package archive

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"io"
	"io/fs"
	"math"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/pickshard/pickshard/pipeline"
)

// The records of a zip, by PKWARE's APPNOTE 6.3.10, section 4.3.
const (
	localMagic     = "PK\x03\x04"
	directoryMagic = "PK\x01\x02"
	endMagic       = "PK\x05\x06"
	end64Magic     = "PK\x06\x06"
	locatorMagic   = "PK\x06\x07"

	localLen     = 30
	directoryLen = 46
	endLen       = 22
	end64Len     = 56
	locatorLen   = 20
)

// Flags of a member.
const (
	flagEncrypted = 1 << 0
	flagLater     = 1 << 3 // sum and sizes follow the content
	flagUTF8      = 1 << 11
	flagMasked    = 1 << 13
)

var errNoEnd = damaged("it begins as a zip, but has no directory at its end: it is cut, or a part of a spanned archive; fetch it again, or join its parts with `zip -s 0 FIRST.zip --out WHOLE.zip`")

// directory is where a zip's directory lies.
type directory struct {
	start, size int64 // in the file
	members     int64 // as far as the end record tells
	base        int64 // bytes before the zip, of a program that unpacks it
}

// openZip reads a zip's directory.
func openZip(ctx context.Context, file io.ReaderAt, size int64) (*index, error) {
	dir, err := findDirectory(file, size)
	if err != nil {
		return nil, err
	}
	x := &index{members: make([]member, 0, min(dir.members, dir.size/directoryLen))}
	r := bufio.NewReaderSize(io.NewSectionReader(file, dir.start, dir.size), 256<<10)
	read := int64(0)
	for n := int64(0); read < dir.size; n++ {
		if n%4096 == 0 && ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		length, err := readEntry(r, x, dir)
		if err == io.EOF || err == io.ErrUnexpectedEOF {
			err = damaged("it ends within the record")
		}
		if err != nil {
			return nil, placed(err, "record %s of the directory, at byte %s", pipeline.Grouped(n+1), pipeline.Grouped(dir.start+read))
		}
		if length == 0 { // a signature of the directory
			break
		}
		read += length
	}
	// Old programs count members of many modulo 65,536.
	if got := int64(len(x.members)); got != dir.members && got&0xffff != dir.members {
		return nil, damaged("its directory has %s members, the record at its end says %s", pipeline.Grouped(got), pipeline.Grouped(dir.members))
	}
	if err := checkOverlap(x, dir.start); err != nil {
		return nil, err
	}
	x.finish()
	return x, nil
}

// findDirectory reads the record at a zip's end, which says where its directory is.
func findDirectory(file io.ReaderAt, size int64) (dir directory, err error) {
	tail := make([]byte, min(size, math.MaxUint16+endLen))
	if err := readFull(file, tail, size-int64(len(tail))); err != nil {
		return dir, err
	}
	at := lastEnd(tail)
	if at < 0 {
		return dir, errNoEnd
	}
	end := tail[at : at+endLen]
	place := size - int64(len(tail)) + int64(at)
	disk, disks := uint32(u16(end[4:])), uint32(u16(end[6:]))
	dir.members, dir.size, dir.start = int64(u16(end[10:])), int64(u32(end[12:])), int64(u32(end[16:]))
	behind := place
	if dir.members == math.MaxUint16 || dir.size == math.MaxUint32 || dir.start == math.MaxUint32 || disk == math.MaxUint16 {
		end64, at64, err := findEnd64(file, place)
		if err != nil {
			return dir, err
		}
		if end64 != nil {
			disk, disks = u32(end64[16:]), u32(end64[20:])
			members, length, start := u64(end64[32:]), u64(end64[40:]), u64(end64[48:])
			if members > math.MaxInt64 || length > uint64(size) || start > uint64(size) {
				return dir, damaged("the record at its end (at byte %s) says that the directory has %s bytes from byte %s on, the file has %s", pipeline.Grouped(at64), grouped(length), grouped(start), pipeline.Grouped(size))
			}
			dir.members, dir.size, dir.start, behind = int64(members), int64(length), int64(start), at64
		}
	}
	if disk != 0 || disks != 0 {
		return dir, damaged("it is part %d of a spanned archive; join its parts with `zip -s 0 FIRST.zip --out WHOLE.zip`", disk+1)
	}
	// What stands before the zip, such as the program of a self-extracting one, is
	// not counted by the places in it.
	dir.base = behind - dir.size - dir.start
	if dir.base != 0 && dir.size > 0 && dir.start+4 <= size {
		var magic [4]byte
		if err := readFull(file, magic[:], dir.start); err != nil {
			return dir, err
		}
		if string(magic[:]) == directoryMagic && dir.start+dir.size <= behind {
			dir.base = 0 // something stands between the directory and its end
		}
	}
	if dir.base < 0 {
		return dir, damaged("the record at its end (at byte %s) says that the directory has %s bytes from byte %s on, which is beyond that", pipeline.Grouped(place), pipeline.Grouped(dir.size), pipeline.Grouped(dir.start))
	}
	dir.start += dir.base
	return dir, nil
}

// lastEnd finds the end record in a file's last bytes: the last one whose comment ends
// with the file, or else the last one whose comment fits. A comment may hold others.
func lastEnd(tail []byte) int {
	fits := -1
	for at := bytes.LastIndex(tail, []byte(endMagic)); at >= 0; at = bytes.LastIndex(tail[:at], []byte(endMagic)) {
		if len(tail)-at < endLen {
			continue
		}
		switch left := len(tail) - at - endLen - int(u16(tail[at+20:])); {
		case left == 0:
			return at
		case left > 0 && fits < 0:
			fits = at
		}
	}
	return fits
}

// findEnd64 reads the end record of a large zip; nil where there is none.
func findEnd64(file io.ReaderAt, end int64) (record []byte, at int64, err error) {
	if end < locatorLen {
		return nil, 0, nil
	}
	locator := make([]byte, locatorLen)
	if err := readFull(file, locator, end-locatorLen); err != nil || string(locator[:4]) != locatorMagic {
		return nil, 0, err
	}
	record = make([]byte, end64Len)
	// Where the locator says, or, when something stands before the zip, right before it.
	for _, place := range []uint64{u64(locator[8:]), uint64(end - locatorLen - end64Len)} {
		if place > uint64(end-locatorLen-min(end-locatorLen, end64Len)) {
			continue
		}
		if err := readFull(file, record, int64(place)); err != nil {
			return nil, 0, err
		}
		if string(record[:4]) == end64Magic {
			return record, int64(place), nil
		}
	}
	return nil, 0, damaged("the record of a large zip (zip64) is not where its locator, at byte %s, says", pipeline.Grouped(end-locatorLen))
}

// readEntry reads a record of the directory and returns its length in bytes, 0 at
// the directory's end.
func readEntry(r *bufio.Reader, x *index, dir directory) (length int64, err error) {
	// All of a record fits the buffer: no field of it is longer than 64 KB.
	fixed, err := r.Peek(directoryLen)
	if len(fixed) >= 4 && string(fixed[:4]) == "PK\x05\x05" {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	if string(fixed[:4]) != directoryMagic {
		return 0, damaged("found % x, a record begins with % x", fixed[:4], directoryMagic)
	}
	nameLen, extraLen, commentLen := int(u16(fixed[28:])), int(u16(fixed[30:])), int(u16(fixed[32:]))
	fixed, err = r.Peek(directoryLen + nameLen + extraLen)
	if err != nil {
		return 0, err
	}
	rest := fixed[directoryLen:]
	length = int64(directoryLen + nameLen + extraLen + commentLen)
	e := entry{
		method: u16(fixed[10:]), crc: u32(fixed[16:]),
		packed: int64(u32(fixed[20:])), size: int64(u32(fixed[24:])), offset: int64(u32(fixed[42:])),
	}
	extra := rest[nameLen:]
	if err := e.readZip64(extra); err != nil {
		return 0, placed(err, "member %s", pipeline.Printable(string(rest[:nameLen])))
	}
	if disk := u16(fixed[34:]); disk != 0 && disk != math.MaxUint16 {
		return 0, damaged("member %s lies in part %d of a spanned archive; join its parts with `zip -s 0 FIRST.zip --out WHOLE.zip`", pipeline.Printable(string(rest[:nameLen])), disk+1)
	}
	if e.offset += dir.base; e.offset > dir.start-localLen {
		return 0, damaged("member %s is said to begin at byte %s, the directory begins at byte %s", pipeline.Printable(string(rest[:nameLen])), pipeline.Grouped(e.offset), pipeline.Grouped(dir.start))
	}
	flags, system := u16(fixed[8:]), fixed[5]
	e.kind = zipKind(&e, flags, system, u32(fixed[38:]), rest[:nameLen])
	e.name = zipName(rest[:nameLen], extra, flags, system, &e.kind)
	clean, err := cleanName(e.name)
	if err != nil {
		// A folder, or a name that leaves the archive: nobody can ask for it, but
		// its bytes must not overlap.
		clean = ""
		e.kind = isFolder
	}
	e.name = clean
	if err := x.add(&e); err != nil {
		return 0, err
	}
	_, err = r.Discard(int(length))
	return length, err
}

// readZip64 takes what does not fit 32 bits from the extra fields.
func (e *entry) readZip64(extra []byte) error {
	if e.size != math.MaxUint32 && e.packed != math.MaxUint32 && e.offset != math.MaxUint32 {
		return nil
	}
	field := extraField(extra, 1)
	for _, v := range []*int64{&e.size, &e.packed, &e.offset} {
		if *v != math.MaxUint32 {
			continue
		}
		if len(field) < 8 {
			return nil // exactly that many bytes, of an old zip
		}
		u := u64(field)
		if field = field[8:]; u > 1<<62 {
			return damaged("a size or place of %s bytes", grouped(u))
		}
		*v = int64(u)
	}
	return nil
}

// maxDeflate is how many bytes a byte of DEFLATE can stand for at most.
const maxDeflate = 1032

func zipKind(e *entry, flags uint16, system byte, attributes uint32, name []byte) kind {
	const unix, macOS = 3, 19
	mode := attributes >> 16
	switch {
	case len(name) == 0 || name[len(name)-1] == '/':
		return isFolder
	case (system == unix || system == macOS) && mode&0xf000 == 0xa000:
		return isZipLink
	case flags&(flagEncrypted|flagMasked) != 0:
		return isEncrypted
	case e.method == methodStored && e.size != e.packed,
		e.method == methodDeflated && e.size > 0 && (e.size-1)/maxDeflate >= e.packed:
		return isImpossible
	}
	return isFile
}

// zipName returns a member's name in UTF-8 or, where nothing says how it is spelled,
// in its own bytes; kind then becomes isFileOEM.
func zipName(raw, extra []byte, flags uint16, system byte, k *kind) string {
	name := string(raw)
	// Info-ZIP's field of the name in UTF-8, with the sum of the name it belongs to.
	if u := extraField(extra, 0x7075); len(u) > 5 && u[0] == 1 && u32(u[1:]) == crc32.ChecksumIEEE(raw) && utf8.Valid(u[5:]) {
		return string(u[5:])
	}
	// Programs of Windows that separate folders as Windows does.
	const fat, ntfs, vfat = 0, 10, 14
	if (system == fat || system == ntfs || system == vfat) && !strings.Contains(name, "/") {
		name = strings.ReplaceAll(name, `\`, "/")
		if strings.HasSuffix(name, "/") && *k == isFile {
			*k = isFolder
		}
	}
	if flags&flagUTF8 == 0 && *k == isFile {
		for i := range len(name) {
			if name[i] >= utf8.RuneSelf {
				*k = isFileOEM
			}
		}
	}
	return name
}

// extraField returns an extra field's content, or nil.
func extraField(extra []byte, id uint16) []byte {
	for len(extra) >= 4 {
		n := int(u16(extra[2:]))
		if n > len(extra)-4 {
			return nil
		}
		if u16(extra) == id {
			return extra[4 : 4+n]
		}
		extra = extra[4+n:]
	}
	return nil
}

// checkOverlap refuses a zip whose members share bytes: each would be read many times,
// which makes a small file stand for petabytes (D. Fifield, "A better zip bomb").
func checkOverlap(x *index, end int64) error {
	order := make([]uint32, len(x.members))
	for i := range order {
		order[i] = uint32(i)
	}
	byOffset := func(a, b uint32) int { return cmp.Compare(x.offset(a), x.offset(b)) }
	if !slices.IsSortedFunc(order, byOffset) {
		slices.SortFunc(order, byOffset)
	}
	for k, i := range order {
		next := end
		if k+1 < len(order) {
			next = x.offset(order[k+1])
		}
		if _, packed := x.size(i); next-x.offset(i)-localLen < packed {
			what := "the directory"
			if k+1 < len(order) {
				what = "member " + pipeline.Printable(x.spelled(order[k+1]))
			}
			return damaged("member %s, %s bytes from byte %s on, overlaps %s at byte %s: such a zip is damaged or made to do harm",
				pipeline.Printable(x.spelled(i)), pipeline.Grouped(packed), pipeline.Grouped(x.offset(i)), what, pipeline.Grouped(next))
		}
	}
	return nil
}

// readCached is readFull that tells whether memory held all of it.
func readCached(file io.ReaderAt, p []byte, offset int64) (cached bool, err error) {
	n := 0
	if c, ok := file.(pipeline.CachedFile); ok {
		if n = c.ReadCachedAt(p, offset); n == len(p) {
			return true, nil
		}
	}
	return false, readFull(file, p[n:], offset+int64(n))
}

// readFull reads all of p at an offset.
func readFull(file io.ReaderAt, p []byte, offset int64) error {
	n, err := file.ReadAt(p, offset)
	if n == len(p) {
		return nil
	}
	if err == nil || errors.Is(err, io.EOF) {
		return damaged("the file ends at byte %s, %s bytes were to follow", pipeline.Grouped(offset+int64(n)), pipeline.Grouped(int64(len(p)-n)))
	}
	var pe *fs.PathError
	if errors.As(err, &pe) {
		err = pe.Err // the name is told once, by the caller
	}
	return err
}

func u16(b []byte) uint16 { return binary.LittleEndian.Uint16(b) }
func u32(b []byte) uint32 { return binary.LittleEndian.Uint32(b) }
func u64(b []byte) uint64 { return binary.LittleEndian.Uint64(b) }
