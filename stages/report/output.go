package report

import (
	"context"
	"errors"
	"io"
	"slices"

	"github.com/pickshard/pickshard/pipeline"
)

// shards are the records of an output: a part is a shard.
type shards struct {
	output *pipeline.Output
	list   []shard
}

type shard struct {
	split, index int
	first        int64   // number of its first record in the split
	row          int64   // of that record in the split as it was read, -1 where nothing tells it
	left         []int64 // rows of the split that were left out
}

func newShards(o *pipeline.Output) *shards {
	s := &shards{output: o}
	for split := range o.Manifest.Splits {
		first, left := int64(0), leftOut(o.Manifest, o.Manifest.Splits[split].Name)
		for index, sh := range o.Manifest.Splits[split].Shards {
			s.list = append(s.list, shard{split, index, first, firstRow(o.Manifest.Splits[split].Name, &sh, left), left})
			first += sh.Rows
		}
	}
	return s
}

// firstRow tells the first row of a shard in the split as it was read, where keys say that
// its records are rows that follow each other but for those that were left out; else -1.
func firstRow(split string, sh *pipeline.ShardResult, left []int64) int64 {
	first, ok := pipeline.KeyRow(split, sh.FirstKey)
	last, also := pipeline.KeyRow(split, sh.LastKey)
	from, _ := slices.BinarySearch(left, first)
	to, _ := slices.BinarySearch(left, last)
	if !ok || !also || last-first+1-int64(to-from) != sh.Rows {
		return -1
	}
	return first
}

// leftOut are the rows of a split that break a rule by which they are left out, sorted.
func leftOut(m *pipeline.Manifest, split string) []int64 {
	rules := make(map[string]bool)
	for _, r := range m.Rules {
		if r.Split == split && r.Severity.LeavesOut() {
			rules[r.Rule] = true
		}
	}
	var rows []int64
	for _, v := range m.Violations {
		if v.Split == split && v.Row >= 0 && rules[v.Rule] {
			rows = append(rows, v.Row)
		}
	}
	slices.Sort(rows)
	return slices.Compact(rows)
}

func (s *shards) parts() int { return len(s.list) }

func (s *shards) walk(ctx context.Context, part int, each func(*record, headFunc)) (err error) {
	sh := s.list[part]
	b, err := s.output.Browse(sh.split, sh.index)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, b.Close()) }()
	head := func(p picture) (int, int) {
		_, w, h := ReadHead(b.Image(p.place()))
		return w, h
	}
	r := &record{split: sh.split, row: -1, images: make([][]picture, s.output.Schema.Len())}
	for n := int64(0); ; n++ {
		if n%256 == 0 && ctx.Err() != nil {
			return context.Cause(ctx)
		}
		sample, err := b.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		r.number, r.key, r.values = sh.first+n, sample.Key, sample.Values
		if sh.row >= 0 {
			if r.row++; n == 0 {
				r.row = sh.row
			}
			for _, out := slices.BinarySearch(sh.left, r.row); out; _, out = slices.BinarySearch(sh.left, r.row) {
				r.row++
			}
		}
		if err := s.pictures(b, part, &sample, r); err != nil {
			return err
		}
		each(r, head)
	}
}

// pictures lists the images of a sample.
func (s *shards) pictures(b *pipeline.Browser, part int, sample *pipeline.Sample, r *record) error {
	for _, f := range s.output.Schema.Images() {
		if sample.Images[f] == nil {
			r.images[f] = nil
			continue
		}
		if r.images[f] == nil {
			r.images[f] = []picture{}
		}
		r.images[f] = r.images[f][:0]
		for item, m := range sample.Images[f] {
			p := picture{name: m.Name, size: m.Size, none: !m.There(), part: part, at: m.At, field: f, item: item}
			if p.name == "" && !p.none {
				var err error
				if p.mark, err = middle(b.Image(m)); err != nil {
					return err
				}
			}
			r.images[f] = append(r.images[f], p)
		}
	}
	return nil
}

// middle hashes what stands in the middle of an image, which tells images of one size
// apart.
func middle(r *io.SectionReader) (uint64, error) {
	var b [64]byte
	n, err := r.ReadAt(b[:], max(0, r.Size()/2-int64(len(b))/2))
	if err != nil && !errors.Is(err, io.EOF) {
		return 0, err
	}
	return hashText(0, string(b[:n])), nil
}

func (p picture) place() pipeline.SampleImage { return pipeline.SampleImage{At: p.at, Size: p.size} }

func (s *shards) read(_ context.Context, p picture) ([]byte, error) {
	sh := s.list[p.part]
	return s.output.ReadImage(sh.split, sh.index, p.place())
}
