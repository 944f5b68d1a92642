package draft

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/pickshard/pickshard/configs"
	"github.com/pickshard/pickshard/pipeline"
)

// attempts bound how often a config is fixed after a plan says what is wrong with it.
const attempts = 12

// prove loads and plans the config on the data it was made of, fixes what that shows to
// be wrong, and writes it.
func (d *drafting) prove(ctx context.Context) error {
	for range attempts {
		found, err := d.plan(ctx)
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if err == nil && !d.fix(found) {
			if err := d.check(ctx); err != nil {
				return err
			}
			d.conclude(found)
			return nil
		}
		if err != nil && !d.leaveOut(err) {
			return pipeline.WithHint(fmt.Errorf("the config that was drafted does not hold: %w", err), "write it by hand, and please report what your data looks like")
		}
	}
	return errors.New("the config that was drafted does not hold after all that was fixed")
}

// proven is what a plan of the config says.
type proven struct {
	records, images int64
	dropped         int64
	// broken counts violations by field and rule.
	broken map[[2]string]int64
	first  map[[2]string]pipeline.Violation
}

// plan makes the plan of the config as it stands, records that break a rule left out.
func (d *drafting) plan(ctx context.Context) (*proven, error) {
	c, err := configs.Parse("the draft", []byte(d.sheet.String()))
	if err != nil {
		return nil, err
	}
	c.Output.OnError = pipeline.PolicySkip
	p := &proven{broken: make(map[[2]string]int64), first: make(map[[2]string]pipeline.Violation)}
	type record struct {
		split string
		row   int64
	}
	dropped := make(map[record]bool)
	job, err := c.Open(ctx, d.root, "", configs.Running{Observe: func(e pipeline.Event) {
		if v := e.Violation; e.Kind == pipeline.EventDropped && v != nil {
			key := [2]string{v.Field, v.Rule}
			if p.broken[key]++; p.broken[key] == 1 {
				p.first[key] = *v
			}
			dropped[record{v.Split, v.Row}] = true
		}
	}})
	if err != nil {
		return nil, err
	}
	planned, err := pipeline.MakePlan(ctx, job.Spec, job.Source, job.Loader, job.Observe)
	err = errors.Join(err, job.Close())
	if err != nil {
		return nil, err
	}
	for _, s := range planned.Plan.Splits {
		p.images += s.ImageCount
		for _, shard := range s.Shards {
			p.records += int64(shard.Rows)
		}
	}
	p.dropped = int64(len(dropped))
	return p, nil
}

// fix changes what the violations show to be wrong about the config, not about the
// records; again says that it must be planned again.
func (d *drafting) fix(p *proven) (again bool) {
	for _, f := range d.sheet.fields {
		if f.off {
			continue
		}
		if n := p.broken[[2]string{f.name, pipeline.RuleRequired}]; n > 0 && !f.has("nullable") {
			f.keys = append(f.keys, keyValue{"nullable", "true"})
			again = true
		}
		if n := p.broken[[2]string{f.name, pipeline.RuleType}]; n > 0 && f.typ != "json" && !f.image {
			f.why = fmt.Sprintf("not all values are %s", f.typ)
			f.typ, again = "json", true
		}
	}
	return again
}

func (f *fieldLine) has(key string) bool {
	return slices.ContainsFunc(f.keys, func(k keyValue) bool { return k.key == key })
}

// leaveOut makes a comment of the field that an error is about; done says that one was.
func (d *drafting) leaveOut(err error) (done bool) {
	text := err.Error()
	var faults configs.Errors
	if errors.As(err, &faults) && len(faults) > 0 {
		text = "field " + strings.TrimPrefix(faults[0].Path, "fields.") + ": " + faults[0].Error()
	}
	var longest *fieldLine
	for _, f := range d.sheet.fields {
		named := strings.Contains(text, "field "+f.name+":") || strings.Contains(text, "field "+f.name+".") ||
			f.column != "" && strings.Contains(text, "column \""+f.column+"\"")
		if !f.off && named && (longest == nil || len(f.name) > len(longest.name)) {
			longest = f
		}
	}
	if longest == nil {
		return false
	}
	longest.off, longest.ask = true, true
	longest.why = "it cannot be read like this: " + firstLine(text)
	return true
}

// tolerated is the share of records that may break a rule for the rest to be converted
// without a question.
const tolerated = 100 // one in so many

// conclude writes the config and what is told about it.
func (d *drafting) conclude(p *proven) {
	s := &d.sheet
	s.drops = p.dropped
	if p.dropped > 0 && p.dropped*tolerated <= p.records+p.dropped {
		s.policy = string(pipeline.PolicyQuarantine)
	}
	s.head = append([]string{fmt.Sprintf("Drafted by `pickshard init`, and planned: %s records with %s images in %s.", grouped(p.records), grouped(p.images), d.splitNames())}, s.head...)
	for _, key := range sortedBroken(p.broken) {
		v := p.first[key]
		s.head = append(s.head, fmt.Sprintf("%s: %s of field %s in %s records, first: %s row %d: %s", "Left out by the plan", key[1], key[0], grouped(p.broken[key]), v.Split, v.Row, v.Detail))
	}
	d.draft.Config = []byte(s.String())
	for _, f := range s.fields {
		if f.off {
			d.draft.Undecided = true
		} else if f.image {
			d.draft.Images++
		}
	}
	d.draft.Undecided = d.draft.Undecided || p.dropped > 0
	d.draft.NoImages = fmt.Sprintf("no image found for the %s records in %s", grouped(p.records), s.table().name())
	d.summarize(p)
}

func sortedBroken(m map[[2]string]int64) [][2]string {
	keys := make([][2]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, func(a, b [2]string) int { return slices.Compare(a[:], b[:]) })
	return keys
}

func (d *drafting) splitNames() string {
	if p := d.sheet.parted; p != nil {
		return "the splits of column " + p.by
	}
	var names []string
	for _, s := range d.sheet.splits {
		names = append(names, s.name)
	}
	if n := len(names); n > 6 {
		names = append(names[:5], fmt.Sprintf("%d more splits", n-5))
	}
	return strings.Join(names, ", ")
}

// summarize tells people what was found in a few lines.
func (d *drafting) summarize(p *proven) {
	s := &d.sheet
	say := func(format string, args ...any) {
		d.draft.Summary = append(d.draft.Summary, clean(fmt.Sprintf(format, args...)))
	}
	say("%s files, %d tables; %s records with %s images in %s", grouped(int64(len(d.listing.entries))), len(d.tables), grouped(p.records), grouped(p.images), d.splitNames())
	asked := 0
	for _, f := range d.sheet.fields {
		switch {
		case f.off:
			asked++
		case f.image && len(d.draft.Summary) < 6:
			say("%s: %s", f.name, f.why)
		}
	}
	for _, h := range s.head {
		if strings.HasPrefix(h, "Checked: ") {
			say("%s", h)
		}
	}
	if p.dropped > 0 {
		say("%s records break a rule: see the comments", grouped(p.dropped))
	}
	if asked > 0 {
		say("%d lines are only proposed: look for # in fields", asked)
	}
	if n := len(d.sheet.notes); n > 0 {
		say("%d things were not used or not understood: see the end of the config", n)
	}
}

// table is the first table of the config.
func (s *sheet) table() *table {
	if s.parted != nil {
		return s.parted.table
	}
	return s.splits[0].table
}
