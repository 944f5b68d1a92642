package read

import "github.com/pickshard/pickshard/stages/read/internal/hostmemory"

// Limits bound what one file may cost. The zero value of a field means its default;
// a limit cannot be switched off, only raised.
type Limits struct {
	// RowBytes is the size of one row in a file of text: a record of csv with all its
	// lines, a JSON object (default 64 MiB).
	RowBytes int64
	// Nesting is how deep values may lie in values (default 64).
	Nesting int
	// Columns is the number of columns of a table (default 32,768).
	Columns int
	// OutputBase and OutputRatio bound the columns in memory: a few bytes of Parquet
	// may stand for any number of values. OutputBase + OutputRatio × bytes of the
	// file (defaults 1 GiB and 128). Output is the absolute bound (default: half of
	// the machine's memory, or of what its container may have).
	OutputBase  int64
	OutputRatio int64
	Output      int64
	// ExpandBase and ExpandRatio bound what decompression may yield: ExpandBase +
	// ExpandRatio × compressed bytes (defaults 32 MiB and 100).
	ExpandBase  int64
	ExpandRatio int64
}

// WithDefaults returns l with every zero field set to its default.
func (l Limits) WithDefaults() Limits {
	for _, f := range []struct {
		field  *int64
		normal int64
	}{
		{&l.RowBytes, 64 << 20}, {&l.OutputBase, 1 << 30}, {&l.OutputRatio, 128},
		{&l.ExpandBase, 32 << 20}, {&l.ExpandRatio, 100},
	} {
		if *f.field <= 0 {
			*f.field = f.normal
		}
	}
	if l.Output <= 0 {
		l.Output = hostmemory.Half()
	}
	if l.Nesting <= 0 {
		l.Nesting = 64
	}
	if l.Columns <= 0 {
		l.Columns = 1 << 15
	}
	return l
}
