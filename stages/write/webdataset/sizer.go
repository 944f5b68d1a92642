package webdataset

import "github.com/pickshard/pickshard/pipeline"

// sizer adds up samples; it fulfils pipeline.Sizer. Its answer is exact.
type sizer struct {
	members *members
	records *pipeline.Records
	size    int64
	tail    tail
}

// NewSizer returns a sizer; it is for one goroutine.
func (*Format) NewSizer(r *pipeline.Records, t pipeline.Traits) pipeline.Sizer {
	return &sizer{members: newMembers(r.Schema, t), records: r, size: endSize}
}

// Add adds a sample. The members behind its images are made once into room that is
// used again and again: nothing else is sure to be as long as what Create writes.
func (s *sizer) Add(row int64) int64 {
	if err := s.tail.make(s.tail.buf, s.members, s.records, row); err == nil { // else Create fails
		s.size += s.members.span(s.records, row) + int64(len(s.tail.buf))
	}
	return s.size
}

func (s *sizer) Reset()      { s.size = endSize }
func (s *sizer) Exact() bool { return true }
