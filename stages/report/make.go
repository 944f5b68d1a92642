package report

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/pickshard/pickshard/pipeline"
)

// Options say how a report is made. The zero value is ready for use.
type Options struct {
	// Records is how many records are shown at most; 0 is DefaultRecords.
	Records int
	// Workers is how many shards are looked at, and images decoded, at once. It
	// changes no byte.
	Workers int
	// Explain tells in a sentence each what breaks in training where a rule is broken, and
	// what to do; nil tells neither.
	Explain func(r *pipeline.RuleResult) (means, advice string)
}

// How many records a page shows: DefaultRecords where it is made for itself, QuickRecords
// where it must not make a conversion much longer.
const (
	DefaultRecords = 150
	QuickRecords   = 24
)

func (opt Options) records() int {
	if opt.Records <= 0 {
		return DefaultRecords
	}
	return opt.Records
}

var _ pipeline.Reporter = Options{}

// Report makes the page of an output, see Of.
func (opt Options) Report(ctx context.Context, o *pipeline.Output) ([]byte, error) {
	return Of(ctx, o, opt)
}

// Of makes the report of an output, from its manifest and shards alone. Only the images
// of the records that are shown are read. The same output gives the same bytes.
func Of(ctx context.Context, o *pipeline.Output, opt Options) ([]byte, error) {
	m := o.Manifest
	var splits []string
	for _, s := range m.Splits {
		splits = append(splits, s.Name)
	}
	stats, images := m.ImageStats(), int64(0)
	for _, s := range stats {
		images += s.Count
	}
	c, records, err := compose(ctx, newShards(o), newPlan(o.Schema, splits, images, opt.records()), m.Violations, opt)
	if err != nil {
		return nil, err
	}
	c.words, c.page.Title = ofOutput, m.Name
	c.manifest(m, images)
	return c.write(stats, records)
}

// write makes the page of what the composer knows by now and what was counted.
func (c *composer) write(stats []pipeline.ImageStat, records []*developed) ([]byte, error) {
	c.page.Words = c.words
	c.distributions()
	c.imageRows(stats)
	c.repeats()
	data, _, err := c.page.write(c.galleryRows(records), func(rows []recordRow) []recordRow { return c.order(rows, records) })
	if err != nil {
		return nil, fmt.Errorf("make report: %w", err)
	}
	return data, nil
}

// manifest fills in what the manifest tells.
func (c *composer) manifest(m *pipeline.Manifest, images int64) {
	c.page.Verdict = judge(m)
	c.page.Facts = []fact{
		{pipeline.Grouped(m.Rows), one(m.Rows, "record")},
		{pipeline.Grouped(int64(len(m.Splits))), one(int64(len(m.Splits)), "split")},
		{pipeline.Grouped(images), one(images, "image")},
		{pipeline.Grouped(m.Dropped), "left out"},
		{size(m.Bytes), strings.Join(m.Formats, ", ")},
	}
	c.page.Gallery.Total = pipeline.Grouped(m.Rows)
	c.page.Gallery.Guess = c.roles.guess
	for i := range m.Splits {
		s := &m.Splits[i]
		c.page.Gallery.Splits = append(c.page.Gallery.Splits, s.Name)
		row := splitRow{
			Class: splitClass(i), Name: s.Name, Rows: pipeline.Grouped(s.Rows), Share: percent(s.Rows, m.Rows), Read: pipeline.Grouped(s.RowsIn + s.Filtered),
			Filtered: pipeline.Grouped(s.Filtered), Dropped: pipeline.Grouped(s.RowsIn - s.Rows),
			Shards: pipeline.Grouped(int64(len(s.Shards))), Bytes: size(s.Bytes),
		}
		c.page.Splits = append(c.page.Splits, row)
	}
	c.page.Rules = rulesOf(c.splits, &pipeline.Findings{Results: m.Rules, Violations: m.Violations}, c.words, c.about)
	c.page.Origin = originOf(m)
	c.page.Loading = loading(m)
}

func one(n int64, thing string) string {
	if n == 1 {
		return thing
	}
	return thing + "s"
}

// judge says in a sentence whether the data is whole.
func judge(m *pipeline.Manifest) verdict {
	f := pipeline.Findings{Results: m.Rules}
	stop, broken, unchecked := 0, 0, 0
	for _, r := range f.Results {
		switch {
		case r.Stops():
			stop++
		case r.Violated > 0:
			broken++
		case r.Outcome == pipeline.OutcomeNotChecked:
			unchecked++
		}
	}
	v := verdict{Class: "good", Mark: "✓"}
	switch {
	case stop > 0:
		v = verdict{Class: "bad", Mark: "✗", Headline: plural(int64(stop), "rule") + " broken beyond what is tolerated"}
	case m.Rows == 0:
		v = verdict{Class: "bad", Mark: "✗", Headline: "There are no records"}
	case m.Dropped > 0:
		v = verdict{Class: "notice", Mark: "!", Headline: fmt.Sprintf("%s of %s kept, %s left out", pipeline.Grouped(m.Rows), plural(m.Rows+m.Dropped, "record"), pipeline.Grouped(m.Dropped))}
	case broken > 0:
		v = verdict{Class: "notice", Mark: "!", Headline: fmt.Sprintf("All %s kept; some break %s", plural(m.Rows, "record"), plural(int64(broken), "rule"))}
	default:
		v.Headline = "All " + plural(m.Rows, "record") + " kept, no violations"
	}
	if len(m.Rules) > 0 {
		v.Details = append(v.Details, fmt.Sprintf("Of %s %s are violations, %s had nothing to check.", pipeline.Grouped(int64(len(m.Rules)))+" results of rules,", pipeline.Grouped(int64(stop+broken)), pipeline.Grouped(int64(unchecked))))
	}
	for _, s := range m.Splits {
		var rules []string
		for rule, n := range s.Dropped {
			rules = append(rules, fmt.Sprintf("%s %s", rule, pipeline.Grouped(n)))
		}
		if len(rules) > 0 {
			slices.Sort(rules)
			v.Details = append(v.Details, "Left out of "+s.Name+" by rule: "+strings.Join(rules, ", ")+".")
		}
	}
	if m.Dropped > 0 {
		v.Details = append(v.Details, "What to do: fix or replace what is listed under quarantine/ (--on-error quarantine writes it), then run the same command with --update.")
	}
	return v
}

// Files that are listed at most.
const mostFiles = 300

func originOf(m *pipeline.Manifest) origin {
	o := origin{Facts: []namedValue{
		{Name: "made by", Value: m.Tool.Name + " " + m.Tool.Version},
		{Name: "dataset", Value: shown(m.Name, 200)},
		{Name: "plan", Value: m.Plan},
	}}
	for _, part := range slices.Sorted(maps.Keys(m.Identity)) {
		o.Digests = append(o.Digests, namedValue{Name: part, Value: shown(m.Identity[part], 200)})
	}
	for _, s := range m.Splits {
		o.read(s.Records)
		for _, sh := range s.Shards {
			for _, f := range sh.Files {
				o.Outputs = append(o.Outputs, fileRow{f.Path, size(f.Bytes), f.CRC32C})
			}
		}
	}
	if n := len(o.Outputs); n > mostFiles {
		o.Outputs, o.More = o.Outputs[:mostFiles], fmt.Sprintf("%s of %s files; manifest.json has all.", pipeline.Grouped(mostFiles), pipeline.Grouped(int64(n)))
	}
	o.configured(m.Config)
	return o
}

// read lists files that records were read from.
func (o *origin) read(files []pipeline.RecordFile) {
	for _, r := range files[:min(len(files), mostFiles-len(o.Inputs))] {
		o.Inputs = append(o.Inputs, fileRow{shown(r.Path, 300), size(r.Bytes), r.SHA256})
	}
}

func (o *origin) configured(config []byte) {
	var b bytes.Buffer
	if json.Indent(&b, config, "", "  ") == nil {
		o.Config = shown(b.String(), 20_000)
	}
}

// loading is how each format is loaded.
func loading(m *pipeline.Manifest) []snippet {
	split := ""
	for _, s := range m.Splits {
		if split == "" && s.Rows > 0 {
			split = s.Name
		}
	}
	var all []snippet
	for _, format := range m.Formats {
		switch format {
		case "parquet":
			all = append(all, snippet{"Parquet", fmt.Sprintf("from datasets import load_dataset\nds = load_dataset(\"OUTPUT/parquet\")\nds[%q][0]", split)})
		case "arrow":
			all = append(all, snippet{"Arrow", fmt.Sprintf("from datasets import load_from_disk\nds = load_from_disk(\"OUTPUT/arrow\")\nds[%q][0]", split)})
		case "webdataset":
			last := ""
			for _, s := range m.Splits {
				if s.Name == split {
					last = fmt.Sprintf("OUTPUT/webdataset/data/%s-{00000..%05d}-of-%05d.tar", split, len(s.Shards)-1, len(s.Shards))
				}
			}
			all = append(all, snippet{"WebDataset", fmt.Sprintf("import webdataset\nds = webdataset.WebDataset(%q, shardshuffle=False).decode(\"pil\")\nnext(iter(ds))", last)})
		}
	}
	return all
}
