package webdataset

import (
	"bytes"
	"errors"
	"fmt"
)

// Sizes of the tar format (POSIX.1-1988 ustar, pax(1) "ustar Interchange
// Format").
const (
	blockSize = 512
	// endSize is the end of the archive: two blocks of zeros. GNU tar and
	// Python go on to 10,240 bytes; no reader needs that.
	endSize = 2 * blockSize
	// maxName is the name field's length. wids reads these bytes alone, so
	// the prefix field must stay empty.
	maxName = 100
	// maxMember is the largest member in bytes: eleven octal digits.
	maxMember = 1<<33 - 1
)

// Where the fields that differ between members stand in a header.
const (
	nameOffset = 0
	sizeOffset = 124 // eleven octal digits and NUL
	sumOffset  = 148 // six octal digits, NUL, blank
)

// headerFields names what stands at an offset, for messages.
var headerFields = [...]struct {
	offset int
	name   string
}{
	{0, "name"}, {100, "mode"}, {108, "uid"}, {116, "gid"}, {124, "size"}, {136, "mtime"}, {148, "check sum"},
	{156, "type"}, {157, "link name"}, {257, "magic"}, {263, "version"}, {265, "user name"}, {297, "group name"},
	{329, "device major"}, {337, "device minor"}, {345, "name prefix"}, {500, "rest"},
}

// putFields fills all of a header but name, size and check sum, and returns the
// sum of the whole with an empty name, size 0 and a blank check sum.
func putFields(h []byte) (sum uint) {
	clear(h)
	copy(h[100:], "0000644\x000000000\x000000000\x0000000000000\x0000000000000\x00        0")
	copy(h[257:], "ustar\x0000")
	copy(h[329:], "0000000\x000000000\x00")
	for _, c := range h {
		sum += uint(c)
	}
	return sum
}

// putHeader fills the 512 bytes of h with the header of a regular file. The
// name stands at its place already: h[:nameLen]. It fails on a name or a size
// that plain ustar cannot hold, and allocates nothing otherwise.
func putHeader(h []byte, nameLen int, size int64) error {
	if nameLen > maxName {
		return fmt.Errorf("member name of %d bytes: at most %d fit a tar header", nameLen, maxName)
	}
	if size < 0 || size > maxMember {
		return fmt.Errorf("member of %d bytes: at most %d fit a tar header", size, int64(maxMember))
	}
	var name [maxName]byte
	copy(name[:], h[:nameLen])
	sum := putFields(h)
	copy(h, name[:nameLen])
	for _, c := range name[:nameLen] {
		sum += uint(c)
	}
	for i := sizeOffset + 10; size > 0; i-- {
		h[i] += byte(size & 7)
		sum += uint(size & 7)
		size >>= 3
	}
	for i := sumOffset + 5; i >= sumOffset; i-- {
		h[i] = '0' + byte(sum&7)
		sum >>= 3
	}
	h[sumOffset+6] = 0
	return nil
}

// parseHeader reads a header that putHeader wrote: any byte that differs from
// what it would write for that name and size is an error. The name is a view.
func parseHeader(h []byte) (name []byte, size int64, err error) {
	name = trimmed(h[nameOffset : nameOffset+maxName])
	for _, c := range h[sizeOffset : sizeOffset+11] {
		if c < '0' || c > '7' {
			return nil, 0, errors.New("tar header: size is not eleven octal digits")
		}
		size = size<<3 | int64(c-'0')
	}
	var want [blockSize]byte
	copy(want[:], name)
	if err := putHeader(want[:], len(name), size); err != nil {
		return nil, 0, fmt.Errorf("tar header: %w", err)
	}
	for i := range want {
		if h[i] != want[i] {
			return nil, 0, fmt.Errorf("tar header: byte %d (%s) is %#02x, want %#02x", i, fieldAt(i), h[i], want[i])
		}
	}
	return name, size, nil
}

// trimmed is a name without the zeros behind it.
func trimmed(name []byte) []byte {
	if before, _, ok := bytes.Cut(name, []byte{0}); ok {
		return before
	}
	return name
}

func fieldAt(offset int) string {
	name := ""
	for _, f := range headerFields {
		if f.offset <= offset {
			name = f.name
		}
	}
	return name
}

// padded rounds a member's size up to whole blocks.
func padded(size int64) int64 { return (size + blockSize - 1) &^ (blockSize - 1) }

// isZero says whether all bytes are zero.
func isZero(p []byte) bool {
	for _, c := range p {
		if c != 0 {
			return false
		}
	}
	return true
}
