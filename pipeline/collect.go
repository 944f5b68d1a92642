package pipeline

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"runtime"
	"strings"
	"sync"

	"golang.org/x/sync/errgroup"
)

// Collected says of a written plan what it takes to judge whether it is done.
type Collected struct {
	Plan  *Plan
	Tasks Tasks
}

// MissingError says which shards of a plan are not built.
type MissingError struct {
	Shards []string // their names, in the plan's order
	Total  int      // of the plan
	// Bad has, by name, the first violation of shards whose records broke rules.
	Bad map[string]string
}

func (e *MissingError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d of %d shards are missing", len(e.Shards), e.Total)
	const most = 20
	for _, name := range e.Shards[:min(len(e.Shards), most)] {
		b.WriteString("\n  " + name)
		if why := e.Bad[name]; why != "" {
			b.WriteString(": " + why)
		}
	}
	if more := len(e.Shards) - most; more > 0 {
		fmt.Fprintf(&b, "\n  ... and %d more", more)
	}
	return b.String()
}

// Missing lists the shards of a written plan that are not recorded: nil where all are.
func (j *Job) Missing(ctx context.Context, c *Collected) (*MissingError, error) {
	id, err := c.Plan.Identity()
	if err != nil {
		return nil, err
	}
	found, err := j.lookPrepared(id)
	if err != nil || found.whole {
		return nil, err
	}
	_, missing, err := j.collect(ctx, c, id.ID())
	return missing, err
}

// Finalize publishes what the workers of a written plan have built. It reads shard
// records alone, whatever an engine says; shards without one are a MissingError. Doing it
// again changes nothing.
func (j *Job) Finalize(ctx context.Context, c *Collected) (*Manifest, error) {
	observe := serialized(j.Observe)
	id, err := c.Plan.Identity()
	if err != nil {
		return nil, err
	}
	found, err := j.lookPrepared(id)
	if err != nil || found.whole && found.swept {
		return found.manifest, err
	}
	release, err := j.Store.Lock()
	if err != nil {
		return nil, busy(err)
	}
	m, err := j.finalizeLocked(ctx, c, id, observe)
	return m, errors.Join(err, release())
}

// lookPrepared looks at an OUTPUT that a written plan must have prepared.
func (j *Job) lookPrepared(id Identity) (outputState, error) {
	if _, err := j.Store.Size(manifestName); errors.Is(err, fs.ErrNotExist) {
		if err := checkMark(j.Store, id.ID()); err != nil {
			return outputState{}, err
		}
	} else if m, err := j.readOld(manifestName); err == nil && m.Plan != id.ID() {
		return outputState{}, WithHint(fmt.Errorf("%w: different %s", ErrPlanDiffers, strings.Join(id.Differences(m.Identity), ", ")), "%s", notPreparedHint)
	}
	return j.look(id)
}

func (j *Job) finalizeLocked(ctx context.Context, c *Collected, id Identity, observe Observer) (*Manifest, error) {
	found, err := j.look(id)
	if err != nil {
		return nil, err
	}
	if found.whole {
		return found.manifest, succeed(j.Store)
	}
	records, missing, err := j.collect(ctx, c, id.ID())
	if err != nil {
		return nil, err
	}
	if missing != nil {
		return nil, missing
	}
	m, err := j.finalizer(c.Plan, c.Tasks, id, records).run(ctx)
	return published(m, err, observe)
}

// collect reads the records of all shards. One that is not this plan's, whose images are
// not the planned ones, or whose files are gone, counts as missing.
func (j *Job) collect(ctx context.Context, c *Collected, planID string) (*recordSet, *MissingError, error) {
	set := newRecordSet(c.Plan)
	var mu sync.Mutex
	bad := make(map[string]string)
	g, work := errgroup.WithContext(ctx)
	g.SetLimit(8 * runtime.GOMAXPROCS(0)) // they wait for the disk
	for id := range c.Plan.shardIDs() {
		if work.Err() != nil {
			break
		}
		g.Go(func() error {
			at := c.Plan.place(id)
			rec, _, err := j.readBuilt(planID, c.Tasks, at, j.Spec.Formats)
			if err != nil {
				return err
			}
			if rec != nil {
				return set.complete(id, rec, j.Spec.Formats)
			}
			if b := readBad(j.Store, planID, at.name()); b != nil && len(b.Violations) > 0 {
				mu.Lock()
				bad[at.name()] = b.Violations[0].String()
				mu.Unlock()
			}
			return nil
		})
	}
	if err := errors.Join(g.Wait(), context.Cause(ctx)); err != nil {
		return nil, nil, err
	}
	missing := &MissingError{Total: c.Plan.Shards(), Bad: bad}
	for id := range c.Plan.shardIDs() {
		if at := c.Plan.place(id); !set.has(id) {
			missing.Shards = append(missing.Shards, at.name())
		}
	}
	if len(missing.Shards) > 0 {
		return nil, missing, nil
	}
	return set, nil, nil
}
