package main

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/pickshard/pickshard/configs"
	"github.com/pickshard/pickshard/pipeline"
)

func newPlan(io *streams) *cobra.Command {
	f := &jobFlags{}
	write := ""
	cmd := &cobra.Command{
		Use:   "plan CONFIG INPUT [OUTPUT]",
		Short: "Show what convert would do: shards, records, bytes, names; or write it for workers",
		Long: `Plan reads the pickled splits, looks at the size of every image without reading
it, and shows the shards that convert would write. Sizes marked with = are exact,
the others are upper bounds. With --json it prints the plan itself. Nothing is written.

With --write PLAN, the plan is written into the folder PLAN, and OUTPUT is made ready for
"pickshard worker" on any number of machines, and "pickshard finalize". PLAN, INPUT and
OUTPUT must be folders that all of them see. PLAN holds the rows that each shard needs.
` + exitHelp,
		Example: `  pickshard plan pick-high ./data
  pickshard plan pick-high ./data --shard-size 1GB --json > plan.json
  pickshard plan pick-high ./data ./shards --write ./plan`,
		Args: func(cmd *cobra.Command, given []string) error {
			names := []string{"CONFIG", "INPUT", "OUTPUT"}
			return args(names[:min(max(len(given), 2), 3)]...)(cmd, given)
		},
		RunE: func(cmd *cobra.Command, a []string) error {
			c, err := f.config(cmd, a[0])
			if err != nil {
				return err
			}
			output := ""
			if len(a) == 3 {
				output = a[2]
			}
			if write != "" {
				if output == "" {
					return usageError{pipeline.WithHint(errors.New("--write needs OUTPUT"), "workers write into one OUTPUT, which is made ready with the plan: pickshard plan CONFIG INPUT OUTPUT --write PLAN")}
				}
				return writePlan(cmd, io, f, c, a[1], output, write)
			}
			return plan(cmd, io, f, c, a[1], output)
		},
		ValidArgsFunction: completeConfig,
	}
	f.register(cmd)
	cmd.Flags().StringVar(&write, "write", "", "write the plan into this `folder`, for workers")
	cmd.Flags().Lookup("json").Usage = "print the plan itself as JSON"
	for _, runs := range []string{"workers", "memory", "no-sync"} {
		// Taken, so that a command line of convert can be tried, but of no effect.
		// The error is for a flag that does not exist.
		_ = cmd.Flags().MarkHidden(runs)
	}
	return cmd
}

func plan(cmd *cobra.Command, io *streams, f *jobFlags, c *configs.Config, input, output string) (err error) {
	d := newDisplay(io, false, f.quiet || f.json)
	job, err := open(cmd.Context(), c, input, "", d.observe)
	if err != nil {
		return err
	}
	defer func() { err = joinClose(err, job.Close) }()
	planned, err := pipeline.MakePlan(cmd.Context(), job.Spec, job.Source, job.Loader, job.Observe)
	if err != nil {
		return err
	}
	if f.json {
		err = planned.Plan.Write(io.out)
	} else {
		err = printPlan(io.out, planned.Plan, output)
	}
	if err != nil {
		return err
	}
	if warning := viewerWarning(planned.Plan, int64(c.Output.RowGroup.Bytes)); warning != "" {
		d.tell(yellow.on(d.err, "warning:"), " %s", warning)
	}
	d.warned(planned.Plan.Rules, planned.Plan.Violations)
	for _, s := range planned.Plan.Splits {
		if len(s.Dropped) > 0 {
			return quietError{exitIncomplete}
		}
	}
	return nil
}

// writePlan writes a plan for workers.
func writePlan(cmd *cobra.Command, io *streams, f *jobFlags, c *configs.Config, input, output, folder string) (err error) {
	d := newDisplay(io, false, f.quiet)
	job, err := open(cmd.Context(), c, input, output, d.observe)
	if err != nil {
		return err
	}
	defer func() { err = joinClose(err, job.Close) }()
	if err := refuses(job, input, output); err != nil {
		return err
	}
	p, err := job.WritePlan(cmd.Context(), folder)
	if err != nil {
		return err
	}
	if f.json {
		err = p.Write(io.out)
	} else {
		err = printPlan(io.out, p, output)
	}
	d.say("next, on any number of machines: pickshard worker --plan %s %s %s; then: pickshard finalize --plan %s %s", folder, input, output, folder, output)
	return err
}

// printPlan prints a table of shards, one line a shard.
func printPlan(out io.Writer, p *pipeline.Plan, output string) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprint(w, "SHARD\tRECORDS\tIMAGES")
	for _, f := range p.Formats {
		fmt.Fprintf(w, "\t%s", f)
	}
	fmt.Fprintln(w, "\tFIRST KEY")
	images, rows, read := int64(0), int64(0), int64(0)
	for _, s := range p.Splits {
		for i, sh := range s.Shards {
			fmt.Fprintf(w, "%s\t%d\t%s", pipeline.ShardName(s.Name, i, len(s.Shards)), sh.Rows, humanBytes(sh.ImageBytes))
			for _, f := range p.Formats {
				mark := ""
				if slices.Contains(sh.Exact, f) {
					mark = "="
				}
				if sh.Rows == 0 {
					fmt.Fprint(w, "\t-") // framing alone
					continue
				}
				fmt.Fprintf(w, "\t%s%s", mark, humanBytes(sh.Bounds[f]))
			}
			fmt.Fprintf(w, "\t%s\n", sh.FirstKey)
			rows += int64(sh.Rows)
		}
		images += s.ImageCount
		read += s.ImageBytes
	}
	if err := w.Flush(); err != nil {
		return fmt.Errorf("print plan: %w", err)
	}
	id, err := p.Identity()
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(out, "%s, %s (%s), %s, plan %.12s\n", plural(rows, "record"), plural(images, "image"), humanBytes(read), plural(int64(p.Shards()), "shard"), id.ID())
	if err == nil && output != "" {
		_, err = fmt.Fprintf(out, "to be written to %s\n", output)
	}
	if err != nil {
		return fmt.Errorf("print plan: %w", err)
	}
	return nil
}
