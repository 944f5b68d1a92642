package archive

import (
	"encoding/binary"
	"hash/maphash"
	"math"
	"path"
	"strings"

	"github.com/pickshard/pickshard/pipeline"
)

// An index holds an archive's members, compactly: a million of them are common.
type index struct {
	members []member
	names   []byte              // of all members, one after another
	large   map[uint32][2]int64 // size and packed of members beyond 4 GB
	targets map[uint32]string   // where links lead
	slots   []uint32            // a hash table of members by name: number + 1, 0 is free
	seed    maphash.Seed
	oem     bool // there are names beyond ASCII that are not said to be UTF-8
}

// member is what an index keeps of a member. Its number is its place in members.
type member struct {
	place  uint64 // offset (48 bits), then kind (8) and method (8)
	size   uint32 // of its content; isLarge: see large
	packed uint32 // of what is stored of it
	crc    uint32
	name   uint32 // where its name ends in names
}

const isLarge = math.MaxUint32

// A kind says what a member is, and whether it can be read.
type kind uint8

const (
	isFile    kind = iota
	isFileOEM      // a file whose name is in the code page of the IBM PC, or in UTF-8 that does not say so
	isFolder
	isLink // of a tar: leads to another member
	isZipLink
	isDevice
	isSparse
	isEncrypted
	isImpossible // more content than its bytes can stand for
)

// entry is a member as a reader of archives finds it.
type entry struct {
	name         string
	kind         kind
	method       uint16
	offset       int64 // of the local header in a zip, of the content in a tar
	size, packed int64
	crc          uint32
	target       string // where a link leads
}

// Bounds of an index, which then takes a gigabyte or so. A member takes at least 46
// bytes of a zip's directory, but a compressed tar can hold a thousand in its 512.
const (
	maxMembers = 1 << 24
	maxNames   = 1 << 29
	maxOffset  = 1<<48 - 1
)

// add takes the next member.
func (x *index) add(e *entry) error {
	if len(x.members) == maxMembers || len(x.names)+len(e.name) > maxNames {
		return damaged("it has more than %s members, or names of more than %s bytes: cut it into several archives",
			pipeline.Grouped(int64(len(x.members))), pipeline.Grouped(int64(len(x.names))))
	}
	if e.offset > maxOffset {
		return damaged("member %s: it begins at byte %s, which no archive reaches", pipeline.Printable(e.name), pipeline.Grouped(e.offset))
	}
	n := uint32(len(x.members))
	m := member{place: uint64(e.offset)<<16 | uint64(e.kind)<<8 | uint64(min(e.method, 255)), crc: e.crc}
	if e.size >= isLarge || e.packed >= isLarge {
		if x.large == nil {
			x.large = make(map[uint32][2]int64)
		}
		x.large[n] = [2]int64{e.size, e.packed}
		m.size = isLarge
	} else {
		m.size, m.packed = uint32(e.size), uint32(e.packed)
	}
	if e.kind == isLink {
		if x.targets == nil {
			x.targets = make(map[uint32]string)
		}
		x.targets[n] = e.target
	}
	x.names = append(x.names, e.name...)
	m.name = uint32(len(x.names))
	x.members = append(x.members, m)
	x.oem = x.oem || e.kind == isFileOEM
	return nil
}

// finish makes the table of names, once all members are known.
func (x *index) finish() {
	size := 8
	for size < len(x.members)*3/2 {
		size *= 2
	}
	x.seed, x.slots = maphash.MakeSeed(), make([]uint32, size)
	for i := range uint32(len(x.members)) {
		name := x.name(i)
		for at := maphash.Bytes(x.seed, name); ; at++ {
			slot := &x.slots[at&uint64(size-1)]
			if *slot == 0 || string(x.name(*slot-1)) == string(name) {
				*slot = i + 1 // of several members with a name the last one counts
				break
			}
		}
	}
}

func (x *index) name(i uint32) []byte {
	from := uint32(0)
	if i > 0 {
		from = x.members[i-1].name
	}
	return x.names[from:x.members[i].name]
}

func (x *index) kind(i uint32) kind     { return kind(x.members[i].place >> 8 & 0xff) }
func (x *index) method(i uint32) uint8  { return uint8(x.members[i].place) }
func (x *index) offset(i uint32) int64  { return int64(x.members[i].place >> 16) }
func (x *index) current(i uint32) bool  { j, ok := x.lookUp(string(x.name(i))); return ok && i == j }
func (x *index) crc(i uint32) uint32    { return x.members[i].crc }
func (x *index) target(i uint32) string { return x.targets[i] }

// size returns the bytes of a member's content, and of what is stored of it.
func (x *index) size(i uint32) (size, packed int64) {
	m := &x.members[i]
	if m.size == isLarge {
		if l, ok := x.large[i]; ok {
			return l[0], l[1]
		}
	}
	return int64(m.size), int64(m.packed)
}

// bytes is about what the index takes of memory.
func (x *index) bytes() int64 {
	return int64(cap(x.members))*24 + int64(cap(x.names)) + int64(len(x.slots))*4 + int64(len(x.large)+len(x.targets))*100 + 512
}

// lookUp finds the member of a name.
func (x *index) lookUp(name string) (i uint32, ok bool) {
	if len(x.slots) == 0 {
		return 0, false
	}
	mask := uint64(len(x.slots) - 1)
	for at := maphash.String(x.seed, name); ; at++ {
		slot := x.slots[at&mask]
		if slot == 0 {
			return 0, false
		}
		if string(x.name(slot-1)) == name {
			return slot - 1, true
		}
	}
}

// maxLinks bounds how many links lead to a file.
const maxLinks = 40

// find finds the file of a name: links of a tar lead to it.
func (x *index) find(name string) (uint32, error) {
	name, err := cleanName(name)
	if err != nil {
		return 0, err
	}
	for range maxLinks {
		i, ok := x.lookUp(name)
		if !ok && x.oem {
			if oem, can := toOEM(name); can {
				i, ok = x.lookUp(oem)
				ok = ok && x.kind(i) == isFileOEM
			}
		}
		if !ok {
			return 0, errNoMember
		}
		if k := x.kind(i); k != isLink {
			return i, k.refused()
		}
		if name, err = cleanName(x.target(i)); err != nil {
			return 0, &refusal{pipeline.ErrUnsafePath, "it is a link that leads out of the archive"}
		}
	}
	return 0, &refusal{pipeline.ErrNotRegular, "its links lead in a circle"}
}

// list calls yield with each name that can be asked for, once, in no order.
func (x *index) list(yield func(name string) bool) {
	for i := range uint32(len(x.members)) {
		if k := x.kind(i); k != isFolder && x.current(i) && !yield(x.spelled(i)) {
			return
		}
	}
}

// spelled is a member's name as it is asked for: in UTF-8.
func (x *index) spelled(i uint32) string {
	name := string(x.name(i))
	if x.kind(i) == isFileOEM {
		return fromOEM(name)
	}
	return name
}

// cleanName brings a name of a member into the form that the index has: without
// "." and empty parts. One that leaves the archive has none.
func cleanName(name string) (string, error) {
	name = strings.TrimLeft(name, "/")
	if needsCleaning(name) {
		name = path.Clean(name)
	}
	switch {
	case name == "" || name == ".":
		return "", &refusal{pipeline.ErrNotRegular, "the name of a member is missing behind '!/'"}
	case name == ".." || strings.HasPrefix(name, "../"):
		return "", &refusal{pipeline.ErrUnsafePath, "the name leaves the archive by '..'"}
	}
	return name, nil
}

// needsCleaning says whether a part of a name is empty, "." or "..".
func needsCleaning(name string) bool {
	start := 0
	for i := 0; i <= len(name); i++ {
		if i < len(name) && name[i] != '/' {
			continue
		}
		switch name[start:i] {
		case "", ".", "..":
			return true
		}
		start = i + 1
	}
	return false
}

// refused says why a member that is there cannot be read; nil where it can.
func (k kind) refused() error {
	switch k {
	case isFolder:
		return &refusal{pipeline.ErrNotRegular, "it is a folder"}
	case isZipLink:
		return &refusal{pipeline.ErrNotRegular, "it is a symbolic link; make the zip again without -y, so that it holds the file"}
	case isDevice:
		return &refusal{pipeline.ErrNotRegular, "it is a device or a pipe"}
	case isSparse:
		return &refusal{pipeline.ErrNotRegular, "it is a sparse file; make the tar again without --sparse"}
	case isEncrypted:
		return damaged("it is encrypted; unpack the archive with its password and make it again without")
	case isImpossible:
		return damaged("it is said to hold more than its bytes can stand for; such a zip is damaged or made to do harm")
	}
	return nil
}

// mixed is a number that tells members of one name in two states of an archive
// apart, under a billion.
func (x *index) mixed(i uint32, archive int64) int64 {
	var b [20]byte
	binary.LittleEndian.PutUint64(b[:], uint64(x.offset(i)))
	binary.LittleEndian.PutUint64(b[8:], uint64(archive))
	binary.LittleEndian.PutUint32(b[16:], x.crc(i))
	h := uint64(14695981039346656037) // FNV-1a
	for _, c := range b {
		h = (h ^ uint64(c)) * 1099511628211
	}
	return int64(h % 1e9)
}
