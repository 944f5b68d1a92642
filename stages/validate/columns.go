package validate

import (
	"context"
	"fmt"
	"math"
	"runtime"
	"strconv"
	"unicode/utf8"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"golang.org/x/sync/errgroup"

	"github.com/pickshard/pickshard/pipeline"
	"github.com/pickshard/pickshard/schema"
)

// maxShown is how much of a value a message shows, in bytes.
const maxShown = 60

// cells are one array of a column, and the rows of a split that it holds.
type cells struct {
	array   arrow.Array
	start   int64 // the row of its first value
	records *pipeline.Records
	find    *pipeline.Finder
	field   string
}

// eachChunk calls look for each array of a column, in parallel.
func eachChunk(ctx context.Context, r *pipeline.Records, field int, f *pipeline.Finder, look func(c *cells)) error {
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(runtime.GOMAXPROCS(0))
	start := int64(0)
	for _, a := range r.Columns[field].Chunks() {
		c := cells{array: a, start: start, records: r, field: r.Schema.Field(field).Name}
		start += int64(a.Len())
		g.Go(func() error {
			if ctx.Err() != nil {
				return context.Cause(ctx)
			}
			c.find = f.Fork()
			look(&c)
			f.Join(c.find)
			return nil
		})
	}
	return g.Wait()
}

// values counts those of the chunk that are there, and belong to the split.
func (c *cells) values() {
	n := c.array.Len()
	if c.records.Chosen().Len() == int(c.records.Rows) {
		c.find.Checked(int64(n - c.array.NullN()))
		return
	}
	checked := int64(0)
	for i := range n {
		if c.has(i) {
			checked++
		}
	}
	c.find.Checked(checked)
}

// has says whether there is an i-th value, and whether it belongs to the split.
func (c *cells) has(i int) bool { return c.array.IsValid(i) && c.records.Has(c.start+int64(i)) }

// broke takes a value down that breaks the rule.
func (c *cells) broke(i int, what string, detail func() string) {
	if row := c.start + int64(i); c.find.Broke(row, c.field, what) {
		c.find.Tell(pipeline.Violation{Row: row, Field: c.field, Detail: detail()})
	}
}

// number is a type of Arrow's values.
type number interface {
	~int8 | ~int16 | ~int32 | ~int64 | ~uint8 | ~uint16 | ~uint32 | ~uint64 | ~float32 | ~float64
}

// numberKinds are the types that have an order of numbers.
func numberKinds() []schema.Kind {
	return []schema.Kind{
		schema.Int8, schema.Int16, schema.Int32, schema.Int64, schema.Uint8, schema.Uint16, schema.Uint32, schema.Uint64,
		schema.Float32, schema.Float64,
	}
}

// eachNumber calls test for the numbers of an array, whatever stands where it has
// none; the test picks those that are worth another look.
func eachNumber(a arrow.Array, test func(v float64) bool, hit func(i int)) {
	switch a := a.(type) {
	case *array.Float64:
		scanNumbers(a.Float64Values(), test, hit)
	case *array.Float32:
		scanNumbers(a.Float32Values(), test, hit)
	case *array.Int64:
		scanNumbers(a.Int64Values(), test, hit)
	case *array.Int32:
		scanNumbers(a.Int32Values(), test, hit)
	case *array.Int16:
		scanNumbers(a.Int16Values(), test, hit)
	case *array.Int8:
		scanNumbers(a.Int8Values(), test, hit)
	case *array.Uint64:
		scanNumbers(a.Uint64Values(), test, hit)
	case *array.Uint32:
		scanNumbers(a.Uint32Values(), test, hit)
	case *array.Uint16:
		scanNumbers(a.Uint16Values(), test, hit)
	case *array.Uint8:
		scanNumbers(a.Uint8Values(), test, hit)
	}
}

func scanNumbers[T number](values []T, test func(float64) bool, hit func(int)) {
	for i, v := range values {
		if test(float64(v)) {
			hit(i)
		}
	}
}

// numberAt is the number at a place.
func numberAt(a arrow.Array, i int) float64 {
	v := math.NaN()
	switch a := a.(type) {
	case *array.Float64:
		v = a.Value(i)
	case *array.Float32:
		v = float64(a.Value(i))
	case *array.Int64:
		v = float64(a.Value(i))
	case *array.Int32:
		v = float64(a.Value(i))
	case *array.Int16:
		v = float64(a.Value(i))
	case *array.Int8:
		v = float64(a.Value(i))
	case *array.Uint64:
		v = float64(a.Value(i))
	case *array.Uint32:
		v = float64(a.Value(i))
	case *array.Uint16:
		v = float64(a.Value(i))
	case *array.Uint8:
		v = float64(a.Value(i))
	}
	return v
}

// spell is a number as people write it.
func spell(v float64) string { return strconv.FormatFloat(v, 'g', -1, 64) }

// shown is a text for a message: quoted, and cut where it is long.
func shown(s string) string {
	if len(s) <= maxShown {
		return strconv.Quote(s)
	}
	end := maxShown
	for end > 0 && !utf8.RuneStart(s[end]) {
		end--
	}
	return fmt.Sprintf("%q... (%s characters)", s[:end], count(utf8.RuneCountInString(s)))
}

// texts is an array of texts.
type texts interface {
	Value(i int) string
	Len() int
	IsValid(i int) bool
}

// textKinds are the types whose values are text.
func textKinds() []schema.Kind { return []schema.Kind{schema.String} }
