package report

import (
	"bufio"
	"errors"
	"math"
	"strings"
	"unicode/utf8"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/pickshard/pickshard/pipeline"
	"github.com/pickshard/pickshard/schema"
)

// kind is how a field is counted and shown.
type kind uint8

const (
	kindOther  kind = iota // as JSON, not counted but for nulls
	kindNumber             // by its size
	kindText               // by its length
	kindLabel              // by its values
	kindList               // by its length
	kindImages
)

func kindOf(t schema.Type) kind {
	switch t.Kind {
	case schema.Image:
		return kindImages
	case schema.String, schema.JSON:
		return kindText
	case schema.Bool, schema.Class:
		return kindLabel
	case schema.Int8, schema.Int16, schema.Int32, schema.Int64, schema.Uint8, schema.Uint16, schema.Uint32, schema.Uint64,
		schema.Float16, schema.Float32, schema.Float64, schema.Decimal:
		return kindNumber
	case schema.List:
		if t.Images() {
			return kindImages
		}
		if t.Len == 0 {
			return kindList
		}
	case schema.Map:
		return kindList
	}
	return kindOther
}

// whole says whether a type's numbers have no fraction.
func whole(t schema.Type) bool {
	switch t.Kind {
	case schema.Float16, schema.Float32, schema.Float64:
		return false
	case schema.Decimal:
		return t.Scale <= 0
	}
	return true
}

// number is a value as a float64; ok is false for null.
func number(c pipeline.Cell) (x float64, ok bool) {
	if c.Array == nil || c.Array.IsNull(c.Row) {
		return 0, false
	}
	switch a := c.Array.(type) {
	case *array.Float64:
		return a.Value(c.Row), true
	case *array.Float32:
		return float64(a.Value(c.Row)), true
	case *array.Float16:
		return float64(a.Value(c.Row).Float32()), true
	case *array.Uint64:
		return float64(a.Value(c.Row)), true
	case *array.Decimal128:
		return a.Value(c.Row).ToFloat64(a.DataType().(arrow.DecimalType).GetScale()), true
	case *array.Decimal256:
		return a.Value(c.Row).ToFloat64(a.DataType().(arrow.DecimalType).GetScale()), true
	}
	v, ok := schema.Integer(c.Array, c.Row)
	return float64(int64(v)), ok
}

// text is a text, empty for null.
func text(c pipeline.Cell) string {
	if a, ok := c.Array.(*array.String); ok && !a.IsNull(c.Row) {
		return a.Value(c.Row)
	}
	return ""
}

// elements is how many values a list or map has.
func elements(c pipeline.Cell) int64 {
	a, ok := c.Array.(array.ListLike)
	if !ok || c.Array.IsNull(c.Row) {
		return 0
	}
	from, to := a.ValueOffsets(c.Row)
	return to - from
}

// spelled is a value as the page shows it: a text as it is, a class by its name, anything
// else as JSON, all of them cut.
func spelled(t schema.Type, c pipeline.Cell) string {
	if c.Array == nil || c.Array.IsNull(c.Row) {
		return "null"
	}
	if a, ok := c.Array.(*array.String); ok {
		return shown(a.Value(c.Row), mostText)
	}
	s, cut := firstBytes(t, c, utf8.UTFMax*mostText)
	s = shown(s, math.MaxInt)
	if r := []rune(s); len(r) > mostText {
		s, cut = string(r[:mostText]), true
	}
	if cut {
		s += "…"
	}
	return s
}

// longestLabel is the longest value that is counted by value, in bytes.
const longestLabel = 60

// spelledShort is the beginning of a value, longer than longestLabel where it is cut.
func spelledShort(t schema.Type, c pipeline.Cell) string {
	s, _ := firstBytes(t, c, longestLabel+1)
	return s
}

// firstBytes spells at most so many bytes of a value.
func firstBytes(t schema.Type, c pipeline.Cell, most int) (s string, cut bool) {
	if a, ok := c.Array.(*array.String); ok {
		return beginning(a.Value(c.Row), most)
	}
	if t.Kind == schema.Class {
		if v, ok := schema.Integer(c.Array, c.Row); ok && v < uint64(len(t.Names)) {
			return beginning(t.Names[v], most)
		}
	}
	b := prefix{most: most}
	w := bufio.NewWriter(&b)
	err := schema.WriteJSON(w, c.Array, c.Row, schema.StrictFloats)
	if err == nil {
		err = w.Flush()
	}
	if err != nil && !errors.Is(err, errEnough) {
		return "⟨" + err.Error() + "⟩", false
	}
	s, _ = beginning(b.text.String(), most)
	return s, err != nil
}

// beginning is at most so many bytes of a text, without half a character.
func beginning(s string, most int) (string, bool) {
	if len(s) <= most {
		return s, false
	}
	for most > 0 && !utf8.RuneStart(s[most]) {
		most--
	}
	return s[:most], true
}

// prefix keeps the first bytes of what is written to it.
type prefix struct {
	text strings.Builder
	most int
}

var errEnough = errors.New("enough was written")

// Write implements io.Writer.
func (p *prefix) Write(b []byte) (int, error) {
	n := min(len(b), p.most-p.text.Len())
	p.text.Write(b[:n])
	if n < len(b) {
		return n, errEnough
	}
	return n, nil
}

// short spells a number as people read it.
func short(x float64) string {
	if x == math.Trunc(x) && math.Abs(x) < 1e15 || math.Abs(x) >= 9999.5 && math.Abs(x) < 1e7 {
		x = math.Round(x)
		if x < 0 {
			return "−" + pipeline.Grouped(int64(-x))
		}
		return pipeline.Grouped(int64(x))
	}
	return spellFloat(x)
}
