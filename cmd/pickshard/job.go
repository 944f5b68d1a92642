package main

import (
	"context"
	"errors"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/pickshard/pickshard/configs"
	"github.com/pickshard/pickshard/pipeline"
)

// jobFlags are the flags of the commands that work on CONFIG and INPUT. Each
// overrides one value of the config.
type jobFlags struct {
	splits []string
	values []*override
	json   bool
	quiet  bool
	noSync bool
	update bool
	prune  bool
}

// override is a flag that stands for one value of the config. It implements
// pflag.Value.
type override struct {
	flag, path string
	kind       string // what help calls the value
	text       string
}

func (o *override) String() string { return o.text }

func (o *override) Type() string { return o.kind }

// Set takes the value; lists that are given several times add up.
func (o *override) Set(text string) error {
	if o.kind == kindNames && o.text != "" {
		text = o.text + "," + text
	}
	o.text = text
	return nil
}

// The kinds of values that help texts tell apart.
const (
	kindNames  = "names"
	kindNumber = "number"
	kindSize   = "size"
)

func (f *jobFlags) register(cmd *cobra.Command) {
	flags := cmd.Flags()
	value := func(flag, path, kind, usage string) {
		v := &override{flag: flag, path: path, kind: kind}
		f.values = append(f.values, v)
		flags.Var(v, flag, usage)
	}
	value("format", "output.formats", kindNames, "formats to write, separated by commas: "+strings.Join(configs.Formats(), ", "))
	value("index", "output.indexes", kindNames, "indexes to write beside WebDataset's shards, separated by commas: "+strings.Join(configs.Indexes(), ", "))
	value("shard-size", "output.shard_size", kindSize, "upper bound on the size of a shard's file, e.g. 500MB, 1G or 1GiB")
	value("shard-rows", "output.shard_rows", kindNumber, "upper bound on the records of a shard")
	value("shards", "output.shards", kindNumber, "shards of each split, of about as many records each")
	value("limit", "limit", kindNumber, "take the first so many records of each split, for a try-out")
	value("sample", "sample", kindNumber, "take so many records spread over each split, for a try-out")
	value("shuffle", "output.shuffle", kindNumber, "shuffle each split with this seed")
	value("on-error", "output.on_error", "policy", "what happens to a record that breaks a rule: fail, skip or quarantine")
	value("report", "output.report", "page", "the page for people beside the shards: html or none")
	value("report-records", "output.report_records", kindNumber, "most records that the page shows")
	value("pages", "output.pages", "pages", "where pages of Parquet files end: size, or cdc to let later pushes deduplicate")
	value("workers", "run.workers", kindNumber, "shards that are built at the same time")
	value("memory", "run.memory", kindSize, "image bytes held in memory at the same time, e.g. 64MiB")
	flags.StringSliceVar(&f.splits, "split", nil, "convert the splits of these `names` only")
	flags.BoolVar(&f.json, "json", false, "print events as JSON Lines on stdout")
	flags.BoolVar(&f.noSync, "no-sync", false, "leave it to the system when files become durable: a power cut may lose them")
	flags.BoolVarP(&f.quiet, "quiet", "q", false, "print errors only")
	f.completeValues(cmd)
}

// config loads CONFIG and lays the flags over it.
func (f *jobFlags) config(cmd *cobra.Command, name string) (*configs.Config, error) {
	c, err := configs.Load(name)
	if errors.As(err, new(configs.Errors)) || errors.Is(err, configs.ErrNotFound) {
		return nil, err
	}
	if err != nil {
		return nil, usageError{pipeline.WithHint(err, "CONFIG is a YAML file that you may read, or the name of a ready one: %s", strings.Join(configs.Ready(), ", "))}
	}
	var faults []error
	for _, v := range f.values {
		if cmd.Flags().Changed(v.flag) {
			faults = append(faults, c.Override(v.path, v.text, "--"+v.flag))
		}
	}
	if f.noSync {
		faults = append(faults, c.Override("run.sync", "false", "--no-sync"))
	}
	if cmd.Flags().Changed("split") && len(f.splits) == 0 {
		f.splits = []string{""}
	}
	if len(f.splits) > 0 {
		faults = append(faults, c.Select(f.splits, "--split"))
	}
	// What one flag says may be wrong in itself, or only together with the rest:
	// all of it is told at once.
	if err := errors.Join(append(faults, c.Validate())...); err != nil {
		return nil, usageError{err}
	}
	return c, nil
}

// open makes the job that a config asks for. output may be empty when nothing
// will be written.
func open(ctx context.Context, c *configs.Config, input, output string, observe pipeline.Observer) (*configs.Job, error) {
	job, err := c.Open(ctx, input, output, configs.Running{Observe: boundGarbage(observe), Tool: version})
	if errors.As(err, new(*configs.InputError)) || errors.As(err, new(configs.Errors)) {
		return nil, usageError{err}
	}
	return job, err
}

// humanBytes spells a size for people, in powers of ten.
func humanBytes(n int64) string {
	const units = "kMGTPE"
	if n < 1000 {
		return strconv.FormatInt(n, 10) + " B"
	}
	f, u := float64(n)/1000, 0
	for f >= 999.5 && u < len(units)-1 {
		f /= 1000
		u++
	}
	digits := 0
	if f < 10 {
		digits = 1
	}
	return strconv.FormatFloat(f, 'f', digits, 64) + " " + units[u:u+1] + "B"
}

// humanCount spells a number with commas.
func humanCount(n int64) string {
	s := strconv.FormatInt(n, 10)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// plural spells a count with its noun.
func plural(n int64, one string) string {
	if n == 1 {
		return "1 " + one
	}
	return humanCount(n) + " " + strings.TrimSuffix(one, "y") + map[bool]string{true: "ies", false: "s"}[strings.HasSuffix(one, "y")]
}
