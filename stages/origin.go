package stages

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/pickshard/pickshard/pipeline"
	"github.com/pickshard/pickshard/stages/read/pandas"
)

// origins tells from which of a split's pickles a row was read. The reader gives
// one table of them all, so the files are read again to count their rows, one
// column of each: only when a record is broken, and no further than that record.
type origins struct {
	ctx    context.Context // of the run that loaded the split
	source pipeline.Source
	files  []pipeline.RecordFile
	opts   pandas.Options

	mu   sync.Mutex
	rows []int64 // of the first files, those that were counted
	err  error   // a file is not what it was
}

// Origin says from which of several pickles of a loaded split a row was read;
// empty where there is one alone, or where they have changed since.
func (d *Dataset) Origin(split string, row int64) pipeline.Origin {
	o, ok := d.origins.Load(split)
	if !ok {
		return pipeline.Origin{}
	}
	return o.(*origins).of(row)
}

func (o *origins) of(row int64) pipeline.Origin {
	o.mu.Lock()
	defer o.mu.Unlock()
	for i, f := range o.files {
		if i == len(o.rows) {
			if o.err == nil {
				o.err = o.count(f)
			}
			if o.err != nil {
				return pipeline.Origin{}
			}
		}
		if row < o.rows[i] {
			return pipeline.Origin{File: f.Path, Row: row}
		}
		row -= o.rows[i]
	}
	return pipeline.Origin{}
}

// count counts the rows of the next file.
func (o *origins) count(next pipeline.RecordFile) (err error) {
	f, err := o.source.Open(o.ctx, next.Path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	if f.Stat().Size != next.Bytes {
		return fmt.Errorf("count rows of %s: %w", next.Path, pipeline.ErrSourceChanged)
	}
	opts := o.opts
	opts.Columns = opts.Columns[:min(len(opts.Columns), 1)]
	result, err := pandas.Read(o.ctx, pandas.Input{Name: next.Path, At: f, Size: next.Bytes}, opts)
	if err != nil {
		return err
	}
	defer result.Table.Release()
	o.rows = append(o.rows, result.Table.NumRows())
	return nil
}
