package stages

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/pickshard/pickshard/pipeline"
	"github.com/pickshard/pickshard/schema"
	"github.com/pickshard/pickshard/stages/join"
	"github.com/pickshard/pickshard/stages/read"
)

// Side is a side table that records are joined with.
type Side struct {
	join.Side
	Records Records
	Missing Missing
}

// Missing says what happens to a record without a row in a side table.
type Missing string

// What Side.Missing can be.
const (
	MissingFail Missing = "fail" // it breaks a rule
	MissingNull Missing = "null" // its joined columns are null
	MissingDrop Missing = "drop" // it does not belong to the dataset
)

// joinedSide is a side table that was joined.
type joinedSide struct {
	*Side
	*join.Joined
	misfits read.Misfits
}

// joinSides joins the side tables, one after the other: a later one may be joined by a
// column of an earlier one.
func (l *loading) joinSides(ctx context.Context) error {
	for i := range l.Sides {
		s := &l.Sides[i]
		if err := l.joinSide(ctx, s); err != nil {
			hint := "check `join:` in the config"
			if errors.Is(err, join.ErrRepeated) {
				hint = "`duplicate: first` in the config's `join:` takes the first of them"
			}
			if _, large := errors.AsType[*join.SizeError](err); large {
				hint = "convert on a machine with more memory, raise limits.pickle_output in the config if there is room, or ask for fewer `fields:`"
			}
			return pipeline.WithHint(fmt.Errorf("join %s: %w", strings.Join(s.Records.Files, ", "), err), "%s", hint)
		}
	}
	return nil
}

func (l *loading) joinSide(ctx context.Context, s *Side) error {
	for _, name := range s.Fields {
		if _, twice := l.columns[name]; twice {
			return fmt.Errorf("the records have a column %s already", name)
		}
	}
	opts, err := l.sideOptions(s)
	if err != nil {
		return err
	}
	files, err := l.open(ctx, s.Records.Files, "`join:`")
	if err != nil {
		return err
	}
	side := s.Side // Load may be called for several splits at once
	side.MaxBytes = l.Limits.WithDefaults().Output
	j := joinedSide{Side: s}
	sums, err := l.withFiles(ctx, files, opts, func(ctx context.Context, parts []*read.File) (err error) {
		j.Joined, err = side.Join(l.table.result.Table.NumRows(), l.column, func(each func(arrow.RecordBatch) error) error {
			for _, p := range parts {
				err := LookTable(ctx, p, opts, ReaderOptions{Pickle: l.Limits}, func(t read.Table) error {
					err := t.Batches(0, -1, each)
					j.misfits = *t.Misfits()
					return err
				})
				if err != nil {
					return err
				}
				if j.misfits.Count > 0 {
					m := j.misfits.List[0]
					if k := slices.Index(s.Right, m.Column); k >= 0 {
						return fmt.Errorf("row %d: the key %s is %s, that of the records (%s) is %s: text and numbers are never equal, write them alike", m.Row, m.Column, m.Found, s.Left[k], m.Want)
					}
					return fmt.Errorf("row %d, column %s: found %s, wanted %s", m.Row, m.Column, m.Found, m.Want)
				}
			}
			return nil
		})
		return err
	})
	for _, f := range files {
		l.loaded.Stats = append(l.loaded.Stats, f.file.Stat())
	}
	if err = errors.Join(err, closeAll(files)); err != nil {
		return err
	}
	l.loaded.Files = append(l.loaded.Files, sums...)
	l.sides = append(l.sides, j)
	for k, name := range s.Fields {
		l.columns[name] = j.Columns[k]
	}
	return l.convertJoined(s)
}

// convertJoined makes what other fields want of columns that were joined as what the
// first one wants.
func (l *loading) convertJoined(s *Side) error {
	for i, r := range l.bound {
		if r.time == 0 || !slices.Contains(s.Fields, r.column) || l.columns[r.name()] != nil {
			continue
		}
		want := l.Fields[i].want()
		var chunks []arrow.Array
		for _, a := range l.columns[r.column].Chunks() {
			var misfit error
			converted, err := read.Convert(a, want, l.options(&s.Records, needs{}), func(_ int, found string) {
				misfit = fmt.Errorf("column %s: found %s, wanted %s", r.column, found, want.Type)
			})
			if err = errors.Join(err, misfit); err != nil {
				return err
			}
			chunks = append(chunks, converted)
		}
		l.columns[r.name()] = arrow.NewChunked(want.Type.Arrow(), chunks)
	}
	return nil
}

// key spells the key by which a record is joined.
func (l *loading) key(s joinedSide, row int64) string {
	var parts []string
	for _, name := range s.Left {
		value := "null"
		at := row
		if !slices.Contains(l.asked(), name) { // not spread over samples
			at = l.record(row)
		}
		for _, a := range l.columns[name].Chunks() {
			if at < int64(a.Len()) {
				if !a.IsNull(int(at)) {
					value = fmt.Sprintf("%.80q", a.ValueStr(int(at)))
				}
				break
			}
			at -= int64(a.Len())
		}
		parts = append(parts, name+" "+value)
	}
	return strings.Join(parts, ", ")
}

// sideOptions asks for a side table's keys, of the kind that the records' have, and for
// the columns that are joined, of the types that fields give them.
func (l *loading) sideOptions(s *Side) (read.Options, error) {
	n := needs{columns: slices.Concat(s.Right, s.Fields), want: make(map[string]read.Want), compared: l.compared(l.templates)}
	slices.Sort(n.columns)
	n.columns = slices.Compact(n.columns)
	for k, name := range s.Left {
		c, ok := l.columns[name]
		if !ok {
			return read.Options{}, l.errNoColumn(name)
		}
		switch {
		case arrow.IsInteger(c.DataType().ID()):
			n.want[s.Right[k]] = read.Want{Type: schema.Type{Kind: schema.Int64}}
		case c.DataType().ID() == arrow.STRING:
			n.want[s.Right[k]] = read.Want{Type: schema.Type{Kind: schema.String}}
		}
	}
	for i, r := range l.bound {
		if slices.Contains(s.Fields, r.column) && r.time == 0 {
			n.want[r.column] = l.Fields[i].want()
		}
	}
	return l.options(&s.Records, n), nil
}
