package pipeline

import (
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
)

// A digest is 128 bits that stand for a text or an image, and who has it.
type digest struct {
	high, low uint64
	ref       ImageRef
}

const (
	digestBytes = 24
	buckets     = 256
	// heldDigests is how many are held in memory before they are written down: twice
	// 3 MiB with those that are being sorted into buckets.
	heldDigests = 128 << 10
)

// Digests finds what is equal among many millions, in memory that hardly grows with
// them. They are parted into buckets by their first byte; what does not fit is
// written to one scratch file, bucket after bucket, a run at a time. Then each bucket
// is read alone and sorted: 30 million take a bucket of 3 MB. Results come in the
// order of the digests, whatever order they were added in.
//
// It belongs to one goroutine. Close it.
type Digests struct {
	Folder string // for the scratch file; empty is the system's
	held   []digest
	parted []digest
	file   *os.File // nil while all is held
	runs   [][buckets + 1]int64
	end    int64
	out    []byte
}

// Add takes a digest; ref is who has it.
func (d *Digests) Add(high, low uint64, ref ImageRef) error {
	if len(d.held) == heldDigests {
		if err := d.spill(); err != nil {
			return err
		}
	}
	d.held = append(d.held, digest{high, low, ref})
	return nil
}

// part sorts what is held into buckets; the places tell where each begins.
func (d *Digests) part() (places [buckets + 1]int) {
	for _, g := range d.held {
		places[g.high>>56+1]++
	}
	for b := range buckets {
		places[b+1] += places[b]
	}
	d.parted = slices.Grow(d.parted[:0], len(d.held))[:len(d.held)]
	next := places
	for _, g := range d.held {
		b := g.high >> 56
		d.parted[next[b]] = g
		next[b]++
	}
	return places
}

// spill writes what is held to the scratch file.
func (d *Digests) spill() (err error) {
	if d.file == nil {
		if d.file, err = os.CreateTemp(d.Folder, "pickshard-digests-*"); err != nil {
			return fmt.Errorf("make a scratch file: %w", err)
		}
		// Nobody else opens it, and a kill leaves nothing behind.
		_ = os.Remove(d.file.Name()) // where the system lets go of open files only
	}
	places := d.part()
	var run [buckets + 1]int64
	for b, at := range places {
		run[b] = d.end + int64(at)*digestBytes
	}
	d.out = d.out[:0]
	for _, g := range d.parted {
		d.out = binary.LittleEndian.AppendUint64(d.out, g.high)
		d.out = binary.LittleEndian.AppendUint64(d.out, g.low)
		d.out = binary.LittleEndian.AppendUint64(d.out, uint64(g.ref))
		if len(d.out) >= 1<<20-digestBytes {
			if err := d.flush(); err != nil {
				return err
			}
		}
	}
	d.runs = append(d.runs, run)
	d.held = d.held[:0]
	return d.flush()
}

func (d *Digests) flush() error {
	n, err := d.file.WriteAt(d.out, d.end)
	d.end += int64(n)
	d.out = d.out[:0]
	if err != nil {
		return fmt.Errorf("write a scratch file: %w", err)
	}
	return nil
}

// Groups calls equal for each digest that several have, at least so many, with all who
// have it, ascending. The slice is valid during the call. Nothing may be added after that.
func (d *Digests) Groups(least int, equal func(refs []ImageRef)) error {
	return d.groups(least, func(_ sum, refs []ImageRef) { equal(refs) })
}

// sum is what a digest is without who has it.
type sum struct{ high, low uint64 }

// groups is Groups with what is equal.
func (d *Digests) groups(least int, equal func(s sum, refs []ImageRef)) error {
	if d.file != nil && len(d.held) > 0 { // what is read needs the room of what is held
		if err := d.spill(); err != nil {
			return err
		}
	}
	places := d.part()
	d.held = nil
	if d.file != nil {
		d.parted = nil
	}
	var bucket []digest
	var refs []ImageRef
	var sorter bucketSorter
	for b := range buckets {
		n := places[b+1] - places[b]
		for i := range d.runs {
			n += int(d.runs[i][b+1]-d.runs[i][b]) / digestBytes
		}
		bucket = append(slices.Grow(bucket[:0], n), d.parted[places[b]:places[b+1]]...)
		for i := range d.runs {
			var err error
			if bucket, err = d.read(bucket, d.runs[i][b], d.runs[i][b+1]); err != nil {
				return err
			}
		}
		sorter.sort(bucket)
		for i := 0; i < len(bucket); {
			j := i + 1
			for j < len(bucket) && bucket[j].high == bucket[i].high && bucket[j].low == bucket[i].low {
				j++
			}
			if j-i >= least {
				refs = refs[:0]
				for _, g := range bucket[i:j] {
					refs = append(refs, g.ref)
				}
				equal(sum{bucket[i].high, bucket[i].low}, refs)
			}
			i = j
		}
	}
	return nil
}

// bucketSorter sorts digests that have their first byte in common. The bits behind it are
// even, so that sorting by the next 16 leaves a few neighbours to be compared: a third of
// the time that comparing all of them takes.
type bucketSorter struct {
	ends []int32 // by the 16 bits
	room []digest
}

const bucketBits = 16

func (s *bucketSorter) sort(bucket []digest) {
	if len(bucket) < 1<<bucketBits/8 {
		slices.SortFunc(bucket, compareDigests)
		return
	}
	s.ends = append(s.ends[:0], make([]int32, 1<<bucketBits+1)...)
	for i := range bucket {
		s.ends[bucket[i].high>>(56-bucketBits)&(1<<bucketBits-1)+1]++
	}
	for i := range 1 << bucketBits {
		s.ends[i+1] += s.ends[i]
	}
	s.room = append(s.room[:0], bucket...)
	for i := range s.room {
		at := &s.ends[s.room[i].high>>(56-bucketBits)&(1<<bucketBits-1)]
		bucket[*at] = s.room[i]
		*at++
	}
	from := int32(0)
	for _, to := range s.ends[:1<<bucketBits] {
		if to-from > 1 {
			slices.SortFunc(bucket[from:to], compareDigests)
		}
		from = to
	}
}

func compareDigests(x, y digest) int {
	return cmp.Or(cmp.Compare(x.high, y.high), cmp.Compare(x.low, y.low), cmp.Compare(x.ref, y.ref))
}

// read appends a part of a run.
func (d *Digests) read(dst []digest, from, to int64) ([]digest, error) {
	d.out = slices.Grow(d.out[:0], int(to-from))[:to-from]
	if _, err := d.file.ReadAt(d.out, from); err != nil && !errors.Is(err, io.EOF) {
		return dst, fmt.Errorf("read a scratch file: %w", err)
	}
	for at := 0; at < len(d.out); at += digestBytes {
		dst = append(dst, digest{
			binary.LittleEndian.Uint64(d.out[at:]), binary.LittleEndian.Uint64(d.out[at+8:]), ImageRef(binary.LittleEndian.Uint64(d.out[at+16:])),
		})
	}
	return dst, nil
}

// Close gives the scratch file back.
func (d *Digests) Close() error {
	if d.file == nil {
		return nil
	}
	err := d.file.Close()
	if rerr := os.Remove(d.file.Name()); rerr != nil && !errors.Is(rerr, os.ErrNotExist) {
		err = errors.Join(err, rerr)
	}
	d.file = nil
	return err
}
