package pipeline

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

func TestBudgetBoundsWhatIsLent(t *testing.T) {
	t.Parallel()
	const limit = 1 << 20
	b := NewBudget(limit)
	var lent, most atomic.Int64
	var wg sync.WaitGroup
	for i := range 200 {
		wg.Go(func() {
			buf, err := b.Borrow(t.Context(), 1+i*1500)
			if err != nil {
				t.Error(err)
				return
			}
			n := lent.Add(int64(cap(buf)))
			for m := most.Load(); n > m && !most.CompareAndSwap(m, n); m = most.Load() {
			}
			lent.Add(-int64(cap(buf)))
			b.Return(buf)
		})
	}
	wg.Wait()
	if most.Load() > limit {
		t.Errorf("%d bytes were lent at once, the limit is %d", most.Load(), limit)
	}
	if b.held > limit {
		t.Errorf("%d bytes are held, the limit is %d", b.held, limit)
	}
}

func TestBudgetLendsOneOversizeBuffer(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := NewBudget(1 << 20)
		big, err := b.Borrow(t.Context(), 40<<20)
		if err != nil || len(big) < 40<<20 {
			t.Fatalf("Borrow gave %d bytes, %v", len(big), err)
		}
		// Nothing else fits beside it, and a wait ends with its context.
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := b.Borrow(ctx, 1); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("a second Borrow says %v, want a deadline", err)
		}
		b.Return(big)
		if b.held != 0 {
			t.Errorf("%d bytes are kept of an oversize buffer", b.held)
		}
	})
}

func TestBudgetReusesBuffers(t *testing.T) { // counts allocations, so not parallel
	b := NewBudget(8 << 20)
	ctx := t.Context()
	allocs := testing.AllocsPerRun(100, func() {
		buf, err := b.Borrow(ctx, 1_500_000)
		if err != nil {
			t.Fatal(err)
		}
		b.Return(buf)
	})
	if allocs > 0 {
		t.Errorf("%v allocations a loan after warm-up, want none", allocs)
	}
}

func TestSizeClass(t *testing.T) {
	t.Parallel()
	for n := 1; n < 100<<20; n += n/7 + 1 {
		c := sizeClass(n)
		if c < n || c > max(64<<10, n+n/4+1) {
			t.Fatalf("sizeClass(%d) = %d", n, c)
		}
		if again := sizeClass(c); again != c {
			t.Fatalf("sizeClass(%d) = %d, but sizeClass(%d) = %d", n, c, c, again)
		}
	}
}
