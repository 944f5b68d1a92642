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
	// by has the bytes of a batch of so many rows without nulls and data, and
	// extra those of the open batch's bitmaps and data: a batch's size after
	// each record must not cost a look at every leaf.
	by    [maxRows + 1]int64
	extra int64
}

func newMeasure(fr *framing, r *pipeline.Records) *measure {
	m := &measure{framing: fr, values: values{records: r}, tallies: make([]tally, len(fr.leaves)), row: make([]tally, len(fr.leaves))}
	for rows := int64(1); rows <= maxRows; rows++ {
		m.by[rows] = int64(len(fr.batch))
		for i := range fr.leaves {
			m.by[rows] += fr.leaves[i].span(rows, tally{})
		}
	}
	return m
}

// look measures a record and says whether it fits the batch that is open.
func (m *measure) look(row int64) (fits bool) {
	bytes := m.bytes
	for i := range m.leaves {
		l := &m.leaves[i]
		t := m.tally(l, row)
		m.row[i] = t
		if bytes += t.data; l.counted {
			bytes += l.bytes(t) - t.data
		}
	}
	return m.rows == 0 || m.rows < maxRows && bytes <= maxBytes
}

// take adds the record that was looked at to the batch.
func (m *measure) take() {
	m.rows++
	for i, t := range m.row {
		sum := &m.tallies[i]
		if l := &m.leaves[i]; l.counted {
			m.takeCounted(l, sum, t)
			continue
		}
		if sum.nulls == 0 && t.nulls > 0 {
			m.extra += bitmapSize
		}
		m.extra += padded(sum.data+t.data) - padded(sum.data)
		m.bytes += t.data
		sum.nulls += t.nulls
		sum.data += t.data
	}
}

func (m *measure) takeCounted(l *leaf, sum *tally, t tally) {
	m.extra -= l.span(0, *sum)
	m.bytes += l.bytes(t)
	sum.nulls += t.nulls
	sum.data += t.data
	sum.slots += t.slots
	m.extra += l.span(0, *sum)
}

// reset begins an empty batch.
func (m *measure) reset() {
	m.rows, m.bytes, m.extra = 0, 0, 0
	clear(m.tallies)
}

// span is the bytes that the batch takes in the file, message and body; an
// empty batch takes none.
func (m *measure) span() int64 { return m.by[m.rows] + m.extra }

// sizer adds up batches; it fulfils pipeline.Sizer. Its answer is exact.
type sizer struct {
	*measure
	closed int64 // bytes of all but the open batch
	fixed  int64 // bytes of a file without records
}

// NewSizer returns a sizer; it is for one goroutine.
func (f *Format) NewSizer(r *pipeline.Records, _ pipeline.Traits) pipeline.Sizer {
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
