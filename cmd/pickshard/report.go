package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"github.com/spf13/cobra"

	"github.com/pickshard/pickshard/pipeline"
	"github.com/pickshard/pickshard/stages"
	reports "github.com/pickshard/pickshard/stages/report"
)

func newReport(io *streams) *cobra.Command {
	var out string
	var quiet bool
	records := reports.DefaultRecords
	cmd := &cobra.Command{
		Use:   "report OUTPUT",
		Short: "Make report.html of an output: what is in it, for people",
		Long: `Report writes one page about an output that convert finished: what was kept and left
out, records as people compare them with their pictures, prompts and scores, how values
and images are distributed in each split, what comes twice, and where all of it came
from. The page is one file under 8 MB that loads nothing and needs no scripts.

It is made from the shards: values are read, and of images only those that are shown.
The same output gives the same bytes. Without --out it is OUTPUT/report.html; one that
convert made, which manifest.json lists, stays as it is.`,
		Example: `  pickshard report ./shards
  pickshard report ./shards --out ./report.html --report-records 300`,
		Args:              args("OUTPUT"),
		ValidArgsFunction: completeFolders(1),
		RunE: func(cmd *cobra.Command, a []string) (err error) {
			if records < 1 {
				return usageError{fmt.Errorf("--report-records %d: at least 1", records)}
			}
			o, done, err := openOutput(a[0])
			if err != nil {
				return err
			}
			defer func() { err = joinClose(err, done) }()
			d := newDisplay(io, false, quiet)
			if name := filepath.Join(a[0], pipeline.ReportName); out == "" && o.Manifest.Has(pipeline.ReportName) {
				if cmd.Flags().Changed("report-records") {
					return usageError{pipeline.WithHint(fmt.Errorf("%s was made by convert, and manifest.json has its digest: it is not replaced", name), "write another elsewhere: --out FILE")}
				}
				d.say("%s is there already, made by convert: open it in a browser; --out FILE makes one that shows %d records", name, records)
				return nil
			}
			began := time.Now()
			page, err := reports.Of(cmd.Context(), o, reports.Options{Records: records, Workers: runtime.GOMAXPROCS(0), Explain: stages.Explain(o.Schema)})
			if err != nil {
				return err
			}
			return writeReport(io, d, a[0], out, page, time.Since(began))
		},
	}
	cmd.Flags().StringVarP(&out, "out", "o", "", "write the page to this `file`; - is stdout")
	cmd.Flags().IntVar(&records, "report-records", records, "show at most so many records")
	cmd.Flags().BoolVarP(&quiet, "quiet", "q", false, "print errors only")
	return cmd
}

// writeReport puts a page where the user wants it, or beside the shards.
func writeReport(io *streams, d *display, output, out string, page []byte, took time.Duration) error {
	name := out
	switch out {
	case "-":
		_, err := io.out.Write(page)
		return err
	case "":
		name = filepath.Join(output, pipeline.ReportName)
		old, err := os.ReadFile(name)
		if err == nil && string(old) == string(page) {
			d.say("%s is up to date", name)
			return nil
		}
	}
	if err := replaceFile(name, page); err != nil {
		return fmt.Errorf("write report: %w", err)
	}
	d.say("%s: %s, made in %s; open it in a browser", name, humanBytes(int64(len(page))), took.Round(10*time.Millisecond))
	return nil
}

// replaceFile writes a file whole or not at all.
func replaceFile(name string, data []byte) error {
	f, err := os.CreateTemp(filepath.Dir(name), ".report-*")
	if failed, ok := errors.AsType[*fs.PathError](err); ok {
		return fmt.Errorf("make file %s: %w", name, failed.Err) // not by the name that it has meanwhile
	}
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err == nil {
		err = f.Chmod(0o644)
	}
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(f.Name(), name)
	}
	if err != nil {
		err = errors.Join(err, os.Remove(f.Name()))
	}
	return err
}
