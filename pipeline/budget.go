package pipeline

import (
	"context"
	"math/bits"
	"sync"

	"golang.org/x/sync/semaphore"
)

// A Budget lends out byte buffers and bounds what is lent and kept together.
// Buffers come back and are lent again, so that after warm-up nothing is
// allocated.
type Budget struct {
	limit int64
	lent  *semaphore.Weighted

	mu   sync.Mutex
	held int64            // bytes of all buffers, lent or free
	free map[int][][]byte // by capacity
}

// NewBudget returns a budget of limit bytes. A single buffer larger than the
// limit is still lent, alone: one image must pass, whatever its size.
func NewBudget(limit int64) *Budget {
	return &Budget{limit: limit, lent: semaphore.NewWeighted(limit), free: make(map[int][][]byte)}
}

// Borrow returns a buffer of at least n bytes, waiting in line until it fits.
func (b *Budget) Borrow(ctx context.Context, n int) ([]byte, error) {
	size := sizeClass(n)
	if err := b.lent.Acquire(ctx, b.weight(size)); err != nil {
		return nil, context.Cause(ctx)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if stack := b.free[size]; len(stack) > 0 {
		buf := stack[len(stack)-1]
		b.free[size] = stack[:len(stack)-1]
		return buf, nil
	}
	b.shrink(b.limit - int64(size))
	b.held += int64(size)
	return make([]byte, size), nil
}

// shrink lets free buffers go until at most keep bytes are held.
func (b *Budget) shrink(keep int64) {
	for size, stack := range b.free {
		for len(stack) > 0 && b.held > keep {
			stack[len(stack)-1] = nil
			stack = stack[:len(stack)-1]
			b.held -= int64(size)
		}
		b.free[size] = stack
	}
}

// Return gives a buffer back.
func (b *Budget) Return(buf []byte) {
	size := cap(buf)
	b.mu.Lock()
	if b.held > b.limit {
		b.held -= int64(size)
	} else {
		b.free[size] = append(b.free[size], buf[:size])
	}
	b.mu.Unlock()
	b.lent.Release(b.weight(size))
}

func (b *Budget) weight(size int) int64 { return min(int64(size), b.limit) }

// sizeClass rounds up to a quarter of a power of two, so that images of about
// the same size share buffers and at most a fifth is wasted.
func sizeClass(n int) int {
	const least = 64 << 10
	if n <= least {
		return least
	}
	step := 1 << (bits.Len(uint(n-1)) - 3)
	return (n + step - 1) / step * step
}
