package pandas

import (
	"context"
	"errors"
	"fmt"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/pickshard/pickshard/stages/read"
	"github.com/pickshard/pickshard/stages/read/internal/pickle"
)

// Inspect describes a file. It reads the table when it can; when it cannot, Info
// still tells what the scan found, with the reason in Info.Problem. An error
// means that not even that was possible (the file cannot be read at all).
func Inspect(ctx context.Context, in Input, opts Options) (*Info, error) {
	var info *Info
	err := Look(ctx, in, opts, func(v *View) error {
		info = &v.Info
		return nil
	})
	if err == nil {
		return info, nil
	}
	return Explain(ctx, in, opts, err)
}

// Explain describes a file that cannot be read as a table, which problem tells, the
// error of [Look]: the other columns where some cannot be read; else what the scan found,
// and what the pickle holds as far as it can be decoded.
func Explain(ctx context.Context, in Input, opts Options, problem error) (*Info, error) {
	if ctx.Err() != nil {
		return nil, fmt.Errorf("inspect pickle %s: %w", in.Name, ctx.Err())
	}
	if in.At == nil {
		return &Info{Name: in.Name, Rows: -1, FileBytes: -1, MemoFetched: -1, Problem: problem.Error()}, nil
	}
	if info := readable(ctx, in, opts, problem); info != nil {
		return info, nil
	}
	info, _ := decode(ctx, in, &opts, true, func(doc *pickle.Doc, info *Info) error {
		r := newReader(ctx, doc, &opts)
		info.Kind = doc.TypeName(doc.Root())
		info.Members = r.members(doc.Root())
		return nil
	})
	info.Problem = problem.Error()
	return info, nil
}

// readable describes the table without the columns that cannot be read, of which problem
// tells the first; nil where it is not for a few columns.
func readable(ctx context.Context, in Input, opts Options, problem error) *Info {
	const most = 16 // each is one more look at the file
	first := problem
	var bad []UnreadableColumn
	opts.without = make(map[string]bool)
	for len(bad) < most {
		name, why := unreadable(problem)
		if why == nil || opts.without[name] {
			return nil
		}
		opts.without[name] = true
		bad = append(bad, UnreadableColumn{name, why.Error()})
		var info *Info
		problem = Look(ctx, in, opts, func(v *View) error {
			info = &v.Info
			return nil
		})
		if problem == nil {
			info.Problem, info.Unreadable = first.Error(), bad
			return info
		}
	}
	return nil
}

// unreadable is the column that an error is about, and what it says of it; nil for
// others, and for what the options are to blame for.
func unreadable(err error) (name string, why error) {
	if errors.Is(err, ErrNoColumn) || errors.Is(err, ErrDuplicateColumn) || errors.Is(err, pickle.ErrLimit) {
		return "", nil
	}
	if e, ok := errors.AsType[*CellError](err); ok {
		return e.Column, e
	}
	if e, ok := errors.AsType[*ColumnError](err); ok {
		return e.Column, e
	}
	return "", nil
}

// scanned notes what the scan found.
func (i *Info) scanned(s *pickle.Scan, size int64) {
	i.Protocol, i.Opcodes, i.PickleBytes = s.Protocol, s.Opcodes, s.End
	i.MemoPuts, i.MemoFetched = s.Puts, s.Fetched()
	if s.End > 0 && size > s.End {
		i.Trailing = s.Trailing(size)
		i.warnTrailing()
	}
	i.globals(s.Globals)
}

func (i *Info) warnTrailing() {
	i.Warnings = append(i.Warnings, fmt.Sprintf("%d bytes follow the end of the pickle (a second one?) and are not read, as in Python", i.Trailing))
}

// decoded notes what decoding found.
func (i *Info) decoded(d *pickle.Doc) {
	i.Protocol, i.Opcodes, i.PickleBytes, i.MemoPuts = max(d.Protocol(), i.Protocol), d.Opcodes(), d.Size(), d.Puts()
	if n := d.Trailing(); n > 0 {
		i.Trailing = n
		i.warnTrailing()
	}
	if d.Rewritten() {
		i.Warnings = append(i.Warnings, "its lines end with \\r\\n, as git's autocrlf or a transfer as text leave them; each \\r is left out, as it was when the pickle was written")
	}
	if d.Dumps() > 1 {
		i.Warnings = append(i.Warnings, fmt.Sprintf("it holds %d pickles, one after the other; Python's pickle.load reads the first", d.Dumps()))
	}
	i.globals(d.Globals())
	i.Writer = writer(i.Globals, d)
}

func (i *Info) globals(refs []pickle.GlobalRef) {
	i.Globals = i.Globals[:0]
	for _, g := range refs {
		u := GlobalUse{Module: g.Module, Name: g.Name, Offset: g.Offset, Count: g.Count, Verdict: VerdictKnown}
		switch g.Global {
		case pickle.GNone:
			u.Verdict = VerdictRefused
		case pickle.GOpaque:
			u.Verdict = VerdictOpaque
		}
		i.Globals = append(i.Globals, u)
	}
}

// join adds the figures of a further file of the same split.
func (i *Info) join(o *Info) {
	i.FileBytes += o.FileBytes
	i.PickleBytes += o.PickleBytes
	i.Opcodes += o.Opcodes
	i.MemoPuts += o.MemoPuts
	i.Trailing += o.Trailing
	i.Warnings = append(i.Warnings, o.Warnings...)
}

// describe notes rows and columns of the finished table.
func (i *Info) describe(rows int64, columns []built) {
	i.Rows = rows
	i.Columns = make([]ColumnInfo, 0, len(columns))
	for _, c := range columns {
		ci := ColumnInfo{Name: c.name, Dtype: c.dtype, Type: read.TypeName(c.typ), Index: c.index, Chunks: len(c.chunks) + len(c.text)}
		for _, a := range c.chunks {
			ci.Nulls += int64(a.NullN())
			ci.Bytes += read.DataBytes(a.Data())
		}
		for _, t := range c.text {
			ci.Nulls += int64(t.nulls)
			ci.Bytes += t.bytes()
		}
		i.Columns = append(i.Columns, ci)
	}
}

// nulls is an array of nulls of a type.
func nulls(t arrow.DataType, n int) arrow.Array {
	return array.MakeArrayOfNull(memory.DefaultAllocator, t, n)
}
