package pickle

import (
	"io"

	"golang.org/x/sync/errgroup"
)

const (
	aheadSize  = 128 << 10 // of a buffer
	aheadCount = 4
)

// ahead calls use with a reader of r that is read in a second goroutine, at most
// half a MiB before use: so a file is decompressed while it is decoded. r is not read
// any more when ahead returns, which waits for a read that is under way. That may
// never end where r is live: then use reads r itself, and its error comes at once.
func ahead(r io.Reader, use func(io.Reader) error) error {
	if _, waits := r.(live); waits {
		return use(r)
	}
	a := &aheadReader{full: make(chan aheadBuffer, aheadCount), empty: make(chan []byte, aheadCount)}
	for range aheadCount {
		a.empty <- make([]byte, aheadSize)
	}
	var g errgroup.Group
	g.Go(func() error {
		defer close(a.full)
		for b := range a.empty {
			n, err := fillFrom(r, b)
			a.full <- aheadBuffer{b[:n], err}
			if err != nil {
				return nil // use learns of it
			}
		}
		return nil
	})
	err := use(a)
	close(a.empty)
	for range a.full { // the goroutine may have one more to give
	}
	_ = g.Wait()
	return err
}

// live is the inside of an archive that comes through somebody's pipe: a read may
// wait for them, and cannot be interrupted.
type live struct{ io.Reader }

// fillFrom reads until b is full or there is an error, which it returns as it is.
func fillFrom(r io.Reader, b []byte) (n int, err error) {
	for n < len(b) && err == nil {
		var k int
		k, err = r.Read(b[n:])
		n += k
	}
	return n, err
}

// aheadBuffer is what was read, and the error that came after it.
type aheadBuffer struct {
	data []byte
	err  error
}

// aheadReader is what use of [ahead] reads.
type aheadReader struct {
	full  chan aheadBuffer
	empty chan []byte
	now   aheadBuffer
	rest  []byte // of now.data, not yet given out
}

func (a *aheadReader) Read(p []byte) (int, error) {
	for len(a.rest) == 0 {
		if a.now.err != nil {
			return 0, a.now.err
		}
		if a.now.data != nil {
			a.empty <- a.now.data[:aheadSize]
		}
		a.now = <-a.full
		a.rest = a.now.data
	}
	n := copy(p, a.rest)
	a.rest = a.rest[n:]
	return n, nil
}
