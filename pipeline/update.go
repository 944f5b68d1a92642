package pipeline

import (
	"bytes"
	"context"
	"maps"
	"slices"
	"sync"

	"golang.org/x/sync/errgroup"
)

// An update makes OUTPUT what a fresh conversion would make of the input as it
// is now, and leaves alone the shards whose records and images are what they
// were. Until all that is new is built, the old output stands whole. Then:
//
//	old.json       the old manifest, since the update began: what may be replaced
//	kept.json      records of the shards that stay
//	new-ID.json    the new manifest, once its files get their names
//	_SUCCESS and manifest.json go, for sure, before the first file is replaced
//
// From there on the same command completes the update after any cut, as old.json
// still tells which files under final names are ours to replace, and what is in them.
// compare finds out what an update has to do. It writes nothing.
func (j *Job) compare(ctx context.Context, planned *Planned, id Identity, found outputState, observe Observer) (*predecessor, error) {
	old, err := j.predecessor()
	if old == nil || err != nil {
		return nil, err
	}
	if found.manifest != nil {
		// It stands in OUTPUT, so nothing of it was replaced, whatever an update
		// before left in the work folder.
		old.manifest, old.cut = found.manifest, false
		old.wrote(found.manifest)
	}
	if err := j.keep(ctx, planned, id, old, observe); err != nil {
		return nil, err
	}
	for _, split := range old.kept.records {
		for _, rec := range split {
			if rec == nil || !rec.inPlace() {
				return old, nil
			}
		}
	}
	if found.manifest == nil {
		return old, nil
	}
	f := &finalizer{store: j.Store, spec: j.Spec, planned: planned, identity: id, records: old.kept}
	fresh, err := f.manifest()
	if err != nil {
		return nil, err
	}
	written, err := fresh.bytes()
	if err != nil {
		return nil, err
	}
	if bytes.Equal(written, found.manifest.raw) && found.manifest.checkSizes(j.Store) == nil {
		old.upToDate = found.manifest
		old.upToDate.Resumed = true
		j.rememberOrWarn(planned, old.kept, observe)
	}
	return old, nil
}

// sameManifest says whether an update still finds the manifest that it was
// compared with: nil where there was none.
func sameManifest(found *Manifest, old *predecessor) bool {
	if found == nil || old == nil {
		return found == nil
	}
	return bytes.Equal(found.raw, old.manifest.raw)
}

// inPlace says whether a kept shard has its new names already.
func (r *ShardRecord) inPlace() bool {
	for _, f := range r.Built.Files {
		if r.Attempts[f.part()] != f.Path {
			return false
		}
	}
	return true
}

// beginUpdate takes OUTPUT over for an update: what an update of another plan
// left to do is forgotten, but not which files are ours.
func (j *Job) beginUpdate(p *Plan, planID string, old *predecessor) error {
	if _, err := j.Store.Size(manifestName); err == nil {
		// Nothing is replaced yet, or all is: nothing to remember.
		if err := sweepWork(j.Store); err != nil {
			return err
		}
	}
	if err := j.Store.Remove(planName); err != nil {
		return err
	}
	if err := old.begin(j.Store, planID); err != nil {
		return err
	}
	return j.writePlan(p)
}

// keep finds the shards of the new plan that the old output has already.
func (j *Job) keep(ctx context.Context, planned *Planned, id Identity, old *predecessor, observe Observer) error {
	old.kept = newRecordSet(planned.Plan)
	if written, err := old.manifest.bytes(); err != nil || !bytes.Equal(written, old.manifest.raw) {
		observe(Event{Kind: EventWarning, Message: "manifest.json was edited: every shard is made anew"})
		return err
	}
	for _, part := range []string{partConfig, partLayout, partTool} {
		if id[part] != old.manifest.Identity[part] {
			observe(Event{Kind: EventWarning, Message: part + " is not what it was: every shard is made anew"})
			return nil
		}
	}
	if !maps.EqualFunc(planned.Plan.Traits, old.manifest.Traits, Traits.equal) {
		observe(Event{Kind: EventWarning, Message: "names of members in shards are not what they were: every shard is made anew"})
		return nil
	}
	shards := old.byRecords()
	budget := NewBudget(j.Memory)
	g, work := errgroup.WithContext(ctx)
	g.SetLimit(max(j.Workers, 1))
	for si, s := range planned.Plan.Splits {
		for i := range s.Shards {
			g.Go(func() error {
				rec, err := j.keepShard(work, planned, id, si, i, shards, old, budget)
				if rec != nil {
					old.kept.put(si, i, rec)
				}
				return err
			})
		}
	}
	return g.Wait()
}

// oldShards finds the old output's shards by their records' digest. Each is
// given away once.
type oldShards struct {
	mu sync.Mutex
	by map[string][]*ShardResult
}

func (p *predecessor) byRecords() *oldShards {
	o := &oldShards{by: make(map[string][]*ShardResult)}
	for si := range p.manifest.Splits {
		shards := p.manifest.Splits[si].Shards
		for i := range shards {
			// What a build has left out may be whole by now.
			if len(shards[i].Dropped) == 0 {
				o.by[shards[i].Records] = append(o.by[shards[i].Records], &shards[i])
			}
		}
	}
	return o
}

// take returns an old shard with these records that fits, at most once.
func (o *oldShards) take(records string, fits func(*ShardResult) bool) *ShardResult {
	o.mu.Lock()
	defer o.mu.Unlock()
	for i, sh := range o.by[records] {
		if fits(sh) {
			o.by[records] = slices.Delete(o.by[records], i, i+1)
			return sh
		}
	}
	return nil
}

func (o *oldShards) has(records string) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return len(o.by[records]) > 0
}

// keepShard returns the record of an old shard that is the new plan's, or nil.
func (j *Job) keepShard(ctx context.Context, planned *Planned, id Identity, split, index int, shards *oldShards, old *predecessor, budget *Budget) (*ShardRecord, error) {
	sh := planned.Shard(split, index)
	records := recordsDigest(sh)
	if !shards.has(records) {
		return nil, nil
	}
	source := sourceDigest(sh.Records, planned.Times[split], sh.Order)
	images, known := "", false
	if j.Seen != nil {
		images, known = j.Seen.Contents(planned.seenDigest(split, sh.Order))
	}
	if !known {
		var err error
		if images, err = j.readContents(ctx, sh, planned.Times[split], budget); err != nil {
			return nil, err
		}
	}
	paths := make(map[string]string)
	for _, f := range j.Spec.Formats {
		for _, file := range shardFiles(f, sh.Split, sh.Index, sh.Total) {
			paths[file.part()] = file.Path
		}
	}
	found := shards.take(records, func(sh *ShardResult) bool {
		return sh.Contents == images && old.usable(j.Store, sh, paths)
	})
	if found == nil {
		return nil, nil
	}
	rec := &ShardRecord{
		Plan: id.ID(), Shard: ShardName(sh.Split, sh.Index, sh.Total), Split: sh.Split, Index: index, Source: source,
		Built: *found, Attempts: make(map[string]string),
	}
	rec.Built.Files = slices.Clone(found.Files)
	for i := range rec.Built.Files {
		f := &rec.Built.Files[i]
		rec.Attempts[f.part()], f.Path = f.Path, paths[f.part()]
	}
	if rec.check(planned.Plan, j.Spec.Formats, split, index) != nil {
		return nil, nil // the old manifest says what cannot be
	}
	return rec, nil
}

// usable says whether an old shard's files are all there, and can have the new
// names: each its own, or one that nothing of ours stands at.
func (p *predecessor) usable(s Store, sh *ShardResult, paths map[string]string) bool {
	if len(sh.Files) != len(paths) {
		return false
	}
	for _, f := range sh.Files {
		to := paths[f.part()]
		if to == "" || to != f.Path && len(p.ours[to]) > 0 {
			return false
		}
		if size, err := s.Size(f.Path); err != nil || size != f.Bytes {
			return false
		}
		if p.cut {
			if sum, _, err := fileSum(s, f.Path); err != nil || sum != f.CRC32C {
				return false
			}
		}
	}
	return true
}
