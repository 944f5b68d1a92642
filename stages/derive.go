package stages

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math"
	"runtime"
	"slices"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"golang.org/x/sync/errgroup"

	"github.com/pickshard/pickshard/pipeline"
	"github.com/pickshard/pickshard/schema"
	"github.com/pickshard/pickshard/stages/join"
	"github.com/pickshard/pickshard/stages/read"
)

// Is says what a derived value is.
type Is string

// What a derived value can be: of an image field, of a column, or of the record itself.
const (
	IsWidth  Is = "width"  // of the image, in pixels
	IsHeight Is = "height" // of the image, in pixels
	IsFormat Is = "format" // of the image: jpeg, png, ...
	IsBytes  Is = "bytes"  // size of the image's file
	IsSHA256 Is = "sha256" // of the image's file, 64 hexadecimal digits
	IsCount  Is = "count"  // of the split's records with the same value in a column
	IsRow    Is = "row"    // number of the record in its split, as read, from 0
	IsSource Is = "source" // name of the file that the record was read from
)

// Derivations lists what a derived value can be.
func Derivations() []Is {
	return []Is{IsWidth, IsHeight, IsFormat, IsBytes, IsSHA256, IsCount, IsRow, IsSource}
}

// OfImage says whether the value is one of an image.
func (is Is) OfImage() bool {
	return slices.Index(Derivations(), is) < slices.Index(Derivations(), IsCount)
}

// Text says whether the value is text; if not, it is a whole number.
func (is Is) Text() bool { return is == IsFormat || is == IsSHA256 || is == IsSource }

// A Preference compares two columns of numbers: its value is 1 where the first is
// larger by more than Margin, 0 where the second is, 0.5 where neither is, and null
// where one of them is null or no number.
type Preference struct {
	First, Second string
	Margin        float64
}

// numbers is what columns that are compared shall be where they are text.
func numbers() read.Want {
	return read.Want{Type: schema.Type{Kind: schema.Float64}, Cast: read.Lossless}
}

// derive makes the column of a field that is derived.
func (l *loading) derive(ctx context.Context, field int, images []pipeline.Images, has func(row int64) bool) (*arrow.Chunked, error) {
	f := &l.Fields[field]
	b := array.NewBuilder(memory.DefaultAllocator, f.Type.Arrow())
	defer b.Release()
	rows := l.table.result.Table.NumRows()
	b.Reserve(int(rows))
	var put func(row int64) error
	var err error
	switch {
	case f.Prefer != nil:
		put, err = l.preference(b, f)
	case f.Is == IsCount:
		put, err = l.count(b, f)
	case f.Is == IsRow:
		put = func(row int64) error { return appendNumber(b, l.record(row)) }
	case f.Is == IsSource:
		put, err = l.source(b)
	default:
		put, err = l.ofImage(ctx, b, f, images)
	}
	if err != nil {
		return nil, err
	}
	for row := range rows {
		if !has(row) {
			b.AppendNull()
		} else if err := put(row); err != nil {
			return nil, fmt.Errorf("row %d: %w", row, err)
		}
	}
	a := b.NewArray()
	return arrow.NewChunked(a.DataType(), []arrow.Array{a}), nil
}

// appendNumber appends a whole number to a builder of some width.
func appendNumber(b array.Builder, n int64) error {
	if err := b.AppendValueFromString(fmt.Sprint(n)); err != nil {
		return pipeline.WithHint(fmt.Errorf("%d does not fit into %s", n, b.Type()), "use type: int64")
	}
	return nil
}

func (l *loading) preference(b array.Builder, f *Field) (func(int64) error, error) {
	p := f.Prefer
	var sides [2]func(int64) (float64, bool)
	for i, name := range []string{p.First, p.Second} {
		c, ok := l.columns[name]
		if !ok {
			return nil, l.errNoColumn(name)
		}
		var err error
		if sides[i], err = numberOf(c); err != nil {
			return nil, fmt.Errorf("prefer column %s: %w", name, err)
		}
		for _, row := range l.table.result.Misfits.Column(name).Rows() {
			l.broken = append(l.broken, pipeline.Violation{Split: l.split.Name, Row: row, Rule: pipeline.RuleType, Field: f.Name, Detail: "column " + name + " has something else than a number"})
		}
	}
	put := func(v float64) error {
		if b, ok := b.(*array.Float32Builder); ok {
			b.Append(float32(v))
			return nil
		}
		b.(*array.Float64Builder).Append(v)
		return nil
	}
	return func(row int64) error {
		x, okX := sides[0](row)
		y, okY := sides[1](row)
		switch {
		case !okX || !okY:
			b.AppendNull()
			return nil
		case x-y > p.Margin:
			return put(1)
		case y-x > p.Margin:
			return put(0)
		}
		return put(0.5)
	}, nil
}

// numberOf reads a column of numbers; ok is false where there is none.
func numberOf(c *arrow.Chunked) (func(row int64) (v float64, ok bool), error) {
	value, err := join.NumberOf(c.DataType())
	if err != nil {
		return nil, err
	}
	cell := join.Cells(c)
	return func(row int64) (float64, bool) { return value(cell(row)) }, nil
}

// count counts the records that were chosen by the values of a column.
func (l *loading) count(b array.Builder, f *Field) (func(int64) error, error) {
	c, ok := l.columns[f.Of]
	if !ok {
		return nil, l.errNoColumn(f.Of)
	}
	cell := join.Cells(c)
	key := func(row int64) (sum [16]byte, ok bool) {
		a, i := cell(row)
		if a.IsNull(i) {
			return sum, false
		}
		whole := sha256.Sum256([]byte(a.ValueStr(i)))
		return [16]byte(whole[:16]), true
	}
	counts := make(map[[16]byte]int64)
	for _, row := range l.chosen.All() {
		if k, ok := key(row); ok {
			counts[k]++
		}
	}
	return func(row int64) error {
		k, ok := key(row)
		if !ok {
			b.AppendNull()
			return nil
		}
		return appendNumber(b, counts[k])
	}, nil
}

// source tells the file that a record was read from.
func (l *loading) source(b array.Builder) (func(int64) error, error) {
	parts := l.table.parts
	if len(parts) == 0 {
		if len(l.table.files) != 1 {
			return nil, fmt.Errorf("a record of split %s has no one file that it was read from", l.split.Name)
		}
		parts = []pipeline.Part{{File: l.table.files[0].Path, Rows: math.MaxInt64}}
	}
	return func(row int64) error {
		row = l.record(row)
		for _, p := range parts {
			if row < p.Rows {
				return b.AppendValueFromString(p.File)
			}
			row -= p.Rows
		}
		b.AppendNull()
		return nil
	}, nil
}

// facts are what is known of the images of a field, by row: nothing of an image that
// is not there.
type facts struct {
	size          []int64
	width, height []int32
	format        []string
	sum           [][sha256.Size]byte // where it is asked for
}

func (l *loading) ofImage(ctx context.Context, b array.Builder, f *Field, images []pipeline.Images) (func(int64) error, error) {
	of := slices.IndexFunc(l.Fields, func(f2 Field) bool { return f2.Name == f.Of })
	if of < 0 || images[of] == nil {
		return nil, fmt.Errorf("%s is not an image field", f.Of)
	}
	if l.facts[of] == nil {
		known, err := l.learn(ctx, of, images[of])
		if err != nil {
			return nil, fmt.Errorf("look at the images of field %s: %w", f.Of, err)
		}
		l.facts[of] = known
	}
	known := l.facts[of]
	return func(row int64) error {
		if known.size[row] == pipeline.NoImage {
			b.AppendNull()
			return nil
		}
		switch f.Is {
		case IsBytes:
			return appendNumber(b, known.size[row])
		case IsWidth:
			return appendNumber(b, int64(known.width[row]))
		case IsHeight:
			return appendNumber(b, int64(known.height[row]))
		case IsFormat:
			return b.AppendValueFromString(known.format[row])
		}
		return b.AppendValueFromString(hex.EncodeToString(known.sum[row][:]))
	}, nil
}

// learn looks at the images of a field: at their sizes, and where more is asked for at
// all of their bytes. What is wrong with an image is told where it is planned and
// built: its record is left out there, and what stands here for it does not matter.
func (l *loading) learn(ctx context.Context, field int, images pipeline.Images) (*facts, error) {
	read, sum := false, false
	for _, f := range l.Fields {
		if f.Of == l.Fields[field].Name {
			read, sum = read || f.Is.OfImage() && f.Is != IsBytes, sum || f.Is == IsSHA256
		}
	}
	rows := l.table.result.Table.NumRows()
	known := &facts{size: make([]int64, rows)}
	if read {
		known.width, known.height, known.format = make([]int32, rows), make([]int32, rows), make([]string, rows)
	}
	if sum {
		known.sum = make([][sha256.Size]byte, rows)
	}
	g, work := errgroup.WithContext(ctx)
	readers := 4 * runtime.GOMAXPROCS(0)
	for k := range readers {
		g.Go(func() error {
			var buf []byte
			for i := k; i < l.chosen.Len(); i += readers {
				if work.Err() != nil {
					return context.Cause(work)
				}
				row := l.chosen.At(i)
				stat, err := images.Stat(work, row, 0)
				if err != nil {
					continue
				}
				known.size[row] = stat.Size
				if !read || stat.Size == pipeline.NoImage || stat.Size > l.MaxImage {
					continue
				}
				buf = slices.Grow(buf[:0], int(stat.Size))[:stat.Size]
				if _, err := images.Read(work, row, 0, stat, buf); err != nil {
					continue
				}
				head, _ := l.Checker.CheckImage(buf)
				known.width[row], known.height[row], known.format[row] = int32(head.Width), int32(head.Height), head.Format
				if sum {
					known.sum[row] = sha256.Sum256(buf)
				}
			}
			return nil
		})
	}
	return known, g.Wait()
}
