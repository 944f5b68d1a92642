package parquet

import (
	"fmt"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/pickshard/pickshard/schema"
)

// way holds the arrays from a field's own to the one with a leaf's values: one
// more than the leaf has steps.
type way struct{ arrays []arrow.Array }

// enter finds the arrays of a field's array. Its memory is reused.
func (w *way) enter(l *leaf, a arrow.Array) error {
	w.arrays = append(w.arrays[:0], a)
	for _, s := range l.steps {
		var next arrow.Array
		switch a := a.(type) {
		case *array.Struct:
			if s < intoMembers || int(s-intoMembers) >= a.NumField() {
				return fmt.Errorf("no rule for type %s", w.arrays[0].DataType())
			}
			next = a.Field(int(s - intoMembers))
		case array.ListLike:
			next = a.ListValues()
			if pairs, ok := next.(*array.Struct); ok && (s == intoKeys || s == intoItems) {
				next = pairs.Field(int(s - intoKeys))
			}
		default:
			return fmt.Errorf("no rule for type %s", w.arrays[0].DataType())
		}
		w.arrays = append(w.arrays, next)
		a = next
	}
	return nil
}

// values is the array with the leaf's values.
func (w *way) values() arrow.Array { return w.arrays[len(w.arrays)-1] }

// weight is what a row takes of a leaf, at most: nulls count as values.
type weight struct {
	levels int64
	bytes  int64 // of values in PLAIN encoding
}

// weigh weighs row i. It looks at where lists begin and end, not at values.
func (w *way) weigh(l *leaf, i int) weight {
	from, to := int64(i), int64(i)+1
	sum := weight{levels: 1}
	for k, s := range l.steps {
		if !s.repeats() || from == to {
			continue
		}
		list := w.arrays[k].(array.ListLike)
		lo, _ := list.ValueOffsets(int(from))
		_, hi := list.ValueOffsets(int(to) - 1)
		from, to = lo, hi
		sum.levels += to - from
	}
	switch n := to - from; {
	case l.varies():
		sum.bytes = schema.ValueBytes(w.values(), int(from), int(to))
	case l.physical == physicalBoolean:
		sum.bytes = (n + 7) / 8
	default:
		sum.bytes = n * int64(l.width+l.fixed)
	}
	return sum
}

// size is the bytes of a page that a row's values and levels take.
func (s weight) size(l *leaf) int64 {
	return s.bytes + (s.levels*int64(l.levelWidth())+7)/8
}

// shredder works out levels (Dremel: Interactive Analysis of Web-Scale Datasets,
// section 4): step by step from the rows of the field to the values of a leaf, it
// keeps a list of what there is so far. It reuses its memory.
type shredder struct {
	levels []uint8 // definition level of what is not there
	reps   []uint8 // repetition level
	at     []int   // place in the array at hand; absent for what is not there

	// The list that the next step makes.
	nextLevels, nextReps []uint8
	nextAt               []int
}

const absent = -1

// run works out the levels of rows lo to hi and returns the places of the values
// that are there. All are valid until the next call; without lists there are no
// repetition levels.
func (s *shredder) run(l *leaf, w *way, lo, hi int) []int {
	s.levels, s.reps, s.at = s.levels[:0], s.reps[:0], s.at[:0]
	for i := lo; i < hi; i++ {
		s.levels, s.reps, s.at = append(s.levels, 0), append(s.reps, 0), append(s.at, i)
	}
	var def, rep uint8
	for k, step := range l.steps {
		s.dropNulls(w.arrays[k], def)
		if step.repeats() {
			rep++
			s.expand(w.arrays[k].(array.ListLike), def+1, rep)
		}
		def += step.levels()
	}
	s.dropNulls(w.values(), def)
	places := s.at[:0]
	for k, i := range s.at {
		if i != absent {
			s.levels[k] = l.maxDef
			places = append(places, i)
		}
	}
	if l.maxRep == 0 {
		s.reps = s.reps[:0]
	}
	return places
}

// dropNulls notes what is null in an array, with the level def.
func (s *shredder) dropNulls(a arrow.Array, def uint8) {
	if len(a.NullBitmapBytes()) == 0 {
		return
	}
	for k, i := range s.at {
		if i != absent && a.IsNull(i) {
			s.levels[k], s.at[k] = def, absent
		}
	}
}

// expand puts the elements in the place of lists. Lists without any have the level
// def, elements behind the first the level rep.
func (s *shredder) expand(a array.ListLike, def, rep uint8) {
	levels, reps, at := s.nextLevels[:0], s.nextReps[:0], s.nextAt[:0]
	for k, i := range s.at {
		level := s.levels[k]
		from, to := int64(absent), int64(absent)+1
		if i != absent {
			if from, to = a.ValueOffsets(i); from == to {
				level, from, to = def, absent, absent+1
			}
		}
		levels, reps, at = append(levels, level), append(reps, s.reps[k]), append(at, int(from))
		for j := int(from) + 1; j < int(to); j++ {
			levels, reps, at = append(levels, 0), append(reps, rep), append(at, j)
		}
	}
	s.levels, s.nextLevels = levels, s.levels
	s.reps, s.nextReps = reps, s.reps
	s.at, s.nextAt = at, s.at
}
