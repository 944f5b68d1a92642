package main

import (
	"errors"
	"runtime"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/pickshard/pickshard/configs"
	"github.com/pickshard/pickshard/pipeline"
	"github.com/pickshard/pickshard/schema"
	"github.com/pickshard/pickshard/stages"
	"github.com/pickshard/pickshard/stages/read/pickle"
	"github.com/pickshard/pickshard/stages/validate"
	"github.com/pickshard/pickshard/stages/write/parquet"
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
	value("shard-size", "output.shard_size", kindSize, "upper bound on the size of a shard's file, e.g. 500MB, 1G or 1GiB")
	value("shard-rows", "output.shard_rows", kindNumber, "upper bound on the records of a shard")
	value("shuffle", "output.shuffle", kindNumber, "shuffle each split with this seed")
	value("on-error", "output.on_error", "policy", "what happens to a record that breaks a rule: fail, skip or quarantine")
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

// openedJob is a job together with what it holds open.
type openedJob struct {
	pipeline.Job
	input  *stages.Input
	output *pipeline.FolderStore // nil where nothing is written
}

func (j *openedJob) Close() error {
	err := j.input.Close()
	if j.output != nil {
		err = errors.Join(err, j.output.Close())
	}
	return err
}

// open makes the job that a config asks for. output may be empty when nothing
// will be written.
func open(c *configs.Config, input, output string, observe pipeline.Observer) (*openedJob, error) {
	fields, err := c.Schema()
	if err != nil {
		return nil, err
	}
	options := stages.FormatOptions{
		Parquet: parquet.Options{RowGroupBytes: int64(c.Output.RowGroup.Bytes), RowGroupRows: int(c.Output.RowGroup.Rows)},
	}
	formats, err := stages.PickFormats(options, c.Output.Formats)
	if err != nil {
		return nil, err
	}
	known, err := stages.Formats(options)
	if err != nil {
		return nil, err
	}
	files, err := stages.OpenInput(input)
	if err != nil {
		return nil, usageError{pipeline.WithHint(err, "INPUT is the folder that the config's paths are relative to")}
	}
	keyField := -1
	if c.Output.Key != "" {
		keyField = fields.Index(c.Output.Key)
	}
	dataset := &stages.Dataset{
		Source: files, Schema: fields, KeyField: keyField,
		Splits: datasetSplits(c), Fields: datasetFields(c, fields),
		Limits: pickle.Limits{
			Nesting: int(c.Limits.PickleNesting), Stack: int(c.Limits.PickleStack), Output: int64(c.Limits.PickleOutput),
		},
	}
	j := &openedJob{input: files}
	j.Job = pipeline.Job{
		Formats: known,
		Spec:    spec(c, fields, formats),
		Source:  files, Loader: dataset,
		Checker: validate.NewChecker(validate.Limits{MaxBytes: int64(c.Limits.ImageBytes), MaxSide: int(c.Limits.ImageSide), MaxPixels: c.Limits.ImagePixels}),
		Workers: c.Run.Workers, Memory: int64(c.Run.Memory), Readers: readers,
		Progress: &pipeline.Progress{}, Observe: boundGarbage(observe),
	}
	if j.Workers == 0 {
		j.Workers = runtime.GOMAXPROCS(0)
	}
	if output != "" {
		j.output = pipeline.NewFolderStore(output)
		if !c.Run.Sync {
			j.output = j.output.WithoutSync()
		}
		j.Store = j.output
	}
	return j, nil
}

// readers is how many images of a shard are in hand at once where they have to be
// waited for. Eight took a tenth off cold conversions that four made; sixteen
// gained nothing more.
const readers = 8

func spec(c *configs.Config, fields *schema.Schema, formats []pipeline.Format) *pipeline.Spec {
	return &pipeline.Spec{
		Name: c.Name, Schema: fields, Splits: splitNames(c),
		Config: c.Shaping(), Used: c.Canonical(),
		Formats: formats, ShardBytes: int64(c.Output.ShardSize), ShardRows: int(c.Output.ShardRows),
		Shuffle: c.Output.Shuffle, Policy: c.Output.OnError, MaxImage: int64(c.Limits.ImageBytes), Tool: version,
		Rules: []pipeline.TableRule{stages.UniqueKeys},
	}
}

func splitNames(c *configs.Config) []string {
	names := make([]string, len(c.Splits))
	for i, s := range c.Splits {
		names[i] = s.Name
	}
	return names
}

func datasetSplits(c *configs.Config) []stages.Split {
	splits := make([]stages.Split, len(c.Splits))
	for i, s := range c.Splits {
		splits[i] = stages.Split{Name: s.Name, Records: s.Records, Constants: s.Constants()}
	}
	return splits
}

func datasetFields(c *configs.Config, fields *schema.Schema) []stages.Field {
	out := make([]stages.Field, len(c.Fields))
	for i, f := range c.Fields {
		out[i] = stages.Field{Field: fields.Field(i), File: f.File}
		constant, err := f.Constant()
		switch {
		case err == nil && constant != nil:
			out[i].Constant = constant
		case f.File != "":
		case f.From != "":
			out[i].From = f.From
		default:
			out[i].From = f.Name
		}
	}
	return out
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
