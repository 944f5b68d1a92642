package pipeline

import (
	"sync"
	"time"

	"golang.org/x/sync/errgroup"
)

// lentMemory is memory that is a file's, and that looks at all records fill: columns and
// numbers of a large split.
type lentMemory struct {
	mu   sync.Mutex
	back []func()
}

func (l *lentMemory) add(giveBack func()) {
	if giveBack == nil {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.back = append(l.back, giveBack)
}

// lentFor is how long memory is left to who looks at it: a tenth of a gigabyte is looked
// at in that time.
const lentFor = 20 * time.Millisecond

// during does some work, and gives the memory back every now and then.
func (l *lentMemory) during(work func() error) error {
	done := make(chan struct{})
	var g errgroup.Group
	g.Go(func() error {
		defer close(done)
		return work()
	})
	g.Go(func() error {
		t := time.NewTicker(lentFor)
		defer t.Stop()
		for {
			select {
			case <-done:
				l.giveBack()
				return nil
			case <-t.C:
				l.giveBack()
			}
		}
	})
	return g.Wait()
}

func (l *lentMemory) giveBack() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, back := range l.back {
		back()
	}
}
