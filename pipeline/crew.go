package pipeline

import (
	"context"
	"sync/atomic"

	"golang.org/x/sync/errgroup"
)

// A crew is the readers of one shard. Each takes the next image in the shard's
// order, so the input is read about in order, but none waits for its turn: every
// image's place is known.
//
// How many they are follows from where the images are. Images in memory are
// copied as fast as the cores can, so Workers readers, over all shards, are
// enough: more would wait for each other's writes into the same file. A read that
// waits for a disk or a server leaves a core to others, so whoever had to wait
// sends for another reader, up to Readers a shard, and who had not to wait for
// long enough leaves.
type crew struct {
	*attemptRun
	total int64 // of the shard's assets
	next  atomic.Int64
	size  atomic.Int64 // readers at this moment
	group *errgroup.Group
}

// calm is after how many images in a row that were in memory a reader asks
// whether it is one too many.
const calm = 16

// readImages reads every image of the shard once.
func (t *attemptRun) readImages(ctx context.Context) error {
	c := &crew{attemptRun: t, total: int64(t.shard.Assets())}
	t.tell(0, int64(t.shard.imageless()))
	if c.total == 0 {
		return nil
	}
	c.group, ctx = errgroup.WithContext(ctx)
	c.grow(ctx, c.enough())
	return c.group.Wait()
}

// enough is how many readers keep the cores busy when none of them waits.
func (c *crew) enough() int64 {
	return min(max(1, int64(c.Workers)/max(1, c.filling.Load())), int64(c.Readers))
}

// grow adds a reader when there are fewer than most.
func (c *crew) grow(ctx context.Context, most int64) {
	if n := c.size.Load(); n < most && c.size.CompareAndSwap(n, n+1) {
		c.group.Go(func() error { return c.read(ctx) })
	}
}

// shrink takes the calling reader off the crew when there are more than least;
// false: it stays.
func (c *crew) shrink(least int64) bool {
	n := c.size.Load()
	return n > least && c.size.CompareAndSwap(n, n-1)
}

func (c *crew) read(ctx context.Context) error {
	r := imageReader{attemptRun: c.attemptRun}
	for atRest := 0; ; {
		n := c.next.Add(1) - 1
		if n >= c.total {
			return nil
		}
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		cached, err := r.put(ctx, int(n))
		if err != nil {
			return err
		}
		if !cached {
			atRest = 0
			c.grow(ctx, int64(c.Readers))
			continue
		}
		if atRest++; atRest%calm != 0 {
			continue
		}
		enough := c.enough()
		c.grow(ctx, enough)
		if c.shrink(enough) {
			return nil
		}
	}
}
