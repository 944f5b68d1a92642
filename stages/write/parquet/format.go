package parquet

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/pickshard/pickshard/pipeline"
	"github.com/pickshard/pickshard/schema"
)

// Name is the format's name on the command line and its folder in OUTPUT.
const Name = "parquet"

// Options are what a user may choose. The zero value is the default layout.
type Options struct {
	// RowGroupBytes bounds a row group's uncompressed size; a single record
	// may exceed it. 0 means DefaultRowGroupBytes, at most MaxRowGroupBytes.
	// Streaming readers hold a row group in memory.
	RowGroupBytes int64
	// RowGroupRows bounds a row group's records. 0 means DefaultImageRows, or
	// DefaultRows for a schema without images; at most MaxRowGroupRows. Tables of
	// many columns have fewer, see MaxRowGroupCells.
	RowGroupRows int
	// ContentPages ends pages by what is in them, as Arrow C++ and datasets do, so that
	// the pages of records that did not change keep their bytes when others are added or
	// removed. Images are then read twice: once to lay a shard out, once to write it.
	ContentPages bool
}

// Defaults and limits of Options, in bytes and records.
const (
	// DefaultRowGroupBytes is what datasets writes (config.py,
	// MAX_ROW_GROUP_SIZE), and keeps row groups below Spark's splits of 128 MB.
	DefaultRowGroupBytes = 100_000_000
	// DefaultImageRows bounds what Spark's vectorised reader takes at once: it
	// reads min(4096, rows of the row group) images into one vector.
	DefaultImageRows = 1000
	// DefaultRows is for columns of text and numbers alone.
	DefaultRows = 122_880

	MaxRowGroupBytes = 1 << 30
	MaxRowGroupRows  = 1 << 20
	// MaxRowGroupCells bounds the rows of a row group times its columns, which is
	// what a reader that holds a row group has to hold, however few bytes of the
	// file they take: nulls and repeated values take next to none.
	MaxRowGroupCells = 1 << 25

	// maxValue is the size of the largest image or text, and of all that a record
	// has of one column. A page's size is a signed 32-bit number, and readers'
	// vectors end at 2 GiB.
	maxValue = 1 << 30
	// maxElements is how many values a record can have of one column, lists in
	// lists counted together.
	maxElements = 1 << 24
)

// Format lays out Parquet files. It is immutable and safe for concurrent use.
type Format struct {
	opts  Options
	lim   limits
	names *sync.Pool // of *[]byte, scratch of CheckRecord
}

var _ pipeline.Format = (*Format)(nil)

// New returns the format with these options.
func New(o Options) (*Format, error) {
	var errs []error
	if o.RowGroupBytes < 0 || o.RowGroupBytes > MaxRowGroupBytes {
		errs = append(errs, fmt.Errorf("parquet row group of %d bytes: must be at most %d", o.RowGroupBytes, int64(MaxRowGroupBytes)))
	}
	if o.RowGroupRows < 0 || o.RowGroupRows > MaxRowGroupRows {
		errs = append(errs, fmt.Errorf("parquet row group of %d rows: must be at most %d", o.RowGroupRows, MaxRowGroupRows))
	}
	if o.RowGroupBytes == 0 {
		o.RowGroupBytes = DefaultRowGroupBytes
	}
	f := &Format{opts: o, names: &sync.Pool{New: func() any { return new([]byte) }}}
	f.lim = limits{
		groupBytes: o.RowGroupBytes,
		groupRows:  o.RowGroupRows,
		pageBytes:  pageBytes,
		pageRows:   pageRows,
		imageRows:  imageRows,
		loneImage:  loneImage,
		dictBytes:  dictBytes,
	}
	if o.ContentPages {
		f.lim.content = newContentCuts(minContentPage, maxContentPage)
	}
	return f, errors.Join(errs...)
}

// limitsFor returns the limits for a table.
func (f *Format) limitsFor(t *table) *limits {
	lim := f.lim
	if lim.groupRows == 0 {
		lim.groupRows = DefaultRows
		if len(t.schema.Images()) > 0 {
			lim.groupRows = DefaultImageRows
		}
	}
	lim.groupRows = min(lim.groupRows, max(1, MaxRowGroupCells/max(1, len(t.leaves))))
	return &lim
}

// tableOf returns a schema as files have it, and the limits for it.
func (f *Format) tableOf(s *schema.Schema) (*table, *limits) {
	t := newTable(s)
	if f.lim.content != nil {
		t.tail = encodeTail(s, len(t.leaves), true)
	}
	return t, f.limitsFor(t)
}

// Name returns "parquet".
func (f *Format) Name() string { return Name }

// FileName returns data/SPLIT-00000-of-00042.parquet, the pattern by which
// Hugging Face finds splits (datasets: data_files.py, SPLIT_PATTERN_SHARDED).
func (f *Format) FileName(split string, index, total int) string {
	return fmt.Sprintf("data/%s-%05d-of-%05d.parquet", split, index, total)
}

// Keyed is false: a record is a row.
func (*Format) Keyed() bool { return false }

// Survey finds nothing that shards must have alike.
func (*Format) Survey(context.Context, []pipeline.Kept) (pipeline.Traits, error) { return nil, nil }

// Check finds nothing: every type has a form.
func (*Format) Check(*schema.Schema) error { return nil }

// NewSizer returns a sizer whose bound is above the file's size by what text
// and numbers compress, and a few bytes a page.
func (f *Format) NewSizer(r *pipeline.Records, _ pipeline.Traits) pipeline.Sizer {
	t, lim := f.tableOf(r.Schema)
	return sizer{newMeter(r, t, lim)}
}
