package pipeline

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"sync"

	"golang.org/x/sync/errgroup"
)

// A Job is one conversion on this machine.
type Job struct {
	Spec    *Spec
	Source  Source
	Loader  Loader
	Checker Checker
	Store   Store
	// Workers is how many shards are built at once, Readers how many images of
	// each are in hand. Neither changes a byte of the output.
	Workers, Readers int
	// Memory bounds the image bytes in hand.
	Memory   int64
	Progress *Progress
	Observe  Observer
	// Update makes an OUTPUT that another input or config made what this one
	// would make, and keeps the shards that are the same.
	Update bool
	// Prune lets an update remove splits and formats that OUTPUT has and this
	// conversion does not.
	Prune bool
	// Seen may be nil.
	Seen Seen
	// Report makes the page for people that is part of the output; nil for none.
	Report Reporter
	// Viewer sees the images that Check reads; nil for nobody.
	Viewer Viewer
	// Formats are all that pickshard knows: an update meets those that another
	// conversion wrote. nil stands for those of Spec.
	Formats []Format
}

// Convert plans, builds what is not built yet, and publishes. It returns the
// manifest of the whole output. When it fails or is cancelled, shards that were
// recorded stay in the work folder for the same command to go on from, and
// nothing has a final name unless all of it is whole.
func (j *Job) Convert(ctx context.Context) (*Manifest, error) {
	observe := serialized(j.Observe)
	if err := j.checkPrune(); err != nil {
		return nil, err
	}
	planned, err := MakePlan(ctx, j.Spec, j.Source, j.Loader, observe)
	if err != nil {
		return nil, err
	}
	id, err := planned.Plan.Identity()
	if err != nil {
		return nil, err
	}
	// Before the lock, which leaves a file: what is refused stays untouched.
	found, err := j.look(id)
	if err != nil || found.whole && found.swept {
		return found.manifest, err
	}
	var old *predecessor
	if j.Update && !found.planned {
		if old, err = j.compare(ctx, planned, id, found, observe); err != nil {
			return nil, err
		}
		if old != nil && old.upToDate != nil && found.swept {
			return old.upToDate, nil
		}
	}
	if !found.planned && old == nil {
		if err := j.checkRoom(planned, newRecordSet(planned.Plan)); err != nil {
			return nil, err
		}
	}
	release, err := j.Store.Lock()
	if err != nil {
		return nil, busy(err)
	}
	m, err := j.convertLocked(ctx, planned, id, old, observe)
	return m, errors.Join(err, release())
}

// serialized makes an observer that is told one event at a time.
func serialized(observe Observer) Observer {
	var mu sync.Mutex
	return func(e Event) {
		if observe != nil {
			mu.Lock()
			defer mu.Unlock()
			observe(e)
		}
	}
}

func (j *Job) convertLocked(ctx context.Context, planned *Planned, id Identity, old *predecessor, observe Observer) (*Manifest, error) {
	// Another process may have come first.
	found, err := j.look(id)
	if err != nil {
		return nil, err
	}
	if j.Update && !found.planned && !sameManifest(found.manifest, old) {
		return nil, WithHint(ErrOutputBusy, "it has changed OUTPUT in the meantime; run the same command again")
	}
	switch {
	case found.planned:
		if old, err = j.predecessor(); err != nil {
			return nil, err
		}
	case old != nil && old.upToDate != nil:
		return old.upToDate, succeed(j.Store)
	case old != nil:
		if err := j.beginUpdate(planned.Plan, id.ID(), old); err != nil {
			return nil, err
		}
	case found.whole:
		return found.manifest, succeed(j.Store)
	default:
		// A conversion that nothing came of yet gives way, see look.
		if err := sweepWork(j.Store); err != nil {
			return nil, err
		}
		if err := j.writePlan(planned.Plan); err != nil {
			return nil, err
		}
	}
	records, err := j.resume(planned, id.ID(), old, observe)
	if err != nil {
		return nil, err
	}
	if err := j.checkRoom(planned, records); err != nil {
		return nil, err
	}
	if err := j.buildAll(ctx, planned, id.ID(), records, observe); err != nil {
		return nil, err
	}
	f := &finalizer{store: j.Store, spec: j.Spec, plan: planned.Plan, tasks: planned, identity: id, records: records, old: old, reporter: j.Report}
	f.unchanged = func(ctx context.Context) error { return planned.unchanged(ctx, j.Source) }
	// Both wait for the disk, and neither for the other.
	var g errgroup.Group
	g.Go(func() error {
		j.rememberOrWarn(planned, records, observe)
		return nil
	})
	m, err := f.run(ctx)
	if err = errors.Join(err, g.Wait()); err != nil {
		return nil, fmt.Errorf("publish output: %w", err)
	}
	observe(Event{Kind: EventPublished, Rows: m.Rows, Bytes: m.Bytes})
	return m, nil
}

// resume collects the shards that an earlier run built, and sweeps what it left
// half-made. The lock is held: nobody else is writing.
func (j *Job) resume(planned *Planned, planID string, old *predecessor, observe Observer) (*recordSet, error) {
	set := newRecordSet(planned.Plan)
	keep := make(map[string]bool)
	stay, err := readKept(j.Store, planID)
	if err != nil {
		return nil, err
	}
	were := old.shardFiles()
	for si, s := range planned.Plan.Splits {
		for i := range s.Shards {
			name := ShardName(s.Name, i, len(s.Shards))
			ours := func(rec *ShardRecord, formats []Format) bool {
				return rec.Plan == planID && rec.check(planned.Plan, formats, si, i) == nil && rec.fits(j.Store, planned, si, i)
			}
			if rec := stay[name]; rec != nil && ours(rec, rec.formats(j.Spec.Formats)) && rec.checkKept(were) == nil {
				set.keep(si, i, rec, j.Spec.Formats)
			}
			if set.has(si, i) {
				observe(Event{Kind: EventKept, Split: s.Name, Shard: name, Rows: set.records[si][i].Built.Rows})
				continue
			}
			rec, err := readRecord(j.Store, name)
			if errors.Is(err, fs.ErrNotExist) {
				continue
			}
			if err != nil {
				return nil, err
			}
			if !ours(rec, set.missing(si, i, j.Spec.Formats)) || rec.checkBuilt() != nil ||
				slices.ContainsFunc(rec.Built.Dropped, func(v Violation) bool { return !j.Spec.severity(&v).LeavesOut() }) {
				// Another input or a stricter policy now, or no record of ours: build it again.
				if err := j.Store.Remove(recordName(name)); err != nil {
					return nil, err
				}
				continue
			}
			for _, attempt := range rec.Attempts {
				keep[attempt] = true
			}
			if err := set.complete(si, i, rec, j.Spec.Formats); err != nil {
				return nil, err
			}
			observe(Event{Kind: EventResumed, Split: s.Name, Shard: name, Rows: rec.Built.Rows})
		}
	}
	if n := set.countBegun(); n > 0 {
		observe(Event{Kind: EventNote, Message: fmt.Sprintf("shards kept in the formats they have, and built in the others alone: %d", n)})
	}
	if workers, err := readMark(j.Store); err != nil || workers != "" {
		return set, err // what workers have begun is theirs: who publishes sweeps
	}
	names, err := j.Store.List(filesFolder)
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		if full := filesFolder + "/" + name; !keep[full] {
			if err := j.Store.Remove(full); err != nil {
				return nil, err
			}
		}
	}
	return set, nil
}

// buildAll builds the shards that have no record. Syncing a shard to the disk
// overlaps with building the next one: at most Workers shards are being filled,
// and as many again may be on their way to the disk.
func (j *Job) buildAll(ctx context.Context, planned *Planned, planID string, set *recordSet, observe Observer) error {
	b := &Builder{
		Plan: planned.Plan, Tasks: planned, PlanID: planID, Checker: j.Checker,
		Store: j.Store, Budget: NewBudget(j.Memory), Spec: j.Spec, Readers: j.Readers, Progress: j.Progress,
		Workers: j.Workers,
	}
	b.Init()
	left := j.expect(planned, set)
	observe(left)
	attempt := newAttempt()
	g, work := errgroup.WithContext(ctx)
	g.SetLimit(2 * j.Workers)
	if err := b.resume(set); err != nil {
		return err
	}
	var broken brokenShards
	for si, s := range planned.Plan.Splits {
		for i := range s.Shards {
			if set.has(si, i) {
				continue
			}
			if work.Err() != nil || broken.any() {
				break
			}
			g.Go(func() error {
				if work.Err() != nil || broken.any() {
					return context.Cause(work)
				}
				rec, err := b.Build(work, si, i, set.missing(si, i, j.Spec.Formats), attempt)
				if broken.take(err) {
					return nil // the shards in hand are finished: their faults are told too
				}
				if err != nil {
					return err
				}
				if rec, err = commit(j.Store, rec, attempt); err != nil {
					return err
				}
				if err := set.complete(si, i, rec, j.Spec.Formats); err != nil {
					return err
				}
				j.Progress.Shards.Add(1)
				observe(Event{Kind: EventShard, Split: s.Name, Shard: rec.Shard, Rows: rec.Built.Rows, Bytes: rec.bytes()})
				for _, v := range rec.Built.Dropped {
					observe(Event{Kind: EventDropped, Split: s.Name, Violation: &v})
				}
				return nil
			})
		}
	}
	if err := g.Wait(); err != nil {
		return err
	}
	if err := broken.err(j.Spec); err != nil {
		return err
	}
	return context.Cause(ctx)
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
// runs built counted as done, and tells what is left.
func (j *Job) expect(planned *Planned, set *recordSet) Event {
	p := j.Progress
	left := Event{Kind: EventPlanned}
	for si, s := range planned.Plan.Splits {
		for i, sh := range s.Shards {
			p.TotalRecords.Add(int64(sh.Rows))
			p.TotalBytes.Add(sh.ImageBytes)
			p.TotalShards.Add(1)
			if set.has(si, i) {
				p.Records.Add(int64(sh.Rows))
				p.Bytes.Add(sh.ImageBytes)
				p.Shards.Add(1)
			} else {
				left.Rows += int64(sh.Rows)
				left.Bytes += sh.ImageBytes
			}
		}
	}
	return left
}

// newAttempt names this process's files so that two attempts at one shard never
// meet. It is random, and part of no output.
func newAttempt() string { return strings.ToLower(rand.Text()[:12]) }
