package configs

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"

	"github.com/pickshard/pickshard/pipeline"
	"github.com/pickshard/pickshard/schema"
	"github.com/pickshard/pickshard/stages"
	"github.com/pickshard/pickshard/stages/join"
	"github.com/pickshard/pickshard/stages/read"
	"github.com/pickshard/pickshard/stages/read/pickle"
	"github.com/pickshard/pickshard/stages/report"
	"github.com/pickshard/pickshard/stages/store/folder"
	"github.com/pickshard/pickshard/stages/write/parquet"
	"github.com/pickshard/pickshard/stages/write/webdataset"
)

// A Job is a conversion that a config asks for, with the input that it holds open.
//
//	c, err := configs.Load("pick-high")
//	...
//	job, err := c.Open(ctx, "data", "shards", configs.Running{})
//	...
//	manifest, err := job.Convert(ctx)
//	err = errors.Join(err, job.Close())
type Job struct {
	pipeline.Job
	input  *stages.Input // nil where nothing is read
	output *folder.Store // nil where nothing is written
}

// Close closes input and output. Nothing may be under way.
func (j *Job) Close() error {
	var errs []error
	if j.input != nil {
		errs = append(errs, j.input.Close())
	}
	if j.output != nil {
		errs = append(errs, j.output.Close())
	}
	return errors.Join(errs...)
}

// read opens INPUT.
func (j *Job) read(c *Config, input string, r Running) (*stages.Input, error) {
	files, err := stages.OpenInput(input, c.Paths.Roots...)
	if err != nil {
		return nil, &InputError{pipeline.WithHint(err, "INPUT is the folder that the config's paths are relative to")}
	}
	if blobs := files.Blobs(); blobs != "" && r.Observe != nil {
		r.Observe(pipeline.Event{Kind: pipeline.EventNote, Message: "INPUT is a snapshot of a Hugging Face cache: its links into " + pipeline.Printable(blobs) + " are followed"})
	}
	j.input = files
	return files, nil
}

// Running says how a job runs, as far as the config does not. The zero value is ready
// for use.
type Running struct {
	// Observe is told what happens; nil is nobody.
	Observe pipeline.Observer
	// Tool is the version that the manifest names; empty is Tool.
	Tool string
}

// Tool is the version that a manifest names where the program that runs a job names
// none.
const Tool = "library"

// InputError says that INPUT could not be opened.
type InputError struct{ Err error }

func (e *InputError) Error() string { return e.Err.Error() }
func (e *InputError) Unwrap() error { return e.Err }

// readers is how many images of a shard are in hand at once where they have to be
// waited for. Eight took a tenth off cold conversions that four made; sixteen
// gained nothing more.
const readers = 8

// Open makes the job that the config asks for, ready to plan or to convert: INPUT is a
// folder, OUTPUT one that will be made, empty when nothing will be written. It reads
// records only where the config leaves something to them, such as the names of a class.
// The config must be valid; it is not changed. The caller closes the job.
func (c *Config) Open(ctx context.Context, input, output string, r Running) (_ *Job, err error) {
	own := *c
	own.Splits, own.Fields = slices.Clone(c.Splits), slices.Clone(c.Fields)
	c = &own
	c.fill()
	j := &Job{}
	files, err := j.read(c, input, r)
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, j.Close())
		}
	}()
	dataset, err := c.dataset(ctx, files)
	if err != nil {
		return nil, err
	}
	card, err := c.card(ctx, files)
	if err != nil {
		return nil, err
	}
	j.Job, err = c.job(asking{schema: dataset.Schema, splits: splitNames(c.Splits), card: card}, r)
	if err != nil {
		return nil, err
	}
	j.Source, j.Loader = files, dataset
	j.write(c, output)
	return j, nil
}

// asking is what of a job follows from its input, where the config leaves that open.
type asking struct {
	schema *schema.Schema
	splits []string
	card   pipeline.CardInfo
}

// job is the job that the config asks for, without input and output.
func (c *Config) job(a asking, r Running) (j pipeline.Job, err error) {
	options := stages.FormatOptions{
		Parquet:    parquet.Options{RowGroupBytes: int64(c.Output.RowGroup.Bytes), RowGroupRows: int(c.Output.RowGroup.Rows), ContentPages: c.Output.Pages == PagesCDC},
		WebDataset: webdataset.Options{Members: c.Output.Members, Indexes: c.Output.Indexes},
	}
	formats, err := stages.PickFormats(options, c.Output.Formats)
	if err != nil {
		return j, err
	}
	known, err := stages.Formats(options)
	if err != nil {
		return j, err
	}
	asked, err := c.pipelineRules(a.schema)
	if err != nil {
		return j, err
	}
	shardBytes := int64(c.Output.ShardSize)
	if c.Output.Shards > 0 {
		shardBytes = 0 // their number is asked for, whatever their size
	}
	if r.Observe == nil {
		r.Observe = func(pipeline.Event) {}
	}
	if r.Tool == "" {
		r.Tool = Tool
	}
	j = pipeline.Job{
		Formats: known,
		Spec: &pipeline.Spec{
			Name: c.Name, Schema: a.schema, Splits: a.splits,
			Config: c.Shaping(), Used: c.Canonical(), Form: c.Form(), Told: c.Told(),
			Formats: formats, ShardBytes: shardBytes, ShardRows: int(c.Output.ShardRows), Shards: int(c.Output.Shards),
			Shuffle: c.Output.Shuffle, Card: a.card, SmallPicture: report.SmallPicture, Policy: c.Output.OnError, MaxImage: int64(c.Limits.ImageBytes), Tool: r.Tool,
			Rules: asked,
		},
		Checker: c.imageChecker(),
		Workers: c.Run.Workers, Memory: int64(c.Run.Memory), Readers: readers,
		Progress: &pipeline.Progress{}, Observe: r.Observe,
	}
	if j.Workers == 0 {
		j.Workers = runtime.GOMAXPROCS(0)
	}
	if c.Output.Report == ReportHTML {
		j.Report = report.Options{Records: int(c.Output.ReportRecords), Workers: j.Workers, Explain: j.Spec.Explain}
	}
	return j, nil
}

// write makes the job write to a folder; empty: nothing is written.
func (j *Job) write(c *Config, output string) {
	if output == "" {
		return
	}
	j.output = folder.New(output)
	if !c.Run.Sync {
		j.output = j.output.WithoutSync()
	}
	j.Store = j.output
}

func splitNames(splits Splits) []string {
	names := make([]string, len(splits))
	for i, s := range splits {
		names[i] = s.Name
	}
	return names
}

// dataset is the Loader of the config's records. Splits that only the records tell are
// added to c.
func (c *Config) dataset(ctx context.Context, files pipeline.Source) (*stages.Dataset, error) {
	fields, err := c.Schema()
	if err != nil {
		return nil, err
	}
	paths, err := join.NewPaths(c.Paths.Strip, join.Separators(c.Paths.Separators))
	if err != nil {
		return nil, err
	}
	d := &stages.Dataset{
		Source: files, Schema: fields, KeyField: -1,
		Paths: paths, First: int(c.Limit), Sample: int(c.Sample),
		Checker: c.imageChecker(), MaxImage: int64(c.Limits.ImageBytes),
		TextBytes: int64(c.Limits.TextBytes), ListImages: int(c.Limits.ListImages),
		Limits: pickle.Limits{
			Nesting: int(c.Limits.PickleNesting), Stack: int(c.Limits.PickleStack), Output: int64(c.Limits.PickleOutput),
		},
	}
	if c.Output.Key != "" {
		d.KeyField = fields.Index(c.Output.Key)
	}
	for i, f := range c.Fields {
		field, err := datasetField(f)
		if err != nil {
			return nil, fmt.Errorf("field %q: %w", f.Name, err)
		}
		field.Field = fields.Field(i)
		d.Fields = append(d.Fields, field)
	}
	for _, w := range c.Where {
		d.Where = append(d.Where, stages.Filter{Column: w.Column, Condition: join.Condition{In: w.In, Min: w.Min, Max: w.Max, Present: w.Present}})
	}
	for _, j := range c.Join {
		d.Sides = append(d.Sides, side(j))
	}
	d.Each = c.Each.each()
	if err := c.parts(ctx, d); err != nil {
		return nil, err
	}
	return d, d.Resolve(ctx)
}

func datasetField(f Field) (stages.Field, error) {
	out := stages.Field{
		From: f.From, Default: f.Default, File: f.File, Bytes: f.Bytes, Pixels: f.Pixels,
		ImageName: f.ImageName, Text: f.Text, Lines: f.Lines, Is: f.Is, Of: f.Of,
	}
	if len(f.Prefer) == 2 {
		out.Prefer = &stages.Preference{First: f.Prefer[0], Second: f.Prefer[1], Margin: f.Margin}
	}
	for _, n := range f.Shape {
		out.Shape = append(out.Shape, int(n))
	}
	if f.Cast {
		out.Cast = read.Lossless
	}
	var err error
	out.Constant, err = f.Constant()
	return out, err
}

func side(j Join) stages.Side {
	s := stages.Side{Side: join.Side{Fields: j.Fields}, Records: tableOf(j.Records, j.Table), Missing: j.Missing}
	for _, k := range j.On {
		s.Left, s.Right = append(s.Left, k.Left), append(s.Right, k.Right)
	}
	if j.Duplicate == DuplicateFirst {
		s.Repeats = join.RepeatsFirst
	}
	if s.Missing == "" {
		s.Missing = stages.MissingFail
	}
	return s
}

// parts adds the splits, and who parts the records where one table holds them all.
func (c *Config) parts(ctx context.Context, d *stages.Dataset) error {
	var part join.Parting
	switch by := &c.Split; {
	case by.By != "":
		names, err := d.PartNames(ctx, tableOf(by.From, by.Table), join.ByColumn{Column: by.By})
		if err != nil {
			return pipeline.WithHint(err, "check `split:` in the config")
		}
		for _, name := range names {
			if !splitName.MatchString(name) {
				return pipeline.WithHint(fmt.Errorf("column %s has the value %s, which cannot be a split's name", by.By, quote(name)),
					"use a column whose values are letters, digits and '_', or leave such records out by `where:`")
			}
			c.Splits = append(c.Splits, by.part(name))
		}
		if len(c.only) > 0 {
			if err := c.keepSplits(c.only, "--split"); err != nil {
				return err
			}
		}
		part = join.ByColumn{Column: by.By}
	case len(by.Ratio) > 0:
		ratio := join.ByRatio{Seed: by.Seed, Group: by.Group}
		for _, s := range by.Ratio {
			ratio.Shares = append(ratio.Shares, join.Share{Split: s.Split, Part: s.Part})
		}
		part = ratio
	}
	for _, s := range c.Splits {
		records := tableOf(s.Records, s.Table)
		records.Rename, records.Without = s.Rename, s.Without
		d.Splits = append(d.Splits, stages.Split{Name: s.Name, Records: records, Constants: s.Constants(), Part: part})
	}
	return nil
}

func tableOf(r Records, t Table) stages.Records {
	out := stages.Records{Files: r.Files, Listing: r.Listing, Select: t.Select, Orient: t.Orient, Header: t.Header, DedupeColumns: t.DedupeColumns}
	for _, c := range r.Columns {
		out.Columns = append(out.Columns, stages.ColumnFile{Column: c.Column, File: c.File})
	}
	if t.Surrogates == SurrogatesReplace {
		out.Surrogates = read.SurrogatesReplace
	}
	return out
}
