package stages

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/pickshard/pickshard/pipeline"
	"github.com/pickshard/pickshard/stages/read"
	"github.com/pickshard/pickshard/stages/read/arrow"
	"github.com/pickshard/pickshard/stages/read/csv"
	"github.com/pickshard/pickshard/stages/read/json"
	"github.com/pickshard/pickshard/stages/read/pandas"
	"github.com/pickshard/pickshard/stages/read/parquet"
	"github.com/pickshard/pickshard/stages/read/pickle"
)

// ReaderOptions are the readers' settings that users can change.
type ReaderOptions struct {
	Pickle pickle.Limits
}

// Readers lists the kinds of files that records are read from. It is the only list. A
// file is read by the first that knows its content.
func Readers(o ReaderOptions) []read.Reader {
	return []read.Reader{parquet.New(), arrow.New(), pandas.Tables(o.Pickle), json.New(), csv.New()}
}

// PickReader returns the reader that knows a file. What none knows is for the reader of
// pickles, which knows by name many kinds of files that are none.
func PickReader(f *read.File, o ReaderOptions) read.Reader {
	all := Readers(o)
	name := f.BareName()
	for _, r := range all {
		if r.Match(f.Head, name) {
			return r
		}
	}
	return pandas.Tables(o.Pickle)
}

// ReadTable reads files that hold the parts of one table, of whatever kinds, in order.
// The caller releases the table and closes the files.
func ReadTable(ctx context.Context, parts []*read.File, opts read.Options, o ReaderOptions) (*read.Result, error) {
	if len(parts) == 0 {
		return nil, fmt.Errorf("read table: no file is given")
	}
	var results []*read.Result
	for len(parts) > 0 {
		r := PickReader(parts[0], o)
		if len(opts.Header) > 0 && r.Kind() != csv.New().Kind() {
			return nil, &read.FileError{Kind: r.Kind(), File: parts[0].Input.Name, Err: read.NotTable("it names its columns itself: leave the header out")}
		}
		n := 1
		for n < len(parts) && PickReader(parts[n], o).Kind() == r.Kind() {
			n++
		}
		res, err := r.Read(ctx, parts[:n], opts)
		if err != nil {
			for _, r := range results {
				r.Table.Release()
			}
			return nil, byName(parts[0], r, err)
		}
		results = append(results, res)
		parts = parts[n:]
	}
	return read.Concat(results, opts)
}

// byName tells who misses a column that the file is not of the kind that its name says:
// then it is more likely the file that is wrong than the config.
func byName(f *read.File, r read.Reader, err error) error {
	name := strings.ToLower(f.BareName())
	if r.Kind() != csv.New().Kind() || !errors.Is(err, read.ErrNoColumn) || !strings.HasSuffix(name, ".pkl") && !strings.HasSuffix(name, ".pickle") {
		return err
	}
	return pipeline.WithHint(err, "%s is a text, not a pickle, and was read as csv: is it whole, and the right file? `pickshard inspect` shows it as it was read", pipeline.Printable(f.Input.Name))
}

// LookTable opens the table of a file and calls use with it: see [read.Reader].
func LookTable(ctx context.Context, f *read.File, opts read.Options, o ReaderOptions, use func(read.Table) error) error {
	return PickReader(f, o).Look(ctx, f, opts, use)
}
