package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/pickshard/pickshard/pipeline"
	"github.com/pickshard/pickshard/stages"
	"github.com/pickshard/pickshard/stages/read"
	"github.com/pickshard/pickshard/stages/read/pandas"
	"github.com/pickshard/pickshard/stages/read/pickle"
)

func newInspect(io *streams) *cobra.Command {
	var show shown
	var flags readFlags
	cmd := &cobra.Command{
		Use:   "inspect FILE",
		Short: "Show what is in a file of records, safely: kind, columns, types, rows, writer, globals",
		Long: `Inspect reads a file (pickle, csv, tsv, JSON, JSON Lines, Parquet or Arrow, told by
content) without running anything that is in it and shows what it holds: columns with
their types as a config spells them, and the first rows; of a pickle also the kind of
object, the protocol, which pandas and numpy wrote it as far as the bytes tell, and
the globals it names that pickshard's table does not know (--globals: all of them).
FILE may be - for standard input, and compressed (gzip, bzip2, xz, zstd, zip, tar).

Exit codes: 0 it is a table; 1 it is not, or it is refused; 2 usage.`,
		Example: `  pickshard inspect data/Pick-High/train.pkl
  pickshard inspect --json train.jsonl.gz`,
		Args:              args("FILE"),
		ValidArgsFunction: completeFile,
		RunE: func(cmd *cobra.Command, a []string) (err error) {
			file, closer, err := openTable(io, a[0])
			if err != nil {
				return err
			}
			defer func() { err = joinClose(err, closer.Close) }()
			opts, err := flags.options()
			if err != nil {
				return err
			}
			if reader := stages.PickReader(file, stages.ReaderOptions{}); reader.Kind() != pickled {
				return reader.Look(cmd.Context(), file, opts, func(t read.Table) error { return show.printTable(io.out, t) })
			}
			in, err := pandas.InputOf(file)
			if err != nil {
				return err
			}
			return inspectPickle(cmd, io.out, in, pandas.OptionsOf(opts), &show)
		},
	}
	cmd.Flags().BoolVar(&show.json, "json", false, "print all of it as JSON")
	cmd.Flags().BoolVar(&show.globals, "globals", false, "list every global it names, the known ones too")
	cmd.Flags().Int64Var(&show.rows, "rows", 3, "how many of the first rows to show")
	flags.add(cmd)
	return cmd
}

// pickled is the kind of files of which there is more to tell than of others.
const pickled = "pickle"

// inspectPickle shows a pickle, and what can be told of one that is not a table.
func inspectPickle(cmd *cobra.Command, out io.Writer, in pandas.Input, opts pandas.Options, show *shown) error {
	looked := false
	err := pandas.Look(cmd.Context(), in, opts, func(v *pandas.View) error {
		looked = true
		return show.print(out, &v.Info, v)
	})
	if err == nil || looked {
		return err
	}
	info, ierr := explain(cmd, in, opts, err)
	if ierr != nil || !show.json && info.Kind == "" && len(info.Globals) == 0 {
		return err // nothing is known of it but the error
	}
	if perr := show.print(out, info, nil); perr != nil {
		return perr
	}
	if show.json {
		return quietError{exitFailed}
	}
	return err
}

// readFlags say how a file is read.
type readFlags struct {
	selected, orient string
	dedupe, replace  bool
}

func (f *readFlags) add(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.selected, "select", "", "which member of a dict of tables, or of a JSON object, to read")
	cmd.Flags().StringVar(&f.orient, "orient", "", "how JSON holds rows, as in DataFrame.to_json: "+strings.Join(orients(), ", "))
	cmd.Flags().BoolVar(&f.dedupe, "dedupe-columns", false, "rename repeated column names x, x to x, x.1")
	cmd.Flags().BoolVar(&f.replace, "replace-invalid-text", false, "put U+FFFD where text is not valid Unicode, instead of an error")
}

func orients() []string {
	var names []string
	for _, o := range read.Orients() {
		names = append(names, string(o))
	}
	return names
}

func (f *readFlags) options() (read.Options, error) {
	opts := read.Options{Select: f.selected, DedupeColumns: f.dedupe, Orient: read.Orient(f.orient)}
	if f.orient != "" && !slices.Contains(read.Orients(), opts.Orient) {
		return opts, usageError{fmt.Errorf("--orient %q: it is one of %s", f.orient, strings.Join(orients(), ", "))}
	}
	if f.replace {
		opts.Surrogates = read.SurrogatesReplace
	}
	return opts, nil
}

// openTable opens FILE, or standard input for "-".
func openTable(s *streams, name string) (*read.File, io.Closer, error) {
	var in pickle.Input
	var closer io.Closer = io.NopCloser(nil)
	if name == "-" {
		in = pickle.Input{Name: "standard input", Stream: s.in}
	} else {
		var err error
		if in, closer, err = pickle.OpenInput(name); err != nil {
			var named *fs.PathError
			if errors.As(err, &named) {
				err = named // "open FILE: reason" is all there is to say
			}
			return nil, nil, pipeline.WithHint(err, "FILE is a file of records, or - for standard input")
		}
	}
	file, err := read.OpenFile(read.Input{Name: in.Name, At: in.At, Size: in.Size, Stream: in.Stream}, read.Limits{})
	if err != nil {
		return nil, nil, errors.Join(err, closer.Close())
	}
	return file, closers{file, closer}, nil
}

// closers close one after the other.
type closers []io.Closer

func (c closers) Close() error {
	var errs []error
	for _, one := range c {
		errs = append(errs, one.Close())
	}
	return errors.Join(errs...)
}

// explain asks what can be told of a file that is not a table. A stream has been
// read away by then.
func explain(cmd *cobra.Command, in pandas.Input, opts pandas.Options, problem error) (*pandas.Info, error) {
	if in.At == nil {
		return nil, fmt.Errorf("inspect %s: a stream is read once", in.Name)
	}
	return pandas.Explain(cmd.Context(), in, opts, problem)
}

// longest is how many characters of a name or a value are shown to people: a
// stranger's pickle should not flood the terminal.
const longest = 200

// shown is what inspect tells of a file.
type shown struct {
	json    bool  // all, for machines
	globals bool  // the known ones too
	rows    int64 // of the first rows
}

// mostListed is how many columns are listed to people.
const mostListed = 1000

// Columns of the table of columns, so that it fits a terminal.
const (
	longestName = 24
	longestType = 16
)

// print prints what a file is; the first rows only where it is a table, which is
// nil otherwise.
func (s *shown) print(out io.Writer, info *pandas.Info, table *pandas.View) error {
	if s.json {
		return printJSON(out, info)
	}
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	printFacts(w, info)
	if len(info.Columns) > 0 {
		fmt.Fprintln(w, "\nCOLUMN\tDTYPE\tTYPE\tNULLS\tSIZE")
		for _, c := range info.Columns[:min(len(info.Columns), mostListed)] {
			mark := ""
			if c.Index {
				mark = " (index)"
			}
			fmt.Fprintf(w, "%s%s\t%s\t%s\t%s\t%s\n", printable(shorten(c.Name, longestName)), mark, printable(shorten(c.Dtype, longestType)), printable(shorten(c.Type, longestType)), humanCount(c.Nulls), humanBytes(c.Bytes))
		}
		if n := len(info.Columns) - mostListed; n > 0 {
			fmt.Fprintf(w, "%s more; --json lists them all\n", plural(int64(n), "column"))
		}
	}
	if len(info.Unreadable) > 0 {
		fmt.Fprintln(w, "\nNOT READABLE, the other columns are:")
		for _, c := range info.Unreadable {
			fmt.Fprintln(w, shorten(c.Problem, 2*longest))
		}
	}
	if err := w.Flush(); err != nil {
		return err
	}
	s.printGlobals(w, info)
	if err := w.Flush(); err != nil {
		return err
	}
	if table == nil || s.rows <= 0 || table.Rows() == 0 {
		return nil
	}
	fmt.Fprintln(out, "\nFIRST ROWS")
	return writeRecords(out, table.Table(), rowRange{0, s.rows})
}

// printTable prints what a file is that is not a pickle.
func (s *shown) printTable(out io.Writer, t read.Table) error {
	info := t.Info()
	if s.json {
		return printJSON(out, info)
	}
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fact := func(name, text string) { fmt.Fprintf(w, "%s\t%s\n", name, text) }
	fact("file", info.Name)
	fact("kind", info.Kind)
	if info.Rows >= 0 {
		fact("rows", humanCount(info.Rows))
	}
	if len(info.Members) > 0 {
		var names []string
		for _, m := range info.Members {
			names = append(names, printable(shorten(m, longest)))
		}
		fact("members", strings.Join(names, ", ")+" (choose one with --select)")
	}
	if info.Writer != "" {
		fact("written", printable(shorten(info.Writer, longest)))
	}
	if info.Compression != "" {
		fact("compression", info.Compression)
	}
	for _, warning := range info.Warnings {
		fact("warning", printable(warning))
	}
	fmt.Fprintln(w, "\nCOLUMN\tTYPE")
	for _, c := range info.Columns {
		fmt.Fprintf(w, "%s\t%s\n", printable(shorten(c.Name, longestName)), printable(shorten(c.Type, terminalWidth-longestName-2-1)))
	}
	if err := w.Flush(); err != nil || s.rows <= 0 || info.Rows == 0 {
		return err
	}
	fmt.Fprintln(out, "\nFIRST ROWS")
	return writeRecords(out, t, rowRange{0, s.rows})
}

// printGlobals lists the globals that are opaque or refused, and on request the known ones.
func (s *shown) printGlobals(w io.Writer, info *pandas.Info) {
	known := 0
	listed := []pandas.GlobalUse{}
	for _, g := range info.Globals {
		if g.Verdict == pandas.VerdictKnown {
			known++
		}
		if s.globals || g.Verdict != pandas.VerdictKnown {
			listed = append(listed, g)
		}
	}
	if len(listed) > 0 {
		fmt.Fprintln(w, "\nGLOBAL\tVERDICT\tFIRST AT BYTE\tTIMES")
	}
	for _, g := range listed {
		fmt.Fprintf(w, "%s\t%s\t%d\t%d\n", printable(g.Module+"."+g.Name), g.Verdict, g.Offset, g.Count)
	}
	if known > 0 && !s.globals {
		fmt.Fprintf(w, "\n%s, known and harmless, not listed: --globals\n", plural(int64(known), "global"))
	}
}

func printFacts(w io.Writer, info *pandas.Info) {
	fact := func(name, format string, args ...any) { fmt.Fprintf(w, "%s\t%s\n", name, fmt.Sprintf(format, args...)) }
	fact("file", "%s", info.Name)
	if info.Kind != "" {
		fact("kind", "%s", info.Kind)
	}
	if info.Problem != "" && len(info.Unreadable) == 0 {
		fact("problem", "%s", info.Problem)
	}
	if info.Rows >= 0 {
		fact("rows", "%s", humanCount(info.Rows))
	}
	if len(info.Members) > 0 {
		var names []string
		for _, m := range info.Members {
			names = append(names, printable(shorten(m, longest)))
		}
		fact("members", "%s (choose one with --select)", strings.Join(names, ", "))
	}
	writer := []string{}
	for _, p := range []struct{ name, version string }{{"pandas", info.Writer.Pandas}, {"numpy", info.Writer.NumPy}, {"Python", info.Writer.Python}} {
		if p.version != "" {
			writer = append(writer, p.name+" "+p.version)
		}
	}
	if len(writer) > 0 {
		fact("written by", "%s", strings.Join(writer, ", "))
	}
	fact("protocol", "%d", info.Protocol)
	if info.Compression != "" {
		fact("compression", "%s", info.Compression)
	}
	fact("pickle", "%s, %s opcodes", humanBytes(info.PickleBytes), humanCount(info.Opcodes))
	if info.Trailing > 0 {
		fact("trailing", "%s after the pickle's end, ignored", humanBytes(info.Trailing))
	}
	for _, warning := range info.Warnings {
		fact("warning", "%s", warning)
	}
}

// printable makes a name from a stranger's file safe for a terminal.
func printable(s string) string {
	quoted := fmt.Sprintf("%q", s)
	return quoted[1 : len(quoted)-1]
}
