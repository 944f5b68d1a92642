package pipeline

import (
	"bytes"
	"context"
	"encoding/json"
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
//	cards.json     cards that someone has edited, as they stand
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
	f := &finalizer{store: j.Store, spec: j.Spec, plan: planned.Plan, tasks: planned, identity: id, records: old.kept}
	fresh, err := f.manifest(ctx)
	if err != nil {
		return nil, err
	}
	fresh.sameReport(j.Report, found.manifest)
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
		observe(Event{Kind: EventWarning, Message: "manifest.json was edited: every shard is rebuilt"})
		return err
	}
	form, err := j.Spec.form()
	if err != nil {
		return err
	}
	for _, part := range []struct {
		name string
		same bool
	}{
		{partConfig, form == old.manifest.Form},
		{partLayout, id[partLayout] == old.manifest.Identity[partLayout]},
		{partTool, id[partTool] == old.manifest.Identity[partTool]},
	} {
		if !part.same {
			observe(Event{Kind: EventWarning, Message: part.name + " is not what it was: every shard is rebuilt"})
			return nil
		}
	}
	formats := j.keepable(planned.Plan, old, observe)
	shards := old.byRecords()
	budget := NewBudget(j.Memory)
	g, work := errgroup.WithContext(ctx)
	g.SetLimit(max(j.Workers, 1))
	for si, s := range planned.Plan.Splits {
		for i := range s.Shards {
			g.Go(func() error {
				rec, err := j.keepShard(work, planned, id, si, i, shards, old, formats, budget)
				if rec != nil {
					old.kept.keep(ShardID{si, i}, rec, j.Spec.Formats)
				}
				return err
			})
		}
	}
	return g.Wait()
}

// keepable are the formats whose shards may stay: which the old output has, with the
// same traits.
func (j *Job) keepable(p *Plan, old *predecessor, observe Observer) []Format {
	var formats []Format
	for _, f := range j.Spec.Formats {
		switch name := f.Name(); {
		case !slices.Contains(old.manifest.Formats, name):
		case !maps.Equal(p.Traits[name], old.manifest.Traits[name]):
			observe(Event{Kind: EventWarning, Message: "names of members in " + name + " shards are not what they were: every shard of it is rebuilt"})
		default:
			formats = append(formats, f)
		}
	}
	return formats
}

// form is a digest over what says how a record becomes bytes: Form, and the fields'
// types, which the records may have a say in.
func (s *Spec) form() (string, error) {
	fields := manifestFields(s.Schema)
	for i := range fields {
		fields[i].Doc = ""
	}
	form := s.Form
	if form == nil {
		form = s.Config
	}
	return partDigest([]any{json.RawMessage(form), fields})
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

// keepShard returns the record of an old shard that is the new plan's, in those of
// the formats that are whole, or nil.
func (j *Job) keepShard(ctx context.Context, planned *Planned, id Identity, split, index int, shards *oldShards, old *predecessor, formats []Format, budget *Budget) (*ShardRecord, error) {
	sh := planned.Shard(split, index)
	records := recordsDigest(sh)
	if !shards.has(records) {
		return nil, nil
	}
	source := sourceDigest(sh.Records, planned.Times[split], sh.Order)
	images, known := "", false
	if j.Seen != nil && planned.timed(split, sh.Order) {
		images, known = j.Seen.Contents(planned.seenDigest(split, sh.Order))
	}
	if !known {
		var err error
		if images, err = j.readContents(ctx, sh, planned.Times[split], budget); err != nil {
			return nil, err
		}
	}
	found := shards.take(records, func(sh *ShardResult) bool { return sh.Contents == images })
	if found == nil {
		return nil, nil
	}
	rec := &ShardRecord{
		Plan: id.ID(), Shard: ShardName(sh.Split, sh.Index, sh.Total), Split: sh.Split, Index: index, Source: source,
		Built: *found, Attempts: make(map[string]string),
	}
	rec.Built.Files = nil
	for _, f := range formats {
		for _, file := range old.usable(j.Store, found, shardFiles(f, sh.Split, sh.Index, sh.Total)) {
			was := file.Path
			file.Path = filePath(f, file.Index, sh.Split, sh.Index, sh.Total)
			rec.Attempts[file.part()] = was
			rec.Built.Files = append(rec.Built.Files, file)
		}
	}
	if len(rec.Built.Files) == 0 || rec.check(planned.Plan.place(ShardID{split, index}), rec.formats(formats)) != nil {
		return nil, nil // or the old manifest says what cannot be
	}
	return rec, nil
}

// usable returns an old shard's files of a format, where all that the new plan names
// are there and can have the new names: each its own, or one that nothing of ours
// stands at. Else it returns none.
func (p *predecessor) usable(s Store, sh *ShardResult, fresh []ShardFile) []ShardFile {
	var files []ShardFile
	for _, to := range fresh {
		at := slices.IndexFunc(sh.Files, func(f ShardFile) bool { return f.part() == to.part() })
		if at < 0 {
			return nil
		}
		f := sh.Files[at]
		if to.Path != f.Path && len(p.ours[to.Path]) > 0 {
			return nil
		}
		if size, err := s.Size(f.Path); err != nil || size != f.Bytes {
			return nil
		}
		if p.cut {
			if sum, _, err := fileSum(s, f.Path); err != nil || sum != f.CRC32C {
				return nil
			}
		}
		files = append(files, f)
	}
	return files
}
