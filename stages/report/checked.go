package report

import (
	"context"
	"fmt"
	"strings"

	"github.com/pickshard/pickshard/pipeline"
)

// OfCheck makes the report of a check: of the records and images that it has looked at
// and of what rules have found in them. seen is what has viewed the images. Only the
// images of the records that are shown are read again. The same input gives the same
// bytes.
func OfCheck(ctx context.Context, found *pipeline.CheckReport, seen *View, spec *pipeline.Spec, opt Options) ([]byte, error) {
	c, records, err := compose(ctx, newTables(found.Records, seen), newPlan(spec.Schema, spec.Splits, 0, opt.records()), found.Violations, opt)
	if err != nil {
		return nil, err
	}
	c.words, c.page.Title = ofCheck, spec.Name
	c.checked(found)
	return c.write(seen.imageStats(func(i int) string { return spec.Schema.Field(i).Name }), records)
}

// checked fills in what a check tells.
func (c *composer) checked(found *pipeline.CheckReport) {
	var all pipeline.CheckedSplit
	for i := range found.Splits {
		s := &found.Splits[i]
		all.Rows, all.Images, all.Bytes = all.Rows+s.Rows, all.Images+s.Images, all.Bytes+s.Bytes
	}
	c.page.Verdict = judgeCheck(found, all.Rows)
	c.page.Facts = []fact{
		{pipeline.Grouped(all.Rows), one(all.Rows, "record")},
		{pipeline.Grouped(int64(len(found.Splits))), one(int64(len(found.Splits)), "split")},
		{pipeline.Grouped(all.Images), one(all.Images, "image")},
		{pipeline.Grouped(found.Broken), "to be left out"},
		{size(all.Bytes), "of images"},
	}
	c.page.Gallery.Total = pipeline.Grouped(all.Rows)
	c.page.Gallery.Guess = c.roles.guess
	c.page.Origin = origin{Facts: []namedValue{
		{Name: "made by", Value: "pickshard " + found.Plan.Tool}, {Name: "dataset", Value: shown(found.Plan.Name, 200)},
	}}
	for i := range found.Splits {
		s, planned := &found.Splits[i], &found.Plan.Splits[i]
		c.page.Gallery.Splits = append(c.page.Gallery.Splits, s.Name)
		c.page.Splits = append(c.page.Splits, splitRow{
			Class: splitClass(i), Name: s.Name, Rows: pipeline.Grouped(s.Rows), Share: percent(s.Rows, all.Rows), Read: pipeline.Grouped(s.Rows + planned.Filtered),
			Filtered: pipeline.Grouped(planned.Filtered), Dropped: pipeline.Grouped(s.Broken), Shards: "–", Bytes: size(s.Bytes),
		})
		c.page.Origin.read(planned.Records)
	}
	c.page.Origin.configured(found.Plan.Config)
	c.page.Rules = rulesOf(c.splits, &found.Findings, c.words, c.about)
	c.page.Loading = []snippet{{"Once the rules are kept", "pickshard convert CONFIG INPUT OUTPUT"}}
	if found.Broken > 0 {
		c.page.Loading = append(c.page.Loading, snippet{"Or without the records that break a rule", "pickshard convert CONFIG INPUT OUTPUT --on-error quarantine"})
	}
}

// judgeCheck says in a sentence what a conversion would make of the data.
func judgeCheck(found *pipeline.CheckReport, rows int64) verdict {
	var stops, warned, unchecked []string
	for _, r := range found.Worst() {
		name := strings.TrimSpace(r.Rule + " " + r.Field)
		if r.Split != "" {
			name += " of " + r.Split
		}
		switch {
		case r.Stops():
			stops = append(stops, name)
		case r.Violated > 0:
			warned = append(warned, name)
		case r.Outcome == pipeline.OutcomeNotChecked:
			unchecked = append(unchecked, name)
		}
	}
	v := verdict{Class: "good", Mark: "✓"}
	switch {
	case len(stops) > 0:
		v = verdict{Class: "bad", Mark: "✗", Headline: "A conversion would stop: " + plural(int64(len(stops)), "result") + " beyond what is tolerated"}
	case rows == 0:
		v = verdict{Class: "bad", Mark: "✗", Headline: "There are no records"}
	case found.Broken > 0:
		v = verdict{Class: "notice", Mark: "!", Headline: fmt.Sprintf("%s of %s would be left out", pipeline.Grouped(found.Broken), plural(rows, "record"))}
	case len(warned) > 0:
		v = verdict{Class: "notice", Mark: "!", Headline: fmt.Sprintf("All %s would be kept, with %s", plural(rows, "record"), plural(int64(len(warned)), "warning"))}
	default:
		v.Headline = "All " + plural(rows, "record") + " keep every rule"
	}
	v.tell("Stops a conversion: ", stops)
	v.tell("Broken: ", warned)
	v.tell("Had nothing to check: ", unchecked)
	return v
}

// tell adds a sentence on some results.
func (v *verdict) tell(what string, names []string) {
	if len(names) == 0 {
		return
	}
	more := ""
	if n := len(names) - mostExamples; n > 0 {
		names, more = names[:mostExamples], fmt.Sprintf(" and %s", plural(int64(n), "more result"))
	}
	v.Details = append(v.Details, what+strings.Join(names, ", ")+more+".")
}
