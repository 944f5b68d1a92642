package pipeline

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"sync"
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
	f := j.finalizer(planned.Plan, planned, id, records)
	f.old = old
	f.unchanged = func(ctx context.Context) error { return planned.unchanged(ctx, j.Source) }
	var beside sync.WaitGroup // both wait for the disk, and neither for the other
	beside.Go(func() { j.rememberOrWarn(planned, records, observe) })
	m, err := f.run(ctx)
	beside.Wait()
	return published(m, err, observe)
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
	for id := range planned.Plan.shardIDs() {
		at := planned.Plan.place(id)
		name := at.name()
		if rec := stay[name]; rec != nil && rec.checkKept(were) == nil {
			ours, err := rec.fits(j.Store, planID, planned, at, rec.formats(j.Spec.Formats))
			if err != nil {
				return nil, err
			}
			if ours {
				set.keep(id, rec, j.Spec.Formats)
			}
		}
		if set.has(id) {
			observe(Event{Kind: EventKept, Split: at.split, Shard: name, Rows: set.records[id.Split][id.Index].Built.Rows})
			continue
		}
		rec, stale, err := j.readBuilt(planID, planned, at, set.missing(id, j.Spec.Formats))
		if stale {
			err = j.Store.Remove(recordName(name)) // it is built again
		}
		if err != nil {
			return nil, err
		}
		if rec == nil {
			continue
		}
		for _, attempt := range rec.Attempts {
			keep[attempt] = true
		}
		if err := set.complete(id, rec, j.Spec.Formats); err != nil {
			return nil, err
		}
		observe(Event{Kind: EventResumed, Split: at.split, Shard: name, Rows: rec.Built.Rows})
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

// newAttempt names this process's files so that two attempts at one shard never
// meet. It is random, and part of no output.
func newAttempt() string { return strings.ToLower(rand.Text()[:12]) }
