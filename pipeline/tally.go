package pipeline

import (
	"cmp"
	"errors"
	"io"
	"slices"
	"sync"
)

// tally is a file that is read by a format's reader, in whatever order, and
// digested at the same time: each byte is summed when it is first read, and Sum
// reads what nobody has asked for. So verification takes a file from the disk
// once.
type tally struct {
	file ReadFile
	cb   *Combiner

	mu    sync.Mutex
	spans []span // by offset; they do not overlap
}

type span struct {
	begin, end int64
	sum        uint32
}

func newTally(f ReadFile, cb *Combiner) *tally { return &tally{file: f, cb: cb} }

// ReadAt implements io.ReaderAt.
func (t *tally) ReadAt(p []byte, offset int64) (int, error) {
	n, err := t.file.ReadAt(p, offset)
	if n > 0 {
		t.mu.Lock()
		t.take(p[:n], offset)
		t.mu.Unlock()
	}
	return n, err
}

// take sums those of the bytes at offset that were not seen before.
func (t *tally) take(p []byte, offset int64) {
	end := offset + int64(len(p))
	for at := offset; at < end; {
		i, inside := slices.BinarySearchFunc(t.spans, at, func(s span, at int64) int {
			switch {
			case s.end <= at:
				return -1
			case s.begin > at:
				return 1
			}
			return 0
		})
		if inside {
			at = t.spans[i].end
			continue
		}
		stop := end
		if i < len(t.spans) {
			stop = min(stop, t.spans[i].begin)
		}
		fresh := p[at-offset : stop-offset]
		if i > 0 && t.spans[i-1].end == at { // the usual case: reading on
			t.spans[i-1].sum = UpdateCRC32C(t.spans[i-1].sum, fresh)
			t.spans[i-1].end = stop
		} else {
			t.spans = slices.Insert(t.spans, i, span{at, stop, CRC32C(fresh)})
		}
		at = stop
	}
}

// Sum returns the whole file's CRC-32C.
func (t *tally) Sum() (uint32, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	slices.SortFunc(t.spans, func(a, b span) int { return cmp.Compare(a.begin, b.begin) })
	sum, end := uint32(0), int64(0)
	size := t.file.Size()
	for _, s := range append(t.spans, span{begin: size, end: size}) {
		var err error
		if sum, err = t.fill(sum, end, s.begin); err != nil {
			return 0, err
		}
		sum = t.cb.Combine(sum, s.sum, s.end-s.begin)
		end = s.end
	}
	return sum, nil
}

// fill sums what lies between two spans.
func (t *tally) fill(sum uint32, from, to int64) (uint32, error) {
	if from >= to {
		return sum, nil
	}
	buf := make([]byte, min(to-from, 1<<20))
	for from < to {
		n, err := t.file.ReadAt(buf[:min(int64(len(buf)), to-from)], from)
		sum = UpdateCRC32C(sum, buf[:n])
		from += int64(n)
		if err != nil && (!errors.Is(err, io.EOF) || from < to) {
			return 0, err
		}
	}
	return sum, nil
}
