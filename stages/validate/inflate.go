package validate

import (
	"bytes"
	"compress/zlib"
	"io"
	"sync"
)

// inflaters keeps readers of zlib streams for use again: one takes 40 KiB, and
// most PNGs that have a colour profile have one of 3 KiB.
type inflaters struct{ pool sync.Pool }

// inflater reads one zlib stream after the other.
type inflater struct {
	source bytes.Reader
	stream io.ReadCloser
}

func (p *inflaters) take() *inflater {
	if z, ok := p.pool.Get().(*inflater); ok {
		return z
	}
	return new(inflater)
}

func (p *inflaters) put(z *inflater) { p.pool.Put(z) }

// open begins a stream; err says that it does not begin as one.
func (z *inflater) open(data []byte) (io.Reader, error) {
	z.source.Reset(data)
	if z.stream == nil {
		var err error
		z.stream, err = zlib.NewReader(&z.source)
		return z.stream, err
	}
	err := z.stream.(zlib.Resetter).Reset(&z.source, nil)
	return z.stream, err
}

// size inflates a stream and returns how many bytes it gave, at most limit, and
// whether it came to its end undamaged.
func (z *inflater) size(data []byte, limit int64) (n int64, whole bool) {
	r, err := z.open(data)
	if err != nil {
		return 0, false
	}
	n, err = io.Copy(io.Discard, io.LimitReader(r, limit))
	return n, err == nil
}

// text is size, and keeps what the stream gave.
func (z *inflater) text(data []byte, limit int64) (text []byte, whole bool) {
	r, err := z.open(data)
	if err != nil {
		return nil, false
	}
	text, err = io.ReadAll(io.LimitReader(r, limit))
	return text, err == nil
}
