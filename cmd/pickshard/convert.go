package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/pickshard/pickshard/configs"
	"github.com/pickshard/pickshard/pipeline"
)

func newConvert(io *streams) *cobra.Command {
	f := &jobFlags{}
	cmd := &cobra.Command{
		Use:   "convert CONFIG INPUT OUTPUT",
		Short: "Convert a dataset; the same command again goes on where it stopped",
		Long: `Convert reads the pickled splits and the images that CONFIG describes from the
folder INPUT, and writes shards to the folder OUTPUT. CONFIG is a YAML file or
the name of a ready config (pick-high). Each image is read once, whatever the
number of formats. Files get their final names when all of them are whole, then
manifest.json is written and, last of all, _SUCCESS.

With --update, OUTPUT becomes what a fresh conversion of INPUT as it is now would
be, byte for byte; shards whose records and images did not change are kept. What
the images held is remembered in the user's cache folder (pickshard/, safe to
delete), so that only those with a new size or time are read. Only files that are
still what a conversion wrote are replaced: what you have edited in OUTPUT stays, and
the error names it. A format that is added is built alone, and a split or format
that would go needs --prune.
` + exitHelp,
		Example: `  pickshard convert pick-high ./data ./shards
  pickshard convert pick-high ./data ./shards --format webdataset --shuffle 7
  pickshard convert pick-high ./data ./shards --update
  pickshard convert my.yaml ./data ./shards --on-error quarantine --shard-size 1GB`,
		Args: args("CONFIG", "INPUT", "OUTPUT"),
		RunE: func(cmd *cobra.Command, a []string) error {
			if f.prune && !f.update {
				return usageError{errors.New("--prune goes with --update")}
			}
			c, err := f.config(cmd, a[0])
			if err != nil {
				return err
			}
			return convert(cmd, io, f, c, a[1], a[2])
		},
		ValidArgsFunction: completeConfig,
	}
	f.register(cmd)
	cmd.Flags().BoolVar(&f.update, "update", false, "bring an OUTPUT that was made before up to date; shards that would be the same stay as they are")
	cmd.Flags().BoolVar(&f.prune, "prune", false, "let --update remove the splits and formats of OUTPUT that are not asked for")
	return cmd
}

// convert runs a conversion with a display of its progress.
func convert(cmd *cobra.Command, io *streams, f *jobFlags, c *configs.Config, input, output string) (err error) {
	d := newDisplay(io, f.json, f.quiet)
	job, err := open(cmd.Context(), c, input, output, d.observe)
	if err != nil {
		return err
	}
	defer func() { err = joinClose(err, job.Close) }()
	job.Update, job.Prune, job.Seen = f.update, f.prune, openSeen(input, output)
	if err := refuses(job, input, output); err != nil {
		return err
	}
	began := time.Now()
	d.start(job.Progress, "convert")
	runtime.GOMAXPROCS(processorsPerCore * runtime.GOMAXPROCS(0))
	m, err := job.Convert(cmd.Context())
	d.stop()
	if err != nil {
		return err
	}
	d.converted(m, output, time.Since(began))
	if err := d.closed(); err != nil {
		return err
	}
	if m.Dropped > 0 {
		return incompleteError{m.Dropped}
	}
	return nil
}

// processorsPerCore is how many processors Go's scheduler gets for each core. A
// conversion is made of reads that may wait and of copies in system calls that
// the scheduler is not told of (see writeToCache in pipeline): with a processor
// to spare, a read that comes back goes on at once. It took 5 to 10 % off cold
// conversions; more gained nothing. Workers are counted by the cores.
const processorsPerCore = 2

// refuses says no to an OUTPUT that can never be written, before INPUT is read.
func refuses(job *configs.Job, input, output string) error {
	in, errIn := os.Stat(input)
	out, errOut := os.Stat(output)
	if errIn == nil && errOut == nil && os.SameFile(in, out) {
		return usageError{pipeline.WithHint(fmt.Errorf("OUTPUT %s is INPUT itself", output), "give a folder that is empty or not there yet")}
	}
	return job.Refuses()
}

// summary is the last line of --json.
type summary struct {
	Event   string  `json:"event"` // "done"
	Output  string  `json:"output"`
	Plan    string  `json:"plan"`
	Rows    int64   `json:"rows"`
	Dropped int64   `json:"dropped"`
	Bytes   int64   `json:"bytes"`
	Resumed bool    `json:"already_whole"`
	Seconds float64 `json:"seconds"`
}

// converted tells what a conversion has made.
func (d *display) converted(m *pipeline.Manifest, output string, took time.Duration) {
	if d.json != nil {
		d.line(summary{"done", output, m.Plan, m.Rows, m.Dropped, m.Bytes, m.Resumed, took.Seconds()})
		return
	}
	if m.Resumed {
		d.say("%s is whole already: %s, %s", output, plural(m.Rows, "record"), humanBytes(m.Bytes))
		return
	}
	for _, format := range m.Formats {
		files, indexes, bytes := int64(0), int64(0), int64(0)
		for _, s := range m.Splits {
			for _, sh := range s.Shards {
				for _, file := range sh.Files {
					if file.Format != format {
						continue
					}
					if bytes += file.Bytes; file.Index == "" {
						files++
					} else {
						indexes++
					}
				}
			}
		}
		beside := ""
		if indexes > 0 {
			beside = fmt.Sprintf(", %d indexes", indexes)
		}
		d.say("  %-11s %8s  %s%s", format, humanBytes(bytes), plural(files, "file"), beside)
	}
	records := fmt.Sprintf("%s in %s", plural(m.Rows, "record"), plural(int64(len(m.Splits)), "split"))
	pace := "in " + took.Round(10*time.Millisecond).String()
	if d.built == 0 { // others have
		pace = "and published " + pace
	} else {
		pace = fmt.Sprintf("in %s (%s/s)", took.Round(10*time.Millisecond), humanBytes(int64(float64(d.built)/max(took.Seconds(), 1e-3))))
	}
	if d.kept == 0 {
		d.say("%s, %s written to %s %s", records, humanBytes(m.Bytes), output, pace)
	} else {
		d.say("%s, %s in %s; %s of it written now %s", records, humanBytes(m.Bytes), output, humanBytes(d.built), pace)
	}
	d.warned(m.Rules, m.Violations)
	if m.Dropped > 0 {
		d.say("%s left out, see manifest.json%s", plural(m.Dropped, "record"), quarantineNote(m))
	}
	if m.Has(pipeline.ReportName) {
		d.say("look: open %s in a browser", filepath.Join(output, pipeline.ReportName))
	}
	d.say("next: pickshard verify %s", output)
	d.loading(m, output)
}

// warned tells what rules have found that left nothing out: how often in a split, and of
// the output as a whole what it is.
func (d *display) warned(rules []pipeline.RuleResult, found []pipeline.Violation) {
	told := false
	for i := range rules {
		r := &rules[i]
		if r.Violated == 0 || r.Severity.LeavesOut() {
			continue
		}
		told = true
		if r.Split != "" {
			d.tell(yellow.on(d.err, "warning:"), " %s: %s of %s %s of split %s", strings.TrimSpace(r.Rule+" "+r.Field), humanCount(r.Violated), humanCount(r.Checked), r.Of, r.Split)
			continue
		}
		for _, v := range found {
			if v.Split == "" && v.Rule == r.Rule {
				d.tell(yellow.on(d.err, "warning:"), " %s: %s", v.Rule, v.Detail)
			}
		}
	}
	if told {
		d.say("what these rules mean and what to do: `pickshard check` with the same CONFIG and INPUT")
	}
}

func quarantineNote(m *pipeline.Manifest) string {
	for _, f := range m.Files {
		if len(f.Path) > 11 && f.Path[:11] == "quarantine/" {
			return " and quarantine/"
		}
	}
	return " (--on-error quarantine writes them down)"
}
