package main

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/pickshard/pickshard/configs"
	"github.com/pickshard/pickshard/pipeline"
	"github.com/pickshard/pickshard/stages"
	"github.com/pickshard/pickshard/stages/store/folder"
)

func newVerify(io *streams) *cobra.Command {
	var quick, asJSON, quiet bool
	var input string
	var roots []string
	cmd := &cobra.Command{
		Use:   "verify OUTPUT",
		Short: "Re-read every shard: digests, structure, counts, formats agree",
		Long: `Verify reads an output that convert finished, without its input. It checks that
every file of the manifest is there with its size and CRC-32C and no other file
is, that every shard is sound in structure, and that all formats hold the same
records and image bytes in the same order. With --input it compares them with the
pickles and images that they were made from, too.

Exit codes: 0 all is well; 1 something is wrong, or verify could not look; 2 usage.`,
		Example: `  pickshard verify ./shards
  pickshard verify ./shards --quick
  pickshard verify ./shards --input ./data`,
		Args:              args("OUTPUT"),
		ValidArgsFunction: completeFolders(1),
		RunE: func(cmd *cobra.Command, a []string) (err error) {
			if err := isOutput(a[0]); err != nil {
				return err
			}
			formats, err := stages.Formats(stages.FormatOptions{})
			if err != nil {
				return err
			}
			d := newDisplay(io, false, quiet || asJSON)
			output := folder.New(a[0])
			defer func() { err = joinClose(err, output.Close) }()
			v := &pipeline.Verifier{
				Store: output, Formats: formats,
				Quick: quick, Workers: runtime.GOMAXPROCS(0), Progress: &pipeline.Progress{}, Observe: d.observe,
			}
			if input != "" {
				if quick {
					return usageError{errors.New("--quick reads no records: it cannot be used with --input")}
				}
				job, err := openVerified(cmd.Context(), v, input, roots)
				if err != nil {
					return err
				}
				defer func() { err = joinClose(err, job.Close) }()
			}
			began := time.Now()
			d.start(v.Progress, "verify")
			r, err := v.Verify(cmd.Context())
			d.stop()
			if err != nil {
				return err
			}
			return verified(io, d, r, asJSON, time.Since(began))
		},
	}
	cmd.Flags().BoolVar(&quick, "quick", false, "check names, sizes and what the ends of files tell only")
	cmd.Flags().StringVar(&input, "input", "", "compare with this INPUT too: pickles, values, image bytes")
	cmd.Flags().StringArrayVar(&roots, "root", nil, "let INPUT's links and absolute names lead into this `folder` too, where the manifest's config lists it")
	// The errors are for flags that do not exist.
	_, _ = cmd.MarkFlagDirname("input"), cmd.MarkFlagDirname("root")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the report as JSON on stdout")
	cmd.Flags().BoolVarP(&quiet, "quiet", "q", false, "print what is wrong only")
	return cmd
}

// openVerified plans INPUT again, with the config that the manifest tells, for the
// verifier to compare with. The manifest may be a stranger's: folders besides INPUT
// are read only where the user names them too. The caller closes what it returns.
func openVerified(ctx context.Context, v *pipeline.Verifier, input string, roots []string) (*configs.Job, error) {
	m, err := pipeline.ReadManifest(v.Store)
	if err != nil {
		return nil, err
	}
	c, err := configs.Parse("manifest.json", m.Config)
	if err != nil {
		return nil, fmt.Errorf("read config of the manifest: %w", err)
	}
	for _, root := range c.Paths.Roots {
		if !slices.Contains(roots, root) {
			return nil, pipeline.WithHint(fmt.Errorf("compare with INPUT: the manifest's config lets names lead into another folder: %s", pipeline.Printable(root)),
				"if it may be read, say so: --root %s", pipeline.Printable(root))
		}
	}
	job, err := open(ctx, c, input, "", v.Observe)
	if err != nil {
		return nil, err
	}
	// What is broken now must show as a difference, not stop the comparison.
	job.Spec.Forgive()
	planned, err := pipeline.MakePlan(ctx, job.Spec, job.Source, job.Loader, func(pipeline.Event) {})
	if err != nil {
		return nil, joinClose(err, job.Close)
	}
	v.Input = &pipeline.Input{Planned: planned}
	return job, nil
}

func verified(io *streams, d *display, r *pipeline.VerifyReport, asJSON bool, took time.Duration) error {
	if asJSON {
		if err := printJSON(io.out, r); err != nil {
			return err
		}
	} else {
		for _, f := range r.Findings {
			if _, err := fmt.Fprintln(io.out, safe(f.String())); err != nil {
				return err
			}
		}
	}
	slices.Sort(r.Edited)
	for _, name := range r.Edited {
		d.say("edited: %s is not as it was written, and may be: --update keeps what people write into it", name)
	}
	if len(r.Findings) > 0 {
		d.tell(red.on(d.err, plural(int64(len(r.Findings)), "problem")), "")
		return quietError{exitFailed}
	}
	d.tell(green.on(d.err, "OK:"), " %s, %s, %s in %s", plural(int64(r.Files), "file"), humanBytes(r.Bytes), plural(r.Rows, "record"), took.Round(10*time.Millisecond))
	return nil
}
