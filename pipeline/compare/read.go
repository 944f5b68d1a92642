package compare

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"hash"
	"io"
	"runtime"
	"slices"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/pickshard/pickshard/pipeline"
	"github.com/pickshard/pickshard/schema"
)

// prints reads the shards of a split that changed, and returns their records' prints,
// sorted.
func (c *comparison) prints(ctx context.Context, s *side, split *pipeline.ManifestSplit, changed []bool) ([]print, error) {
	var prints []print
	var mu sync.Mutex
	err := s.eachShard(ctx, split, func(i int) bool { return changed[i] }, func(ctx context.Context, sh *pipeline.ShardResult, first int64) error {
		var own []print
		h := newFieldHash(s)
		err := s.each(ctx, split.Name, sh, first, func(at int64, _ string, sample *pipeline.Sample) bool {
			p := print{all: h.record(sample), at: at}
			if p.by = p.all; s.by >= 0 {
				sum := h.field(sample, s.by)
				p.by = [16]byte(sum[:16])
			}
			own = append(own, p)
			return true
		})
		mu.Lock()
		defer mu.Unlock()
		prints = append(prints, own...)
		return err
	})
	sortPrints(prints)
	return prints, err
}

// detail is what is remembered of a record that changed: a sum for each field that
// counts.
type detail struct {
	key  string
	sums []uint64
}

// common counts the fields that two records have in common.
func (d *detail) common(o *detail) int {
	n := 0
	for k, sum := range d.sums {
		if o.sums[k] == sum {
			n++
		}
	}
	return n
}

// details reads the records at these places once more, for what they are in each field.
func (c *comparison) details(ctx context.Context, s *side, split *pipeline.ManifestSplit, places []int64) (map[int64]*detail, error) {
	slices.Sort(places)
	firsts := make([]int64, len(split.Shards)+1)
	for i, sh := range split.Shards {
		firsts[i+1] = firsts[i] + sh.Rows
	}
	within := func(lo, hi int64) []int64 {
		from, _ := slices.BinarySearch(places, lo)
		to, _ := slices.BinarySearch(places, hi)
		return places[from:to]
	}
	found := make(map[int64]*detail, len(places))
	var mu sync.Mutex
	wanted := func(i int) bool { return len(within(firsts[i], firsts[i+1])) > 0 }
	err := s.eachShard(ctx, split, wanted, func(ctx context.Context, sh *pipeline.ShardResult, first int64) error {
		left := within(first, first+sh.Rows)
		h := newFieldHash(s)
		return s.each(ctx, split.Name, sh, first, func(at int64, key string, sample *pipeline.Sample) bool {
			if at != left[0] {
				return true
			}
			d := &detail{key: key, sums: make([]uint64, len(s.fields))}
			for k, f := range s.fields {
				sum := h.field(sample, f)
				d.sums[k] = binary.LittleEndian.Uint64(sum[:])
			}
			mu.Lock()
			defer mu.Unlock()
			found[at] = d
			left = left[1:]
			return len(left) > 0
		})
	})
	if err == nil && len(found) != len(places) {
		err = fmt.Errorf("split %s: its shards do not have the records that they had a moment ago", split.Name)
	}
	return found, err
}

// eachShard calls visit for the shards of a split that are wanted, several at once,
// with the place of their first record.
func (s *side) eachShard(ctx context.Context, split *pipeline.ManifestSplit, wanted func(int) bool, visit func(ctx context.Context, sh *pipeline.ShardResult, first int64) error) error {
	if s.format == nil {
		return nil
	}
	g, work := errgroup.WithContext(ctx)
	g.SetLimit(runtime.GOMAXPROCS(0))
	first := int64(0)
	for i := range split.Shards {
		sh, at := &split.Shards[i], first
		if first += sh.Rows; wanted(i) {
			g.Go(func() error { return visit(work, sh, at) })
		}
	}
	return g.Wait()
}

// each reads a shard's records until visit says no. A record's key is its own, or tells
// its place.
func (s *side) each(ctx context.Context, split string, sh *pipeline.ShardResult, first int64, visit func(at int64, key string, sample *pipeline.Sample) bool) (err error) {
	own := sh.Own(s.format.Name())
	if own == nil {
		return nil
	}
	file, err := s.store.Open(own.Path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	reader, err := s.format.Open(file, file.Size(), s.schema, s.manifest.Traits[s.format.Name()])
	if err != nil {
		return fmt.Errorf("read %s: %w", own.Path, err)
	}
	for row := range sh.Rows {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		sample, err := reader.Next()
		if errors.Is(err, io.EOF) {
			return fmt.Errorf("read %s: it has %d records, the manifest says %d", own.Path, row, sh.Rows)
		}
		if err != nil {
			return fmt.Errorf("read %s: record %d: %w", own.Path, row, err)
		}
		if !visit(first+row, cmp.Or(sample.Key, fmt.Sprintf("%s row %d", split, first+row)), &sample) {
			return nil
		}
	}
	return nil
}

// fieldHash sums records and fields, by SHA-256: sums that are equal are the same
// value. Names of images do not count, as not every format has them.
type fieldHash struct {
	side        *side
	whole, part hash.Hash
	text        []byte
}

func newFieldHash(s *side) *fieldHash {
	return &fieldHash{side: s, whole: sha256.New(), part: sha256.New()}
}

// record sums the fields of a record that count.
func (h *fieldHash) record(sample *pipeline.Sample) (sum [16]byte) {
	h.whole.Reset()
	for _, f := range h.side.fields {
		part := h.field(sample, f)
		h.whole.Write(part[:])
	}
	return [16]byte(h.whole.Sum(nil))
}

func (h *fieldHash) field(sample *pipeline.Sample, f int) (sum [32]byte) {
	h.part.Reset()
	if h.side.schema.Field(f).Type.Images() {
		h.text = schema.AppendLength(h.text[:0], len(sample.Images[f]), sample.Images[f] != nil)
		h.part.Write(h.text)
		for _, m := range sample.Images[f] {
			h.part.Write(schema.AppendLength(h.text[:0], len(m.Bytes), m.Bytes != nil))
			h.part.Write(m.Bytes)
		}
	} else {
		h.text = schema.AppendValue(h.text[:0], sample.Values[f].Array, sample.Values[f].Row)
		h.part.Write(h.text)
	}
	return [32]byte(h.part.Sum(nil))
}
