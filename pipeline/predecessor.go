package pipeline

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"runtime"
	"slices"
	"strings"
	"sync"

	"golang.org/x/sync/errgroup"
)

const (
	oldName   = workFolder + "/old.json"
	keptName  = workFolder + "/kept.json"
	cardsName = workFolder + "/cards.json"
	newPrefix = "new-"
)

// predecessor is the output that an update replaces.
type predecessor struct {
	manifest *Manifest
	// ours tells, by final name, what the old output or an earlier, unfinished
	// update has written there: the only files that may be replaced or removed.
	ours map[string][]ManifestFile
	// proven are those that still are what was written, see prove.
	proven map[string]bool
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
	m, err := j.readOld(oldName)
	if errors.Is(err, fs.ErrNotExist) {
		m, err = j.readOld(manifestName)
		if errors.Is(err, fs.ErrNotExist) {
			return nil, nil
		}
	}
	if err != nil {
		return nil, err
	}
	p := &predecessor{manifest: m, ours: make(map[string][]ManifestFile)}
	p.wrote(m)
	names, err := j.Store.List(workFolder)
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		if !strings.HasPrefix(name, newPrefix) {
			continue
		}
		p.cut = true
		m, err := j.readOld(workFolder + "/" + name)
		if err != nil {
			return nil, err
		}
		p.wrote(m)
	}
	return p, nil
}

// wrote takes the files of a manifest for ours.
func (p *predecessor) wrote(m *Manifest) {
	for _, f := range m.files() {
		p.ours[f.Path] = append(p.ours[f.Path], f)
	}
}

// readOld reads a manifest that says which files are ours: each must have the
// name that we give it.
func (j *Job) readOld(name string) (*Manifest, error) {
	m, err := readManifestAt(j.Store, name)
	if err != nil {
		return nil, err
	}
	if err := m.checkShards(j.known()); err != nil {
		return nil, WithHint(fmt.Errorf("read manifest: %s was not written by pickshard: %w", name, err), damagedHint)
	}
	return m, nil
}

// known are all formats that an old output may have.
func (j *Job) known() []Format {
	if j.Formats == nil {
		return j.Spec.Formats
	}
	return j.Formats
}

// begin writes down what is replaced and what stays, before anything else is
// written. The lock is held.
func (p *predecessor) begin(s Store, planID string) error {
	attempt := newAttempt()
	if err := putFile(s, oldName, p.manifest.raw, attempt); err != nil {
		return err
	}
	kept := keptFile{Plan: planID, Shards: p.kept.kept()}
	data, err := marshalIndent(kept)
	if err != nil {
		return fmt.Errorf("write %s: %w", keptName, err)
	}
	if err := s.Remove(keptName); err != nil {
		return err
	}
	return putFile(s, keptName, data, attempt)
}

// shardFiles are the files of the old output's shards, by name.
func (p *predecessor) shardFiles() map[string]ShardFile {
	files := make(map[string]ShardFile)
	if p == nil {
		return files
	}
	for _, s := range p.manifest.Splits {
		for _, sh := range s.Shards {
			for _, f := range sh.Files {
				files[f.Path] = f
			}
		}
	}
	return files
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
	if err := unmarshalStrict(data, &kept); err != nil {
		return nil, fmt.Errorf("read %s: %w", keptName, err)
	}
	if kept.Plan != planID {
		return nil, nil
	}
	shards := make(map[string]*ShardRecord)
	for _, rec := range kept.Shards {
		if rec == nil {
			return nil, fmt.Errorf("read %s: a shard is null", keptName)
		}
		shards[rec.Shard] = rec
	}
	return shards, nil
}

// prove reads all files that are to be replaced or removed, and wants each to be
// what was written there: what someone has put or changed in OUTPUT stays. Those
// that stay, under this name or another, need not be read; and cards that the fresh
// output has too may be edited, as their text is laid into the new one.
func (p *predecessor) prove(ctx context.Context, s Store, stay map[string]bool, fresh *Manifest) error {
	if size, err := s.Size(successName); err == nil && size != 0 {
		return notOurs(successName)
	}
	if err := sameBytes(s, manifestName, p.manifest.raw); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	p.proven = make(map[string]bool)
	cards := make(map[string]bool)
	for i := range fresh.Files {
		cards[fresh.Files[i].Path] = fresh.Files[i].isCard()
	}
	var mu sync.Mutex
	g, work := errgroup.WithContext(ctx)
	g.SetLimit(runtime.GOMAXPROCS(0))
	for _, name := range slices.Sorted(maps.Keys(p.ours)) {
		if stay[name] || cards[name] {
			mu.Lock()
			p.proven[name] = true
			mu.Unlock()
			continue
		}
		g.Go(func() error {
			if work.Err() != nil {
				return context.Cause(work)
			}
			found, err := p.unchanged(s, name)
			mu.Lock()
			defer mu.Unlock()
			p.proven[name] = found
			return err
		})
	}
	return g.Wait()
}

// unchanged says whether a file of ours is there, and is what was written.
func (p *predecessor) unchanged(s Store, name string) (bool, error) {
	size, err := s.Size(name)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	sized := func(f ManifestFile) bool { return f.Bytes == size }
	if !slices.ContainsFunc(p.ours[name], sized) {
		return false, notOurs(name)
	}
	sum, size, err := fileSum(s, name)
	if err != nil {
		return false, err
	}
	same := func(f ManifestFile) bool { return f.Bytes == size && f.CRC32C == sum }
	if !slices.ContainsFunc(p.ours[name], same) {
		return false, notOurs(name)
	}
	return true, nil
}

func notOurs(name string) error {
	return WithHint(fmt.Errorf("%s was changed since it was written", name),
		"an update replaces only what it wrote: move the file away, and run the same command again")
}

// replace takes away what says that the old output is whole, before the first of
// its files goes. fresh is the manifest that the new output will have.
func (p *predecessor) replace(s Store, fresh []byte) error {
	if err := putFile(s, fmt.Sprintf("%s/%s%08x.json", workFolder, newPrefix, CRC32C(fresh)), fresh, newAttempt()); err != nil {
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
func (p *predecessor) sweep(s Store, fresh *Manifest) error {
	gone := maps.Clone(p.proven)
	for _, f := range fresh.files() {
		delete(gone, f.Path)
	}
	folders := make(map[string]bool)
	for name, ours := range gone {
		if ours {
			if err := s.Remove(name); err != nil {
				return err
			}
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
