package arrow

import "github.com/pickshard/pickshard/pipeline"

// spoolSize is how many bytes a spool holds back before it writes.
const spoolSize = 256 << 10

// spool writes a file from front to back, with gaps, in few writes. Small
// pieces may be appended to buf directly; trim or flush follow.
type spool struct {
	canvas *pipeline.Canvas
	start  int64 // where buf goes
	buf    []byte
}

// end is the offset of the next byte.
func (s *spool) end() int64 { return s.start + int64(len(s.buf)) }

func (s *spool) write(p []byte) error {
	if len(p) >= spoolSize {
		if err := s.flush(); err != nil {
			return err
		}
		n, err := s.canvas.WriteAt(p, s.start)
		s.start += int64(n)
		return err
	}
	s.buf = append(s.buf, p...)
	return s.trim()
}

// pad appends the zeros behind a buffer of n bytes.
func (s *spool) pad(n int64) {
	var zeros [8]byte
	s.buf = append(s.buf, zeros[:padded(n)-n]...)
}

// skip leaves a gap of n bytes.
func (s *spool) skip(n int64) error {
	if n == 0 {
		return nil
	}
	err := s.flush()
	s.start += n
	return err
}

// trim writes what is held back when that is much.
func (s *spool) trim() error {
	if len(s.buf) < spoolSize {
		return nil
	}
	return s.flush()
}

// flush writes what is held back.
func (s *spool) flush() error {
	if len(s.buf) == 0 {
		return nil
	}
	_, err := s.canvas.WriteAt(s.buf, s.start)
	s.start = s.end()
	s.buf = s.buf[:0]
	return err
}
