package validate

import (
	"context"
	"errors"

	"github.com/zeebo/xxh3"

	"github.com/pickshard/pickshard/pipeline"
)

// A ref says who has a digest: the split, the image field by its number, and the
// place of the image in its column (or the row, where there is no image).
type ref uint64

const (
	placeBits = 44
	fieldBits = 12
)

func newRef(split, field int, place int64) ref {
	return ref(uint64(split)<<(placeBits+fieldBits) | uint64(field)<<placeBits | uint64(place))
}

func (r ref) split() int   { return int(r >> (placeBits + fieldBits)) }
func (r ref) field() int   { return int(r >> placeBits & (1<<fieldBits - 1)) }
func (r ref) place() int64 { return int64(r & (1<<placeBits - 1)) }

// named calls equal with the images of all splits that name one file, for each file
// that is named more than once. counted is told how many images each field names.
func named(ctx context.Context, splits []*pipeline.Records, counted func(split, field int, n int64), equal func(refs []ref)) (err error) {
	d := &digests{}
	defer func() { err = errors.Join(err, d.close()) }()
	name := make([]byte, 0, 256)
	for s, r := range splits {
		for _, f := range r.Schema.Images() {
			n, c := int64(0), r.Images[f]
			for _, row := range r.Chosen().All() {
				if row%65536 == 0 && ctx.Err() != nil {
					return context.Cause(ctx)
				}
				for item := range c.Count(row) {
					var ok bool
					if name, ok = c.AppendFile(name[:0], row, item); !ok {
						continue
					}
					n++
					h := xxh3.Hash128(name)
					if err := d.add(h.Hi, h.Lo, uint64(newRef(s, f, c.Place(row, item)))); err != nil {
						return err
					}
				}
			}
			counted(s, f, n)
		}
	}
	return eachGroup(d, equal)
}

// eachGroup is digests.groups in refs.
func eachGroup(d *digests, equal func(refs []ref)) error {
	var list []ref
	return d.groups(func(refs []uint64) error {
		list = list[:0]
		for _, r := range refs {
			list = append(list, ref(r))
		}
		equal(list)
		return nil
	})
}

// imageOf is the image that a ref stands for.
func imageOf(splits []*pipeline.Records, r ref) (rec *pipeline.Records, row int64, item int, field string) {
	rec = splits[r.split()]
	row, item = rec.Images[r.field()].At(r.place())
	return rec, row, item, rec.Schema.Field(r.field()).Name
}
