package webdataset

import "github.com/pickshard/pickshard/pipeline"

// sizer adds up samples; it fulfils pipeline.Sizer. Its answer is exact.
type sizer struct {
	members *members
	records *pipeline.Records
	size    int64
	scratch []byte
}

// NewSizer returns a sizer; it is for one goroutine. The traits may be nil: the
// extensions do not change a size.
func (*Format) NewSizer(r *pipeline.Records, _ pipeline.Traits) pipeline.Sizer {
	return &sizer{members: newMembers(r.Schema, nil), records: r, size: endSize}
}

// Add adds a sample. A record that CheckRecord refuses counts as nothing, as
// it cannot be written.
func (s *sizer) Add(row int64) int64 {
	if n, ok := s.members.span(s.records, row); ok {
		s.size += n + s.jsonSpan(row)
	}
	return s.size
}

func (s *sizer) Reset()      { s.size = endSize }
func (s *sizer) Exact() bool { return true }

// jsonSpan is the bytes of the JSON member with header and padding. The text is
// written once into room that is used again and again: nothing else is sure to
// be as long as what Create writes.
func (s *sizer) jsonSpan(row int64) int64 {
	if len(s.members.values) == 0 {
		return 0
	}
	var err error
	if s.scratch, err = s.members.appendJSON(s.scratch[:0], s.records, row); err != nil {
		return 0 // a type without a JSON form: Create fails on it
	}
	return imageSpan(int64(len(s.scratch)))
}
