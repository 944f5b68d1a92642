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

// Add adds a sample.
func (s *sizer) Add(row int64) int64 {
	if tail, err := s.tail.span(s.members, s.records, row); err == nil { // else Create fails
		s.size += s.members.span(s.records, row) + tail
	}
	return s.size
}

func (s *sizer) Reset()      { s.size = endSize }
func (s *sizer) Exact() bool { return true }
