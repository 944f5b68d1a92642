package pipeline

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
	"sync"

	"golang.org/x/sync/errgroup"
)

// An update makes OUTPUT what a fresh conversion would make of the input as it
// is now, and leaves alone the shards whose records and images are what they
// were. Until all that is new is built, the old output stands whole. Then:
//
//	old.json       the old manifest, since the update began: what may be replaced
//	kept.json      records of the shards that stay
//	names-ID.json  the names that the new output has, once they are being given
//	_SUCCESS and manifest.json go, for sure, before the first file is replaced
//
// From there on the same command completes the update after any cut, as old.json
// still tells which files under final names are ours to replace.
const (
	oldName     = workFolder + "/old.json"
	keptName    = workFolder + "/kept.json"
	namesPrefix = "names-"
)

// predecessor is the output that an update replaces.
type predecessor struct {
	manifest *Manifest
	// ours lists every final name that this or an earlier, unfinished update may
	// replace or remove.
	ours map[string]bool
	// cut says that an update of another plan had begun to replace files: what
	// stands under a final name counts only after a look at its bytes.
	cut bool
	// kept are the shards that stay, by split and index; nil entries are built.
	kept *recordSet
	// upToDate is the manifest when a fresh conversion would change nothing.
	upToDate *Manifest
}

// keptFile is kept.json.
type keptFile struct {
	Plan   string         `json:"plan"`
	Shards []*ShardRecord `json:"shards"`
}

// predecessor finds out what an update replaces: the manifest that stands in
// OUTPUT or, where an update was cut short after it took that away, the copy
// that it made. There may be none.
func (j *Job) predecessor() (*predecessor, error) {
	p := &predecessor{ours: make(map[string]bool)}
	m, err := readManifestAt(j.Store, oldName)
	if errors.Is(err, fs.ErrNotExist) {
		m, err = ReadManifest(j.Store)
		if errors.Is(err, fs.ErrNotExist) {
			return nil, nil
		}
	}
	if err != nil {
		return nil, err
	}
	p.manifest = m
	for _, f := range m.files() {
		p.ours[f.Path] = true
	}
	names, err := j.Store.List(workFolder)
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		if !strings.HasPrefix(name, namesPrefix) {
			continue
		}
		p.cut = true
		data, err := j.Store.ReadFile(workFolder+"/"+name, maxManifestBytes)
		if err != nil {
			return nil, err
		}
		var files []string
		if err := json.Unmarshal(data, &files); err != nil {
			return nil, fmt.Errorf("read %s: %w", name, err)
		}
		for _, f := range files {
			p.ours[f] = true
		}
	}
	return p, nil
}

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
		for _, f := range found.manifest.files() {
			old.ours[f.Path] = true
		}
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
		if r.Attempts[f.Format] != f.Path {
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
		paths[f.Name()] = f.Name() + "/" + f.FileName(sh.Split, sh.Index, sh.Total)
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
		rec.Attempts[f.Format], f.Path = f.Path, paths[f.Format]
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
		to := paths[f.Format]
		if to == "" || to != f.Path && p.ours[to] {
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

// begin writes down what is replaced and what stays, before anything else is
// written. The lock is held.
func (p *predecessor) begin(s Store, planID string) error {
	attempt := newAttempt()
	if err := putFile(s, oldName, p.manifest.raw, attempt); err != nil {
		return err
	}
	kept := keptFile{Plan: planID}
	for _, split := range p.kept.records {
		for _, rec := range split {
			if rec != nil {
				kept.Shards = append(kept.Shards, rec)
			}
		}
	}
	data, err := marshalIndent(kept)
	if err != nil {
		return fmt.Errorf("write %s: %w", keptName, err)
	}
	if err := s.Remove(keptName); err != nil {
		return err
	}
	return putFile(s, keptName, data, attempt)
}

// readKept returns the records of shards that an update of this plan keeps.
func readKept(s Store, planID string) (map[string]*ShardRecord, error) {
	data, err := s.ReadFile(keptName, maxManifestBytes)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var kept keptFile
	if err := json.Unmarshal(data, &kept); err != nil {
		return nil, fmt.Errorf("read %s: %w", keptName, err)
	}
	if kept.Plan != planID {
		return nil, nil
	}
	shards := make(map[string]*ShardRecord)
	for _, rec := range kept.Shards {
		shards[rec.Shard] = rec
	}
	return shards, nil
}

// replace takes away what says that the old output is whole, before the first of
// its files goes. names are those that the new output will have.
func (p *predecessor) replace(s Store, names []string) error {
	data, err := marshalIndent(names)
	if err != nil {
		return fmt.Errorf("write names: %w", err)
	}
	if err := putFile(s, fmt.Sprintf("%s/%s%08x.json", workFolder, namesPrefix, CRC32C(data)), data, newAttempt()); err != nil {
		return err
	}
	for _, name := range []string{successName, manifestName} {
		if err := s.Remove(name); err != nil {
			return err
		}
		if err := s.SyncDir("."); err != nil {
			return err
		}
	}
	return nil
}

// sweep removes the old output's files that the new one does not have, and the
// folders that they leave empty.
func (p *predecessor) sweep(s Store, names []string) error {
	gone := maps.Clone(p.ours)
	for _, name := range names {
		delete(gone, name)
	}
	folders := make(map[string]bool)
	for name := range gone {
		if err := s.Remove(name); err != nil {
			return err
		}
		for folder := path.Dir(name); folder != "."; folder = path.Dir(folder) {
			folders[folder] = true
		}
	}
	// The longest names first: a folder empties when those in it are gone.
	for _, folder := range slices.SortedFunc(maps.Keys(folders), func(a, b string) int { return len(b) - len(a) }) {
		left, err := s.List(folder)
		if err == nil && len(left) == 0 {
			err = s.Remove(folder)
		} else if err == nil {
			err = s.SyncDir(folder)
		}
		if err != nil {
			return err
		}
	}
	return s.SyncDir(".")
}
