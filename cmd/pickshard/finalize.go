package main

import (
	"errors"
	"fmt"
	"runtime/debug"
	"time"

	"github.com/spf13/cobra"

	"github.com/pickshard/pickshard/configs"
)

func newFinalize(io *streams) *cobra.Command {
	var plan string
	var perTask int
	var missing, asJSON, quiet, noSync bool
	cmd := &cobra.Command{
		Use:   "finalize --plan PLAN OUTPUT",
		Short: "Publish what the workers of a plan have built, once all of it is there",
		Long: `Finalize reads the record of every shard of the plan that "pickshard plan --write PLAN"
wrote. If all are there, files get their final names, then manifest.json is written and,
last of all, _SUCCESS. What an engine says of its tasks does not count. If shards are
missing, they are listed, and the exit code is 1; with --missing their names alone are
printed on stdout, for the next try, and nothing is published. With --per-task K too,
the tasks of an array of "pickshard worker --per-task K" are printed that have something
left to build, as schedulers take them: 0-3,7.

The same command again changes nothing.
` + exitHelp,
		Example: `  pickshard finalize --plan ./plan ./shards
  pickshard finalize --plan ./plan ./shards --missing
  sbatch --array=$(pickshard finalize --plan ./plan ./shards --missing --per-task 4) work.sh`,
		Args: args("OUTPUT"),
		RunE: func(cmd *cobra.Command, a []string) (err error) {
			if plan == "" {
				return usageError{errors.New("--plan is missing")}
			}
			if perTask < 0 || perTask > 0 && !missing {
				return usageError{errors.New("--per-task K goes with --missing, and is at least 1")}
			}
			job, err := openPlan(plan, "", a[0], configs.Sharing{Sync: !noSync})
			if err != nil {
				return err
			}
			defer func() { err = joinClose(err, job.Close) }()
			debug.SetGCPercent(recordsGarbage)
			if missing {
				return printMissing(cmd, io, job, perTask)
			}
			d := newDisplay(io, asJSON, quiet)
			job.Observe = d.observe
			began := time.Now()
			m, err := job.Publish(cmd.Context())
			if err != nil {
				return err
			}
			d.converted(m, a[0], time.Since(began))
			if err := d.closed(); err != nil {
				return err
			}
			if m.Dropped > 0 {
				return incompleteError{m.Dropped}
			}
			return nil
		},
		ValidArgsFunction: completeFolders(1),
	}
	cmd.Flags().StringVar(&plan, "plan", "", "the folder that the plan was written to")
	cmd.Flags().BoolVar(&missing, "missing", false, "print the names of shards that are not built, and publish nothing")
	cmd.Flags().IntVar(&perTask, "per-task", 0, "with --missing, print the tasks of an array of so many shards a task instead")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print events as JSON Lines on stdout")
	cmd.Flags().BoolVar(&noSync, "no-sync", false, "leave it to the system when files become durable: a power cut may lose them")
	cmd.Flags().BoolVarP(&quiet, "quiet", "q", false, "print errors only")
	return cmd
}

// printMissing prints shards that are not built, one a line, or the tasks of an array that
// has them.
func printMissing(cmd *cobra.Command, io *streams, job *configs.PlannedJob, perTask int) error {
	m, err := job.Unbuilt(cmd.Context())
	if err != nil || m == nil {
		return err
	}
	lines := m.Shards
	if perTask > 0 {
		tasks, err := arrayTasks(job.Shards(), m.Shards, perTask)
		if err != nil {
			return err
		}
		lines = []string{tasks}
	}
	for _, line := range lines {
		if _, err := fmt.Fprintln(io.out, line); err != nil {
			return err
		}
	}
	return quietError{exitFailed}
}
