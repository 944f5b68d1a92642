package arrow

import "github.com/pickshard/pickshard/pipeline"

// The largest record batch: what datasets writes for image data sets (config.py,
// ARROW_RECORD_BATCH_SIZE_FOR_IMAGE_DATASETS), and a bound on what a reader
// must hold in memory. One record that is larger is a batch of its own.
const (
	maxRows  = 100
	maxBytes = 32 << 20 // of text, binary, image and name bytes
)

// measure counts records into batches; it is for one goroutine. Sizer and
// Create share it, so they agree on where batches end.
type measure struct {
	*framing
	values
	rows    int64
	bytes   int64 // data bytes of all leaves
	tallies []tally
	row     []tally // of the record at hand
}

func newMeasure(fr *framing, r *pipeline.Records) *measure {
	return &measure{framing: fr, values: values{records: r}, tallies: make([]tally, len(fr.leaves)), row: make([]tally, len(fr.leaves))}
}

// look measures a record and says whether it fits the batch that is open.
func (m *measure) look(row int64) (fits bool) {
	bytes := m.bytes
	for i := range m.leaves {
		l := &m.leaves[i]
		t := tally{}
		if m.null(l, row) {
			t.nulls = 1
		} else if l.class == variable {
			t.data = m.length(l, row)
			bytes += t.data
		}
		m.row[i] = t
	}
	return m.rows == 0 || m.rows < maxRows && bytes <= maxBytes
}

// take adds the record that was looked at to the batch.
func (m *measure) take() {
	m.rows++
	for i, t := range m.row {
		m.tallies[i].nulls += t.nulls
		m.tallies[i].data += t.data
		m.bytes += t.data
	}
}

// reset begins an empty batch.
func (m *measure) reset() {
	m.rows, m.bytes = 0, 0
	clear(m.tallies)
}

// span is the bytes that the batch takes in the file: message and body.
func (m *measure) span() int64 {
	if m.rows == 0 {
		return 0
	}
	n := int64(len(m.batch))
	for i := range m.leaves {
		n += m.leaves[i].span(m.rows, m.tallies[i])
	}
	return n
}

// sizer adds up batches; it fulfils pipeline.Sizer. Its answer is exact.
type sizer struct {
	*measure
	closed int64 // bytes of all but the open batch
	fixed  int64 // bytes of a file without records
}

// NewSizer returns a sizer; it is for one goroutine.
func (f *Format) NewSizer(r *pipeline.Records, _ []string) pipeline.Sizer {
	fr, err := newFraming(r.Schema)
	if err != nil {
		return broken{}
	}
	s := &sizer{measure: newMeasure(fr, r), fixed: int64(len(fr.schema) + len(endOfStream))}
	s.Reset()
	return s
}

func (s *sizer) Add(row int64) int64 {
	if !s.look(row) {
		s.closed += s.span()
		s.reset()
	}
	s.take()
	return s.closed + s.span()
}

func (s *sizer) Reset() {
	s.reset()
	s.closed = s.fixed
}

func (s *sizer) Exact() bool { return true }

// broken is the sizer of a schema that arrow-go cannot encode; Check and Create
// say why.
type broken struct{}

func (broken) Add(int64) int64 { return 0 }
func (broken) Reset()          {}
func (broken) Exact() bool     { return false }
