package draft

import (
	"bytes"
	"context"
	"fmt"

	"github.com/pickshard/pickshard/pipeline"
)

// twinsCompared is how many files of two folders are compared byte by byte.
const twinsCompared = 16

// twinBytes is the size of a file from which on it is not compared.
const twinBytes = 64 << 20

// twins leaves one field of those that name the same images in several folders, such as
// a tree and its copy: nobody has an image twice in a record. The others are asked for.
func (d *drafting) twins(ctx context.Context, own *claims) {
	var kept []*named
	for _, n := range own.chosen {
		for _, o := range kept {
			if n.kind == kindImage && o.kind == kindImage && d.same(ctx, n, o) {
				n.twin = o
				break
			}
		}
		if n.twin != nil {
			own.doubtful = append(own.doubtful, n)
		} else {
			kept = append(kept, n)
		}
	}
	own.chosen = kept
}

// sameFile is what files that may be the same have in common.
type sameFile struct {
	name string
	size int64
}

// same says whether two fields' files have the same names and sizes, but for a tenth of
// them, and those that are looked at the same bytes.
func (d *drafting) same(ctx context.Context, n, o *named) bool {
	l := d.listing
	others := make(map[sameFile]int32)
	for i := range l.entries {
		if e := &l.entries[i]; o.rate.seen.has(int32(i)) {
			others[sameFile{e.name, e.size}] = int32(i)
		}
	}
	files, both, compared := 0, 0, 0
	for i := range l.entries {
		e := &l.entries[i]
		if !n.rate.seen.has(int32(i)) {
			continue
		}
		files++
		other, ok := others[sameFile{e.name, e.size}]
		if !ok || other == int32(i) {
			continue
		}
		if both++; compared < twinsCompared {
			compared++
			if !d.equal(ctx, l.path(int32(i)), l.path(other)) {
				return false
			}
		}
	}
	return both > 0 && both*10 >= files*9
}

// equal says whether two files hold the same.
func (d *drafting) equal(ctx context.Context, a, b string) bool {
	var data [2][]byte
	for i, name := range []string{a, b} {
		stat, err := d.input.Stat(ctx, name)
		if err != nil || stat.Size > twinBytes {
			return false
		}
		data[i] = make([]byte, stat.Size)
		if _, err := d.input.ReadFile(ctx, name, pipeline.FileStat{}, data[i]); err != nil {
			return false
		}
	}
	return bytes.Equal(data[0], data[1])
}

// twinWhy asks whether a field of the same images is meant.
func (n *named) twinWhy() string {
	return fmt.Sprintf("the images of field %s again, byte for byte; is a copy meant? ", n.twin.line.name)
}
