package pipeline

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"golang.org/x/sync/errgroup"
)

// A CheckReport is what all rules have found in all records and images.
type CheckReport struct {
	Splits []CheckedSplit `json:"splits"`
	Findings
	// Broken counts the records that break a rule which does more than to warn: those
	// that a conversion would leave out, or stop at.
	Broken int64 `json:"broken"`
	// Stopping counts those of them that a conversion would stop at.
	Stopping int64 `json:"stopping"`

	// Plan is what would be converted, without shards; Records are those of its splits,
	// as they were looked at.
	Plan    *Plan      `json:"-"`
	Records []*Records `json:"-"`
}

// A Viewer sees the images that a Check reads.
type Viewer interface {
	// View is shown an image; split, field and place say which. It keeps no reference
	// to data, and is safe for concurrent use.
	View(split, field int, place int64, data []byte)
}

// CheckedSplit is how much was looked at.
type CheckedSplit struct {
	Name   string `json:"name"`
	Rows   int64  `json:"rows"`
	Images int64  `json:"images"` // that were read
	Bytes  int64  `json:"bytes"`  // of these
	Broken int64  `json:"broken"` // records that break a rule which does more than to warn
}

// Passed says whether a conversion would make an output; strict: whether nothing at
// all is wrong, and every rule had something to look at.
func (r *CheckReport) Passed(strict bool) bool {
	for i := range r.Results {
		o := r.Results[i].Outcome
		if r.Results[i].Stops() || strict && o != OutcomePassed {
			return false
		}
	}
	return true
}

// checkRows is how many records are checked together: their sums are held.
const checkRows = 16 << 10

// Check asks all rules about all records and images, those of records too that break a
// rule already, and writes nothing. What is found is not an error: that is for what could
// not be looked at.
func (j *Job) Check(ctx context.Context) (*CheckReport, error) {
	observe := serialized(j.Observe)
	spec := *j.Spec
	spec.checking = true
	planned, err := makePlan(ctx, &spec, j.Source, j.Loader, func(e Event) {
		if e.Kind != EventDropped { // told by rule
			observe(e)
		}
	}, planToCheck)
	if err != nil {
		return nil, err
	}
	c := &check{job: j, planned: planned, ledger: planned.found}
	c.builder = &Builder{
		Plan: planned.Plan, Checker: j.Checker, Budget: NewBudget(j.Memory), Spec: &spec,
		Workers: j.Workers, Readers: j.Readers, Progress: j.Progress,
	}
	c.builder.Init()
	err = planned.lent.during(func() error { return c.run(ctx, observe) })
	for _, contents := range c.contents {
		err = errors.Join(err, contents.Close())
	}
	if err != nil {
		return nil, err
	}
	if err := planned.unchanged(ctx, j.Source); err != nil {
		return nil, err
	}
	return c.report(), nil
}

// check is a Check under way.
type check struct {
	job      *Job
	planned  *Planned
	ledger   *ledger
	builder  *Builder
	contents []Contents
	asking   []*Rule // the rules that contents are of
	splits   []CheckedSplit
}

func (c *check) run(ctx context.Context, observe Observer) error {
	for i := range c.builder.Spec.Rules {
		if r := &c.builder.Spec.Rules[i]; r.Contents != nil && r.Severity != SeverityOff {
			c.contents, c.asking = append(c.contents, r.Contents()), append(c.asking, r)
		}
	}
	left := Event{Kind: EventPlanned}
	for _, r := range c.planned.Records {
		s := CheckedSplit{Name: r.Split, Rows: int64(r.Chosen().Len())}
		for _, f := range r.Schema.Images() {
			for place := range r.Images[f].Places() {
				s.Bytes += max(r.Images[f].Sizes.At(place), 0)
			}
		}
		c.splits = append(c.splits, s)
		c.job.Progress.TotalRecords.Add(s.Rows)
		c.job.Progress.TotalBytes.Add(s.Bytes)
		left.Rows, left.Bytes = left.Rows+s.Rows, left.Bytes+s.Bytes
	}
	observe(left)
	for i := range c.planned.Records {
		if err := c.images(ctx, i); err != nil {
			return fmt.Errorf("check the images of split %s: %w", c.splits[i].Name, err)
		}
	}
	for i, contents := range c.contents {
		finders := make([]*Finder, len(c.splits))
		for split := range finders {
			finders[split] = c.ledger.find(split, c.asking[i].ID, c.asking[i].Field)
		}
		if err := contents.Judge(ctx, c.planned.Records, finders); err != nil {
			return fmt.Errorf("ask rule %s: %w", c.asking[i].ID, err)
		}
	}
	return nil
}

// images reads all images of a split.
func (c *check) images(ctx context.Context, split int) error {
	r := c.planned.Records[split]
	if len(r.Schema.Images()) == 0 {
		c.job.Progress.Records.Add(c.splits[split].Rows)
		return nil
	}
	var mu sync.Mutex
	var all ShardFindings
	rows := r.Chosen()
	g, work := errgroup.WithContext(ctx)
	g.SetLimit(max(c.job.Workers, 1))
	for first := 0; first < rows.Len(); first += checkRows {
		sh := NewShard(r, 0, 1, rows.Slice(first, min(first+checkRows, rows.Len())))
		g.Go(func() error {
			if work.Err() != nil {
				return context.Cause(work)
			}
			found, err := c.look(work, split, sh)
			if err != nil {
				return err
			}
			mu.Lock()
			all.add(found)
			mu.Unlock()
			return nil
		})
	}
	if err := g.Wait(); err != nil {
		return err
	}
	c.splits[split].Images = all.Read
	c.ledger.asked(split, &all)
	return nil
}

// look reads the images of some records, and hands over what is found.
func (c *check) look(ctx context.Context, split int, sh *Shard) (*ShardFindings, error) {
	t := &attemptRun{
		Builder: c.builder, shard: sh, times: c.planned.Times[split], split: split, contents: c.contents, viewer: c.job.Viewer,
		findings: newCheckFindings(c.ledger, split, sh),
	}
	if err := t.pass(ctx); err != nil {
		return nil, err
	}
	found := t.findings.findings(t.counted.Load())
	for key, f := range t.findings.by.by[0] {
		c.ledger.by[split][key].Join(f)
	}
	return &found, nil
}

// asked counts what the rules over images were asked about, as settle does for those
// of shards.
func (l *ledger) asked(split int, pass *ShardFindings) {
	for _, r := range l.spec.settle(nil, l.splits[split], pass) {
		l.find(split, r.Rule, r.Field).Checked(r.Checked)
	}
}

func (c *check) report() *CheckReport {
	r := &CheckReport{Splits: c.splits, Plan: c.planned.Plan, Records: c.planned.Records, Findings: c.ledger.findings(func(r *Rule) bool { return r.Shards == nil })}
	r.Results = append(r.Results, c.planned.Plan.resultsOf("")...)
	for _, v := range c.planned.Plan.Violations {
		if v.Split == "" {
			r.Violations = append(r.Violations, v)
		}
	}
	for i := range c.splits {
		c.splits[i].Broken = c.ledger.broken(i).count()
		r.Broken += c.splits[i].Broken
		r.Stopping += c.ledger.stopping(i).count()
	}
	return r
}
