package conformance

import (
	"bytes"
	"maps"
	"testing"

	"github.com/pickshard/pickshard/pipeline"
)

// Run checks a format against everything that pipeline.Format promises, with
// no exceptions. See Suite for a format that needs some.
func Run(t *testing.T, f pipeline.Format) {
	t.Helper()
	(&Suite{Format: f}).Run(t)
}

// Suite is a conformance run with a format's exceptions spelled out.
type Suite struct {
	Format pipeline.Format
	// SilentFlip says whether a flipped bit at that byte of a file may go
	// unnoticed by the reader, because the format keeps something there that
	// neither tells of the records nor has redundancy. nil: none may.
	SilentFlip func(file []byte, offset int) bool
	// NamesElsewhere says that a file tells no names of fields, and of their types no
	// more than how long values are: a side file does.
	NamesElsewhere bool
	// Cases replaces Cases().
	Cases []Case
	// Small replaces the table whose shard is cut and flipped.
	Small *Table
}

// Run runs the suite as subtests of t.
func (s *Suite) Run(t *testing.T) {
	t.Helper()
	cases := s.Cases
	if cases == nil {
		cases = Cases()
	}
	for _, c := range cases {
		t.Run(c.Name, func(t *testing.T) {
			if c.Large && Brief() {
				t.Skip("needs much time and memory")
			}
			s.runCase(t, c)
		})
	}
	t.Run("sizer at every row", s.sizerSteps)
	t.Run("names", s.names)
	t.Run("side files", s.sideFiles)
	t.Run("image missing", s.imageMissing)
	t.Run("disk fails", s.diskFails)
	t.Run("cancelled", s.cancelled)
	t.Run("cut anywhere", s.cutAnywhere)
	t.Run("bytes after the end", s.extended)
	t.Run("flipped bits", s.flippedBits)
	t.Run("wrong schema", s.wrongSchema)
	t.Run("not a shard", s.notAShard)
}

// Brief says whether the slowest parts of a test are left out: with -short, and
// under the race detector, which makes all ten times slower and looks at
// goroutines alone.
func Brief() bool { return underRace || testing.Short() }

// runCase writes a case's shard twice in order and once in a random order from
// several goroutines, and reads it back.
func (s *Suite) runCase(t *testing.T, c Case) {
	w := s.writing(t, c.Table, c.Order)
	if err := s.Format.Check(w.Shard.Schema); err != nil {
		t.Fatalf("Check refuses the schema: %v", err)
	}
	first := w.MustWrite(t, InOrder)
	exact := s.Format.NewSizer(w.Shard.Records, Survey(s.Format, w.Shard.Records)).Exact() && w.Shard.Len() > 0
	if got, want := first.Size(), s.bound(w.Shard); got > want {
		t.Errorf("the sizer's bound is %d, the file has %d bytes", want, got)
	} else if got != want && exact {
		t.Errorf("the sizer says exactly %d, the file has %d bytes", want, got)
	}
	if again := w.MustWrite(t, InOrder); !bytes.Equal(first.Bytes(), again.Bytes()) {
		t.Error("the same shard written twice differs")
	}
	if mixed := w.MustWrite(t, Mixed); !bytes.Equal(first.Bytes(), mixed.Bytes()) || !maps.EqualFunc(first.Indexes, mixed.Indexes, bytes.Equal) {
		t.Error("images written in another order, at the same time, give other bytes")
	}
	if err := w.Compare(first); err != nil {
		t.Errorf("read back: %v", err)
	}
}

// writing returns a Writing of the rows that the format takes.
func (s *Suite) writing(t *testing.T, table *Table, order []int64) *Writing {
	t.Helper()
	shard := table.Shard(order)
	refused := make(map[int64]bool)
	for _, row := range shard.Order.All() {
		v, ok := s.Format.CheckRecord(shard.Records, row)
		if ok {
			continue
		}
		refused[row] = true
		if v.Rule == "" || v.Detail == "" || v.Row != row || v.Split != shard.Split {
			t.Errorf("CheckRecord of row %d says too little: %+v", row, v)
		}
	}
	return &Writing{Format: s.Format, Table: table, Shard: shard.Without(refused)}
}

func (s *Suite) bound(shard *pipeline.Shard) int64 {
	sizer := s.Format.NewSizer(shard.Records, Survey(s.Format, shard.Records))
	for _, row := range shard.Order.All() { // what is added before a Reset must not count
		sizer.Add(row)
	}
	sizer.Reset()
	var bound int64
	for _, row := range shard.Order.All() {
		bound = sizer.Add(row)
	}
	if shard.Len() == 0 {
		return 1 << 20 // there is no Add to ask; a file without rows is small
	}
	return bound
}
