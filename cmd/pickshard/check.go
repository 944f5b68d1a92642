package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/pickshard/pickshard/configs"
	"github.com/pickshard/pickshard/pipeline"
	reports "github.com/pickshard/pickshard/stages/report"
)

// checkFlags are what check can be told beside what all commands on a config can.
type checkFlags struct {
	*jobFlags
	strict bool
	all    bool
	junit  string
	html   string
	told   int
}

func newCheck(io *streams) *cobra.Command {
	f := &checkFlags{jobFlags: &jobFlags{}}
	cmd := &cobra.Command{
		Use:   "check CONFIG INPUT",
		Short: "Ask all rules about all records and images; nothing is written",
		Long: `Check reads the records and every image that CONFIG describes from the folder
INPUT, asks all rules about them, and shows what is wrong: how much each rule
looked at, how much of that breaks it, and what to do. Nothing is stopped early
and nothing is written but what --html and --junit name. convert asks the same
rules while it writes.

Rules, their bounds and their severities are the config's to say, under rules:
image.intact: warn, score: {min: 0, max: 1, tolerate: 0.1%}.

Exit codes: 0 nothing is wrong, or warnings alone; 1 a conversion would fail (with
--strict also: a warning, or a rule that had nothing to check); 2 usage or config;
3 a conversion would leave records out; 130 or 143 interrupted.`,
		Example: `  pickshard check pick-high ./data
  pickshard check my.yaml ./data --on-error quarantine --json > findings.json
  pickshard check my.yaml ./data --html check.html
  pickshard check my.yaml ./data --strict --junit rules.xml`,
		Args: args("CONFIG", "INPUT"),
		RunE: func(cmd *cobra.Command, a []string) error {
			c, err := f.config(cmd, a[0])
			if err != nil {
				return err
			}
			return check(cmd, io, f, c, a[1])
		},
		ValidArgsFunction: completeConfig,
	}
	f.register(cmd)
	cmd.Flags().Lookup("report-records").Usage = fmt.Sprintf("most records that the page of --html shows (default %d)", reports.DefaultRecords)
	for _, name := range []string{"index", "shuffle", "report", "no-sync"} {
		// Taken, so that a command line of convert can be tried, but of no effect.
		// The error is for a flag that does not exist.
		_ = cmd.Flags().MarkHidden(name)
	}
	cmd.Flags().Lookup("json").Usage = "print the findings as one JSON object"
	cmd.Flags().BoolVar(&f.strict, "strict", false, "fail on warnings too, and on rules that had nothing to check")
	cmd.Flags().BoolVar(&f.all, "all", false, "list the rules that passed, too, with how much they checked")
	cmd.Flags().StringVar(&f.junit, "junit", "", "write a test case for each rule and split to this `file`, as JUnit's XML")
	cmd.Flags().StringVar(&f.html, "html", "", "write a page for people to this `file`: what is wrong, records with their pictures, distributions")
	cmd.Flags().IntVar(&f.told, "details", pipeline.MaxTold, "violations of each rule and split that are told one by one")
	return cmd
}

// check asks the rules, and shows what they have found.
func check(cmd *cobra.Command, io *streams, f *checkFlags, c *configs.Config, input string) (err error) {
	if f.told < 1 {
		return usageError{errors.New("--details must be 1 or more")}
	}
	d := newDisplay(io, false, f.quiet || f.json)
	job, err := open(cmd.Context(), c, input, "", d.observe)
	if err != nil {
		return err
	}
	defer func() { err = joinClose(err, job.Close) }()
	job.Spec.Details = f.told
	seen := reports.NewView()
	if f.html != "" {
		job.Viewer = seen
	}
	began := time.Now()
	d.start(job.Progress, "check")
	found, err := job.Check(cmd.Context())
	d.stop()
	if err != nil {
		return err
	}
	if f.html != "" {
		records := int(c.Output.ReportRecords)
		if !cmd.Flags().Changed("report-records") {
			records = max(records, reports.DefaultRecords)
		}
		if err := writePage(cmd.Context(), d, f.html, found, seen, job, records); err != nil {
			return err
		}
	}
	if f.junit != "" {
		if err := writeJUnit(f.junit, found, job.Spec); err != nil {
			return err
		}
	}
	if f.json {
		err = printFindings(io, found, f.strict)
	} else {
		err = showFindings(io.out, found, job.Spec, telling{strict: f.strict, all: f.all, took: time.Since(began)})
	}
	if err != nil {
		return err
	}
	switch {
	case !found.Passed(f.strict):
		return quietError{exitFailed}
	case found.Broken > 0:
		return quietError{exitIncomplete}
	}
	return nil
}

// printFindings prints the findings for machines.
func printFindings(io *streams, found *pipeline.CheckReport, strict bool) error {
	enc := json.NewEncoder(io.out)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(struct {
		Event  string `json:"event"` // "checked"
		Passed bool   `json:"passed"`
		*pipeline.CheckReport
	}{"checked", found.Passed(strict), found})
}

// writeJUnit writes a test case for each rule and split.
func writeJUnit(name string, found *pipeline.CheckReport, spec *pipeline.Spec) error {
	data, err := junit(found, spec)
	if err != nil {
		return err
	}
	if err := os.WriteFile(name, data, 0o666); err != nil {
		return fmt.Errorf("write --junit: %w", err)
	}
	return nil
}

// writePage writes the page for people.
func writePage(ctx context.Context, d *display, name string, found *pipeline.CheckReport, seen *reports.View, job *configs.Job, records int) error {
	page, err := reports.OfCheck(ctx, found, seen, job.Spec, reports.Options{Records: records, Workers: job.Workers, Explain: job.Spec.Explain})
	if err != nil {
		return err
	}
	if err := replaceFile(name, page); err != nil {
		return fmt.Errorf("write --html: %w", err)
	}
	d.say("%s: %s; open it in a browser", name, humanBytes(int64(len(page))))
	return nil
}
