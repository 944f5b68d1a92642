package parquet

import (
	"bytes"
	"context"
	"crypto/md5"
	"encoding/binary"
	"math/bits"
	"unsafe"

	"github.com/pickshard/pickshard/pipeline"
	"github.com/pickshard/pickshard/schema"
)

// contentCuts are where content-defined pages are cut. They are those that Arrow C++ cuts with
// use_content_defined_chunking (parquet/chunker_internal.cc), with the options that
// datasets gives it: the pages of what stayed the same keep their bytes when records
// are added or removed before them, and storage that knows content by its digest, such
// as the Hub's, takes only what is new.
type contentCuts struct {
	least, most int64 // bytes of a page
	mask        uint64
	gear        *gearTables
}

// gears is how many tables must match, one after the other, before a page ends.
const gears = 8

// newContentCuts returns the cuts between such bounds.
func newContentCuts(least, most int64) *contentCuts {
	bits := bits.Len64(uint64((most-least)/2/gears)) - 1
	return &contentCuts{least: least, most: most, mask: ^uint64(0) << (64 - bits), gear: newGearTables()}
}

// The cuts that datasets asks for, and the file's own word of them, spelled as it does.
const (
	minContentPage    = 256 << 10
	maxContentPage    = 1 << 20
	contentDefinedKey = "content_defined_chunking"
	contentDefined    = `{"min_chunk_size": 262144, "max_chunk_size": 1048576, "norm_level": 0}`
)

// gearTables are what bytes add to the rolling hash. They are generated, as Arrow's are
// (chunker_internal_codegen.py): the first half of the MD5 of 64 times the table's number
// and 64 times the byte.
type gearTables [gears][256]uint64

func newGearTables() *gearTables {
	t := new(gearTables)
	for k := range t {
		for n := range t[k] {
			sum := md5.Sum(append(bytes.Repeat([]byte{byte(k)}, 64), bytes.Repeat([]byte{byte(n)}, 64)...))
			t[k][n] = binary.BigEndian.Uint64(sum[:])
		}
	}
	return t
}

// chunker finds where pages begin, from the levels and values of a column as they come.
// It goes on from one row group to the next.
type chunker struct {
	*contentCuts
	size    int64 // bytes since a page began
	hash    uint64
	run     int // tables that have matched
	matched bool
}

// level takes in a definition or repetition level.
func (c *chunker) level(x uint8) {
	if c.size += 2; c.size >= c.least {
		c.roll(x)
		c.roll(0)
	}
}

// value takes in the bytes of a value.
func (c *chunker) value(b []byte) {
	if c.size += int64(len(b)); c.size < c.least {
		return
	}
	hash, matched, mask, table := c.hash, c.matched, c.mask, &c.gear[c.run]
	for _, x := range b {
		hash = hash<<1 + table[x]
		matched = matched || hash&mask == 0
	}
	c.hash, c.matched = hash, matched
}

// number takes in the first bytes of a number, the lowest first.
func (c *chunker) number(x uint64, width int) {
	if c.size += int64(width); c.size < c.least {
		return
	}
	for range width {
		c.roll(byte(x))
		x >>= 8
	}
}

func (c *chunker) roll(x byte) {
	c.hash = c.hash<<1 + c.gear[c.run][x]
	c.matched = c.matched || c.hash&c.mask == 0
}

// begins says whether a page begins with the record whose first level and value were
// just taken in. They do not count to the size of that page.
func (c *chunker) begins() bool {
	if c.matched {
		c.matched = false
		if c.run++; c.run == gears {
			c.run, c.size = 0, 0
			return true
		}
	}
	if c.size >= c.most {
		c.size = 0
		return true
	}
	return false
}

// numberWidth is the bytes of a leaf's number in Arrow.
func numberWidth(l *leaf) int {
	switch l.typ.Kind {
	case schema.Bool, schema.Int8, schema.Uint8:
		return 1
	case schema.Int16, schema.Uint16:
		return 2
	}
	return l.width
}

// add takes in the rows of v and appends those that a page begins with; row is the first.
func (c *chunker) add(begins []int, l *leaf, v *values, row int) []int {
	value, width := 0, numberWidth(l)
	for i, level := range v.levels {
		c.level(level)
		first := l.maxRep == 0 || v.reps[i] == 0
		if l.maxRep > 0 {
			c.level(v.reps[i])
		}
		if level == l.maxDef {
			if l.text() {
				c.value(unsafe.Slice(unsafe.StringData(v.texts[value]), len(v.texts[value])))
			} else {
				c.number(v.bits[value], width)
			}
			value++
		}
		if !first {
			continue
		}
		if c.begins() {
			begins = append(begins, row)
		}
		row++
	}
	return begins
}

// contentPager cuts a column of images into pages by their bytes.
type contentPager struct {
	*chunker
	shard *pipeline.Shard
	leaf  *leaf
	rows  int // of the open page,
	count int // and its levels
}

// add adds a record's images, whose bytes it reads, and says whether a page begins with
// them. A page has no more than so many levels.
func (p *contentPager) add(ctx context.Context, record int, w *imageWeight, most int) (begins bool, err error) {
	images, row := p.shard.Images[p.leaf.field], p.shard.Order.At(record)
	n, ok := images.Len(row)
	for item := range max(1, n) {
		level := p.leaf.maxDef
		there := n > 0 && ok && images.Size(row, item) != pipeline.NoImage
		switch {
		case there:
		case p.leaf.maxRep == 0 || !ok:
			level = defNoList
		case n == 0:
			level = defEmptyList
		default:
			level = defNoImage
		}
		p.level(level)
		if p.leaf.maxRep > 0 {
			p.level(uint8(min(item, 1)))
		}
		if there {
			if err := p.shard.Peek(ctx, p.leaf.field, row, item, p.value); err != nil {
				return false, err
			}
		}
		if item == 0 {
			begins = p.begins()
		}
	}
	if p.rows == 0 || p.count+w.levels > most {
		begins = true
	}
	if begins {
		p.rows, p.count = 0, 0
	}
	p.rows++
	p.count += w.levels
	return begins, nil
}
