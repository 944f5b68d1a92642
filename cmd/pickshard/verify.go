package main

import (
	"encoding/json"
	"fmt"
	"runtime"
	"time"

	"github.com/spf13/cobra"

	"github.com/pickshard/pickshard/pipeline"
	"github.com/pickshard/pickshard/stages"
)

func newVerify(io *streams) *cobra.Command {
	var quick, asJSON, quiet bool
	cmd := &cobra.Command{
		Use:   "verify OUTPUT",
		Short: "Re-read every shard: digests, structure, counts, formats agree",
		Long: `Verify reads an output that convert finished, without its input. It checks that
every file of the manifest is there with its size and CRC-32C and no other file
is, that every shard is sound in structure, and that all formats hold the same
records and image bytes in the same order.

Exit codes: 0 all is well; 1 something is wrong, or verify could not look; 2 usage.`,
		Example: `  pickshard verify ./shards
  pickshard verify ./shards --quick`,
		Args: args("OUTPUT"),
		RunE: func(cmd *cobra.Command, a []string) error {
			formats, err := stages.Formats(stages.FormatOptions{})
			if err != nil {
				return err
			}
			d := newDisplay(io, false, quiet || asJSON)
			v := &pipeline.Verifier{
				Store: pipeline.NewFolderStore(a[0]), Formats: formats,
				Quick: quick, Workers: runtime.GOMAXPROCS(0), Progress: &pipeline.Progress{}, Observe: d.observe,
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
	cmd.Flags().BoolVar(&quick, "quick", false, "check names and sizes only")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the report as JSON on stdout")
	cmd.Flags().BoolVarP(&quiet, "quiet", "q", false, "print what is wrong only")
	return cmd
}

func verified(io *streams, d *display, r *pipeline.VerifyReport, asJSON bool, took time.Duration) error {
	if asJSON {
		data, err := json.MarshalIndent(r, "", "  ")
		if err != nil {
			return err
		}
		if _, err := fmt.Fprintf(io.out, "%s\n", data); err != nil {
			return err
		}
	} else {
		for _, f := range r.Findings {
			if _, err := fmt.Fprintln(io.out, f); err != nil {
				return err
			}
		}
	}
	if len(r.Findings) > 0 {
		d.say("%s wrong", plural(int64(len(r.Findings)), "thing"))
		return quietError{exitFailed}
	}
	d.say("OK: %s, %s, %s in %s", plural(int64(r.Files), "file"), humanBytes(r.Bytes), plural(r.Rows, "record"), took.Round(10*time.Millisecond))
	return nil
}
