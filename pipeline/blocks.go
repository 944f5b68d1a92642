package pipeline

import (
	"context"
	"sync/atomic"

	"golang.org/x/sync/errgroup"
)

// eachBlock calls f for the rows 0 to rows in blocks [lo, hi), by as many workers,
// in no order. It returns the first error, or the cause of ctx's end.
func eachBlock(ctx context.Context, workers int, rows int64, f func(ctx context.Context, lo, hi int64) error) error {
	var next atomic.Int64
	g, ctx := errgroup.WithContext(ctx)
	for range workers {
		g.Go(func() error {
			for {
				lo := next.Add(blockRows) - blockRows
				if lo >= rows {
					return nil
				}
				if ctx.Err() != nil {
					return context.Cause(ctx)
				}
				if err := f(ctx, lo, min(lo+blockRows, rows)); err != nil {
					return err
				}
			}
		})
	}
	return g.Wait()
}
