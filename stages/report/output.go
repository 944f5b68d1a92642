package report

import (
	"context"
	"errors"
	"io"

	"github.com/pickshard/pickshard/pipeline"
)

// shards are the records of an output: a part is a shard.
type shards struct {
	output *pipeline.Output
	list   []shard
}

type shard struct {
	split, index int
	first        int64 // number of its first record in the split
}

func newShards(o *pipeline.Output) *shards {
	s := &shards{output: o}
	for split := range o.Manifest.Splits {
		first := int64(0)
		for index, sh := range o.Manifest.Splits[split].Shards {
			s.list = append(s.list, shard{split, index, first})
			first += sh.Rows
		}
	}
	return s
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

func (s *shards) read(p picture) ([]byte, error) {
	sh := s.list[p.part]
	return s.output.ReadImage(sh.split, sh.index, p.place())
}
