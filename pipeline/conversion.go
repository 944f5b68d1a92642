package pipeline

import (
	"context"
	"errors"
	"sync"
)

// buildAll builds the shards that have no record.
func (j *Job) buildAll(ctx context.Context, planned *Planned, planID string, set *recordSet, observe Observer) error {
	c := &conversion{Job: j, planned: planned, records: set, observe: observe, left: j.expect(planned, set, observe)}
	b := j.builder(planned.Plan, planID)
	if err := b.resume(set); err != nil {
		return err
	}
	if err := b.work(ctx, c); err != nil {
		return err
	}
	return c.broken.err(j.Spec)
}

// conversion is the agenda of a run that has made the plan itself; brokenShards end it.
type conversion struct {
	*Job
	planned *Planned
	records *recordSet
	observe Observer
	broken  brokenShards

	mu   sync.Mutex
	left []ShardID
}

// next implements agenda.
func (c *conversion) next(ctx context.Context) (*Task, []Format, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.left) == 0 || c.broken.any() || ctx.Err() != nil {
		return nil, nil, nil
	}
	id := c.left[0]
	c.left = c.left[1:]
	task, err := c.planned.Task(id)
	return task, c.records.missing(id, c.Spec.Formats), err
}

// built implements agenda.
func (c *conversion) built(t *Task, rec *ShardRecord, _ bool) error {
	if err := c.records.complete(t.ID, rec, c.Spec.Formats); err != nil {
		return err
	}
	c.Progress.Shards.Add(1)
	c.observe(Event{Kind: EventShard, Split: rec.Split, Shard: rec.Shard, Rows: rec.Built.Rows, Bytes: rec.bytes()})
	for _, v := range rec.Built.Dropped {
		c.observe(Event{Kind: EventDropped, Split: rec.Split, Violation: &v})
	}
	return nil
}

// failed implements agenda: where records broke rules, the shards in hand are finished, as
// their faults are told too.
func (c *conversion) failed(_ context.Context, _ *Task, err error) error {
	if c.broken.take(err) {
		return nil
	}
	return err
}

// brokenShards gathers the violations that stop a run under PolicyFail.
type brokenShards struct {
	mu      sync.Mutex
	found   []Violation
	results []RuleResult
	total   int64
}

// take notes a shard's violations; false when err is something else.
func (s *brokenShards) take(err error) bool {
	var v *ViolationsError
	if !errors.As(err, &v) {
		return false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.found = append(s.found, v.First...)
	s.results = append(s.results, v.Results...)
	s.total += v.Total
	return true
}

func (s *brokenShards) any() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.total > 0
}

// err is what was gathered, in order; nil when that is nothing.
func (s *brokenShards) err(spec *Spec) error {
	if s.total == 0 {
		return nil
	}
	sortViolations(s.found, spec.Splits)
	err := listed(s.found, mergeResults(spec, s.results))
	err.Total, err.Stopped, err.Advice = s.total, true, spec.adviceOn(err.Results)
	return err
}

// expect sets the totals that progress is measured against, with what earlier
// runs built counted as done, and tells what is left: these shards.
func (j *Job) expect(planned *Planned, set *recordSet, observe Observer) (left []ShardID) {
	p, e := j.Progress, Event{Kind: EventPlanned}
	for id := range planned.Plan.shardIDs() {
		sh := &planned.Plan.Splits[id.Split].Shards[id.Index]
		p.TotalRecords.Add(int64(sh.Rows))
		p.TotalBytes.Add(sh.ImageBytes)
		p.TotalShards.Add(1)
		if set.has(id) {
			p.Records.Add(int64(sh.Rows))
			p.Bytes.Add(sh.ImageBytes)
			p.Shards.Add(1)
		} else {
			left = append(left, id)
			e.Rows += int64(sh.Rows)
			e.Bytes += sh.ImageBytes
		}
	}
	observe(e)
	return left
}
