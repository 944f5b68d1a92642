package pipeline

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"
)

// Seen remembers, from run to run and outside of OUTPUT, what the images of a
// shard held when they were read. An update that finds their names, sizes and
// times unchanged need not read them again. It is a cache: without it, or when
// it has forgotten, an update reads the images and comes to the same result.
type Seen interface {
	// Contents returns the digest of the images that a source digest stands for.
	Contents(source string) (digest string, ok bool)
	// Remember replaces all that is remembered.
	Remember(known []SeenShard) error
}

// SeenShard is what Seen remembers of a shard.
type SeenShard struct {
	Source   string // a digest over names, sizes, and all times of its images
	Contents string // a digest over their bytes
	// Newest is the time of the image that was written last. One that was
	// written while it was read may change again without a new time, so who
	// remembers must leave out what is too new.
	Newest time.Time
}

// rememberOrWarn tells Seen of a run that has built all; that it cannot remember
// harms nothing.
func (j *Job) rememberOrWarn(planned *Planned, set *recordSet, observe Observer) {
	if err := j.remember(planned, set); err != nil {
		observe(Event{Kind: EventWarning, Message: fmt.Sprintf("what the images hold is not remembered, the next --update will read them: %v", err)})
	}
}

// remember tells Seen of all shards.
func (j *Job) remember(planned *Planned, set *recordSet) error {
	if j.Seen == nil {
		return nil
	}
	var known []SeenShard
	for si := range planned.Plan.Splits {
		for i, rec := range set.records[si] {
			if rows := planned.rows(si, i); len(rec.Built.Dropped) > 0 || !planned.timed(si, rows) {
				continue
			}
			known = append(known, SeenShard{
				Source: planned.seenDigest(si, planned.rows(si, i)), Contents: rec.Built.Contents,
				Newest: planned.newest(si, planned.rows(si, i)),
			})
		}
	}
	return j.Seen.Remember(known)
}

// seenDigest is a sourceDigest that takes in when each image changed, too: what
// is not read again must not have been touched at all.
func (p *Planned) seenDigest(split int, rows Rows) string {
	return timedDigest(p.Records[split], rows, p.Times[split], p.later[split])
}

// timed says whether all images of rows have a time. Those that stand in a column have
// none: that they are of the same size says nothing of what is in them.
func (p *Planned) timed(split int, rows Rows) bool {
	none := Stamp(time.Time{})
	for _, f := range p.Records[split].Schema.Images() {
		c := p.Records[split].Images[f]
		for _, row := range rows.All() {
			for item := range c.Count(row) {
				if place := c.Place(row, item); c.Sizes.At(place) != NoImage && p.Times[split][f].At(place) == none {
					return false
				}
			}
		}
	}
	return true
}

// newest is when the image of a shard that was touched last was touched.
func (p *Planned) newest(split int, rows Rows) time.Time {
	last := int64(0)
	for _, f := range p.Records[split].Schema.Images() {
		c := p.Records[split].Images[f]
		for _, row := range rows.All() {
			for item := range c.Count(row) {
				// The time that a file was given may lie anywhere; a change cannot hide from Changed.
				place := c.Place(row, item)
				last = max(last, p.Times[split][f].At(place)+p.later[split][f].At(place))
			}
		}
	}
	return time.Unix(0, last)
}

// readContents reads a shard's images for their digest alone.
func (j *Job) readContents(ctx context.Context, sh *Shard, times []Numbers, budget *Budget) (string, error) {
	sums := make(imageSums, sh.Assets())
	var next atomic.Int64
	g, work := errgroup.WithContext(ctx)
	for range min(j.Readers, len(sums)) {
		g.Go(func() error {
			for n := next.Add(1) - 1; n < int64(len(sums)); n = next.Add(1) - 1 {
				a := sh.Asset(int(n))
				size := sh.AssetSize(a)
				if size == NoImage {
					continue
				}
				row, c := sh.Order.At(a.Record), sh.Images[a.Field]
				buf, err := budget.Borrow(work, int(size))
				if err != nil {
					return err
				}
				_, err = c.Read(work, row, a.Item, plannedStat(size, times[a.Field].At(c.Place(row, a.Item))), buf[:size])
				sums[n] = CRC32C(buf[:size])
				budget.Return(buf)
				if err != nil {
					return fmt.Errorf("compare images: %w", err)
				}
			}
			return nil
		})
	}
	if err := g.Wait(); err != nil {
		return "", err
	}
	return contentsDigest(sh, sums), nil
}
