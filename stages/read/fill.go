package read

import (
	"errors"
	"io"
)

// Fill reads on behind buf, doubling its room when there is none, and returns it with
// what was read: at least one byte, unless err is not nil. At the end of r it says so
// by eof, and by io.EOF when nothing more was read.
func Fill(r io.Reader, buf []byte) (filled []byte, eof bool, err error) {
	if len(buf) == cap(buf) {
		buf = append(make([]byte, 0, 2*cap(buf)), buf...)
	}
	for range 100 {
		n, err := r.Read(buf[len(buf):cap(buf)])
		buf = buf[:len(buf)+n]
		switch {
		case errors.Is(err, io.EOF) && n > 0:
			return buf, true, nil
		case errors.Is(err, io.EOF):
			return buf, true, io.EOF
		case err != nil, n > 0:
			return buf, false, err
		}
	}
	return buf, false, io.ErrNoProgress
}
