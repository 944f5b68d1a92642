// Package fill reads a stretch of a shard's file whole, for the readers of formats. It
// never returns a part of one: a file that is shorter than it said is an error.
package fill

import (
	"fmt"
	"io"
)

// At fills p with the bytes from offset on.
func At(r io.ReaderAt, p []byte, offset int64) error {
	n, err := r.ReadAt(p, offset)
	if n == len(p) {
		return nil
	}
	if err == nil || err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	return fmt.Errorf("read %d bytes at byte %d: %w", len(p), offset, err)
}
