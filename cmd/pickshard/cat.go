package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/apache/arrow-go/v18/arrow/ipc"
	"github.com/spf13/cobra"

	"github.com/pickshard/pickshard/stages"
	"github.com/pickshard/pickshard/stages/read"
)

// catFlags are the flags of cat.
type catFlags struct {
	readFlags
	arrow, csv, keepNaN bool
	columns             []string
	rows                string
}

func newCat(io *streams) *cobra.Command {
	f := &catFlags{}
	cmd := &cobra.Command{
		Use:   "cat FILE",
		Short: "Print a file's records as JSON Lines, CSV or an Arrow stream",
		Long: `Cat reads a table (pickle, csv, tsv, JSON, JSON Lines, Parquet or Arrow, told by
content) without running anything that is in it and prints its records on stdout:
JSON Lines by default. Floats read back as the same value, binary is base64, dates
and times are ISO 8601, missing values are null. An index comes as a column too,
under its name or __index_level_0__, unless it has no name and counts the rows
from 0.
FILE may be - for standard input, and compressed (gzip, bzip2, xz, zstd, zip, tar).

Exit codes: 0 whole; 1 failed; 2 usage.`,
		Example: `  pickshard cat data/Pick-High/val.pkl | head -3
  pickshard cat --columns easy_prompt,E1 --rows 100:200 train.pkl
  pickshard cat --arrow train.parquet > train.arrows`,
		Args:              args("FILE"),
		ValidArgsFunction: completeFile,
		RunE: func(cmd *cobra.Command, a []string) (err error) {
			if f.arrow && f.csv {
				return usageError{errors.New("--arrow and --csv exclude each other")}
			}
			if cmd.Flags().Changed("columns") && len(f.columns) == 0 {
				return usageError{errors.New("--columns names none")}
			}
			rows, err := parseRows(f.rows)
			if err != nil {
				return usageError{err}
			}
			file, closer, err := openTable(io, a[0])
			if err != nil {
				return err
			}
			defer func() { err = joinClose(err, closer.Close) }()
			opts, err := f.options()
			if err != nil {
				return err
			}
			opts.Columns, opts.KeepNaN = f.columns, f.keepNaN
			return stages.LookTable(cmd.Context(), file, opts, stages.ReaderOptions{}, func(t read.Table) error {
				for _, w := range t.Info().Warnings {
					io.warn(file.Input.Name, w)
				}
				return f.print(io.out, t, rows)
			})
		},
	}
	flags := cmd.Flags()
	flags.BoolVar(&f.arrow, "arrow", false, "print an Arrow IPC stream")
	flags.BoolVar(&f.csv, "csv", false, "print CSV with a header; nested values as JSON, missing ones empty")
	flags.StringSliceVar(&f.columns, "columns", nil, "print these columns only; meta.model is a part of column meta")
	// The error is for a flag that does not exist.
	_ = cmd.RegisterFlagCompletionFunc("columns", completeColumns)
	flags.StringVar(&f.rows, "rows", "", "print these rows only: N (the first N), FROM:TO or FROM:, counted from 0")
	f.add(cmd)
	flags.BoolVar(&f.keepNaN, "keep-nan", false, "keep NaN of float columns as a value; by default it is missing, as in pandas")
	return cmd
}

// rowRange is rows from from to to, without to; to < 0 is the end.
type rowRange struct{ from, to int64 }

func parseRows(s string) (rowRange, error) {
	if s == "" {
		return rowRange{0, -1}, nil
	}
	from, to, ranged := strings.Cut(s, ":")
	if !ranged {
		from, to = "0", from
	}
	r := rowRange{0, -1}
	var err error
	if from != "" {
		r.from, err = strconv.ParseInt(from, 10, 64)
	}
	if to != "" && err == nil {
		r.to, err = strconv.ParseInt(to, 10, 64)
		if err == nil && r.to < r.from {
			err = errors.New("the end lies before the start")
		}
	}
	if err != nil || r.from < 0 {
		return r, fmt.Errorf("--rows %q: write N, FROM:TO or FROM:, counted from 0", s)
	}
	return r, nil
}

func (f *catFlags) print(out io.Writer, t read.Table, rows rowRange) error {
	switch {
	case f.arrow:
		return writeStream(out, t, rows)
	case f.csv:
		return writeCSV(out, t, rows)
	default:
		return writeRows(out, t, rows)
	}
}

// writeStream writes the table as an Arrow IPC stream.
func writeStream(out io.Writer, t read.Table, rows rowRange) error {
	w := bufio.NewWriterSize(out, 1<<20)
	s := ipc.NewWriter(w, ipc.WithSchema(t.Schema()))
	err := t.Batches(rows.from, rows.to, s.Write)
	if err = errors.Join(err, s.Close()); err == nil {
		err = w.Flush()
	}
	if err != nil {
		return fmt.Errorf("write Arrow stream: %w", err)
	}
	return nil
}
