package pipeline

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"syscall"

	"github.com/pickshard/pickshard/schema"
)

// finalizer gives a finished run its final names. Every step may have been done
// by a run that was cut short: doing it again changes nothing.
type finalizer struct {
	store    Store
	spec     *Spec
	plan     *Plan
	tasks    Tasks
	identity Identity
	records  *recordSet
	old      *predecessor // nil when there is nothing to replace
	reporter Reporter     // nil: no page
	// unchanged says whether the input still is what the plan was made of, once all is read
	// and before the first final name; nil where that is not this process's to say.
	unchanged func(ctx context.Context) error
}

func (j *Job) finalizer(p *Plan, tasks Tasks, id Identity, records *recordSet) *finalizer {
	return &finalizer{store: j.Store, spec: j.Spec, plan: p, tasks: tasks, identity: id, records: records, reporter: j.Report}
}

// published tells what a finalizer has come to.
func published(m *Manifest, err error, observe Observer) (*Manifest, error) {
	if err != nil {
		return nil, fmt.Errorf("publish output: %w", err)
	}
	observe(Event{Kind: EventPublished, Rows: m.Rows, Bytes: m.Bytes})
	return m, nil
}

// run publishes the shards in the plan's order, then the files beside them,
// then the manifest; removes the work folder; and puts _SUCCESS last of all.
func (f *finalizer) run(ctx context.Context) (*Manifest, error) {
	m, err := f.manifest(ctx)
	if err != nil {
		return nil, err
	}
	if err := f.addReport(ctx, m); err != nil {
		return nil, err
	}
	data, err := m.bytes()
	if err != nil {
		return nil, err
	}
	if f.unchanged != nil {
		if err := f.unchanged(ctx); err != nil {
			return nil, err
		}
	}
	if f.old != nil {
		if err := f.old.prove(ctx, f.store, f.staying(), m); err != nil {
			return nil, err
		}
		edited, err := f.editedCards(m)
		if err != nil {
			return nil, err
		}
		for i := range m.Files {
			if text, ok := edited[m.Files[i].Path]; ok {
				m.Files[i].data = mergeCard(text, m.Files[i].data)
			}
		}
		if err := f.old.replace(f.store, data); err != nil {
			return nil, err
		}
	}
	if err := f.publishShards(ctx); err != nil {
		return nil, err
	}
	attempt := newAttempt()
	for i := range m.Files {
		if err := f.makeRoom(&m.Files[i]); err != nil {
			return nil, err
		}
		if err := putFile(f.store, m.Files[i].Path, m.Files[i].data, attempt); err != nil {
			return nil, err
		}
	}
	if f.old != nil {
		if err := f.old.sweep(f.store, m); err != nil {
			return nil, err
		}
	}
	if err := putFile(f.store, manifestName, data, attempt); err != nil {
		return nil, err
	}
	return m, succeed(f.store)
}

// staying are the names of files that an update keeps, under these or others.
func (f *finalizer) staying() map[string]bool {
	stay := make(map[string]bool)
	for _, split := range f.records.records {
		for _, rec := range split {
			if rec != nil {
				for _, name := range rec.Attempts {
					stay[name] = true
				}
			}
		}
	}
	return stay
}

func (f *finalizer) publishShards(ctx context.Context) error {
	folders := make(map[string]bool)
	for si, s := range f.plan.Splits {
		for i := range s.Shards {
			if ctx.Err() != nil {
				return context.Cause(ctx)
			}
			rec := f.records.records[si][i]
			if rec == nil {
				return fmt.Errorf("shard %s has no record", ShardName(s.Name, i, len(s.Shards)))
			}
			for _, file := range rec.Built.Files {
				if err := f.publish(rec.Attempts[file.part()], file); err != nil {
					return err
				}
				// A run that was cut short may have made the folders above, too.
				for folder := path.Dir(file.Path); !folders[folder]; folder = path.Dir(folder) {
					folders[folder] = true
				}
			}
		}
	}
	for folder := range folders {
		if err := f.store.SyncDir(folder); err != nil {
			return err
		}
	}
	return nil
}

// publish gives a shard's file its final name. The name may be taken by the
// same file (an earlier run got so far), or by the same bytes.
func (f *finalizer) publish(attempt string, file ShardFile) error {
	if attempt == file.Path {
		return nil // an update keeps it
	}
	err := f.store.Publish(attempt, file.Path)
	if err == nil {
		return nil
	}
	if errors.Is(err, fs.ErrExist) {
		if same, serr := f.store.Same(attempt, file.Path); serr == nil && same {
			return nil
		}
	} else if !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if f.old != nil && f.old.proven[file.Path] {
		if done, err := f.exchange(attempt, file.Path); done || err != nil {
			return err
		}
	}
	// The attempt's own name is gone, or another file has the final one.
	sum, size, serr := fileSum(f.store, file.Path)
	if serr != nil {
		return errors.Join(err, serr)
	}
	if size == file.Bytes && sum == file.CRC32C {
		return nil
	}
	return WithHint(fmt.Errorf("%s is there already with other content", file.Path), "remove it, and run the same command again")
}

// exchange gives a name of the old output to a file of the new one. It does
// nothing when an earlier run has moved that file already.
func (f *finalizer) exchange(attempt, name string) (done bool, err error) {
	if _, err := f.store.Size(attempt); err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			err = nil
		}
		return false, err
	}
	if err := f.store.Remove(name); err != nil {
		return false, err
	}
	return true, f.store.Publish(attempt, name)
}

// makeRoom removes an old side file that is not what the new one will be.
func (f *finalizer) makeRoom(file *ManifestFile) error {
	if f.old == nil || !f.old.proven[file.Path] || sameBytes(f.store, file.Path, file.data) == nil {
		return nil
	}
	return f.store.Remove(file.Path)
}

// fileSum reads a whole file for its digest.
func fileSum(s Store, name string) (sum string, size int64, err error) {
	file, err := s.Open(name)
	if err != nil {
		return "", 0, err
	}
	crc, err := sumReader(io.NewSectionReader(file, 0, file.Size()), file.Size())
	if err = errors.Join(err, file.Close()); err != nil {
		return "", 0, fmt.Errorf("digest %s: %w", name, err)
	}
	return fmt.Sprintf("%08x", crc), file.Size(), nil
}

func sumReader(r io.Reader, size int64) (uint32, error) {
	buf := make([]byte, min(size+1, 1<<20))
	crc := uint32(0)
	for {
		n, err := r.Read(buf)
		crc = UpdateCRC32C(crc, buf[:n])
		if errors.Is(err, io.EOF) {
			return crc, nil
		}
		if err != nil {
			return crc, err
		}
	}
}

// manifest describes the run; Files carry their bytes along.
func (f *finalizer) manifest(ctx context.Context) (*Manifest, error) {
	p := f.plan
	m := &Manifest{
		Version: 1,
		Tool:    Tool{Name: "pickshard", Version: f.spec.Tool, Layout: LayoutVersion},
		Name:    p.Name, Plan: f.identity.ID(), Identity: f.identity, Config: f.spec.Used,
		Fields: manifestFields(f.spec.Schema), Formats: p.Formats, Traits: p.Traits,
	}
	var err error
	if m.Form, err = f.spec.form(); err != nil {
		return nil, err
	}
	for si, s := range p.Splits {
		ms := ManifestSplit{Name: s.Name, Records: s.Records, Images: s.Images, RowsIn: s.Rows, Filtered: s.Filtered}
		violations := slices.Clone(s.Dropped)
		var pass ShardFindings
		for i, rec := range f.records.records[si] {
			pass.add(&rec.Built.Found)
			if len(rec.Built.Found.Warnings) > 0 {
				task, err := f.tasks.Task(ShardID{si, i})
				if err != nil {
					return nil, err
				}
				m.Violations = append(m.Violations, rec.Built.Found.violations(task.Records, task.Order)...)
			}
			ms.Shards = append(ms.Shards, rec.Built)
			ms.Rows += rec.Built.Rows
			ms.Bytes += rec.bytes()
			violations = append(violations, rec.Built.Dropped...)
		}
		sortViolations(violations, f.spec.Splits)
		if len(violations) > 0 {
			ms.Dropped = make(map[string]int64)
			for _, v := range violations {
				ms.Dropped[v.Rule]++
			}
			m.Dropped += int64(countRecords(violations))
		}
		if err := f.addQuarantine(m, si, violations); err != nil {
			return nil, err
		}
		m.Rules = append(m.Rules, f.spec.settle(p.resultsOf(s.Name), s.Name, &pass)...)
		m.Violations = append(m.Violations, violations...)
		m.Splits = append(m.Splits, ms)
		m.Rows += ms.Rows
		m.Bytes += ms.Bytes
	}
	m.Rules = append(m.Rules, p.resultsOf("")...)
	m.Violations = append(m.Violations, p.Violations...)
	f.spec.tell(m)
	if stops := slices.DeleteFunc(slices.Clone(m.Rules), func(r RuleResult) bool { return !r.Stops() }); len(stops) > 0 {
		return nil, &ViolationsError{Results: stops, First: stopping(m.Violations, stops), Total: m.Dropped}
	}
	return m, f.addSideFiles(ctx, m)
}

// FieldsOf tells the fields of a schema, for SchemaOf.
func FieldsOf(s *schema.Schema) []ManifestField { return manifestFields(s) }

func manifestFields(s *schema.Schema) []ManifestField {
	fields := make([]ManifestField, s.Len())
	for i := range fields {
		f := s.Field(i)
		fields[i] = ManifestField{Name: f.Name, Type: f.Type.String(), Nullable: f.Nullable, Doc: f.Doc}
	}
	return fields
}

func (f *finalizer) addQuarantine(m *Manifest, split int, violations []Violation) error {
	violations = slices.DeleteFunc(slices.Clone(violations), func(v Violation) bool { return f.spec.severity(&v) != SeverityQuarantine })
	if len(violations) == 0 {
		return nil
	}
	data, err := f.quarantined(split, violations)
	if err != nil {
		return err
	}
	m.addFile(quarantineName(f.plan.Splits[split].Name), data)
	return nil
}

func (f *finalizer) addSideFiles(ctx context.Context, m *Manifest) error {
	gallery, err := f.gallery(ctx, m)
	if err != nil {
		return err
	}
	for _, format := range f.spec.Formats {
		d := dataset(m, f.spec, format.Name())
		d.Gallery = gallery
		files, err := format.SideFiles(d)
		if err != nil {
			return fmt.Errorf("describe %s: %w", format.Name(), err)
		}
		for _, file := range files {
			m.addFile(format.Name()+"/"+file.Name, file.Data)
			if file.Name == cardName {
				m.addGallery(format.Name(), gallery)
			}
		}
	}
	return nil
}

func (m *Manifest) addFile(name string, data []byte) {
	m.Files = append(m.Files, ManifestFile{Path: name, Bytes: int64(len(data)), CRC32C: fmt.Sprintf("%08x", CRC32C(data)), data: data})
}

// dataset is the manifest as side files of a format may tell it.
func dataset(m *Manifest, spec *Spec, format string) *Dataset {
	d := &Dataset{Name: m.Name, Schema: spec.Schema, Traits: m.Traits[format], Card: spec.Card, Tool: m.Tool, Config: spec.Told}
	for _, ms := range m.Splits {
		split := DatasetSplit{Name: ms.Name, Rows: ms.Rows, Records: ms.Records, Dropped: ms.RowsIn - ms.Rows}
		for _, sh := range ms.Shards {
			split.ArrowBytes += sh.ArrowBytes
			split.Images = mergeStats(split.Images, sh.Images)
			split.Shards = append(split.Shards, sh.Rows)
			for _, file := range sh.Files {
				if file.Format == format && file.Index == "" {
					split.FileBytes += file.Bytes
					split.ShardBytes = append(split.ShardBytes, file.Bytes)
				}
			}
		}
		d.Splits = append(d.Splits, split)
	}
	return d
}

// mergeStats adds up image statistics that are sorted by field and format.
func mergeStats(a, b []ImageStat) []ImageStat {
	for _, s := range b {
		i, found := slices.BinarySearchFunc(a, s, compareStats)
		if !found {
			a = slices.Insert(a, i, s)
			continue
		}
		a[i].Count, a[i].Bytes, a[i].Items = a[i].Count+s.Count, a[i].Bytes+s.Bytes, max(a[i].Items, s.Items)
		a[i].MinWidth, a[i].MaxWidth = min(a[i].MinWidth, s.MinWidth), max(a[i].MaxWidth, s.MaxWidth)
		a[i].MinHeight, a[i].MaxHeight = min(a[i].MinHeight, s.MinHeight), max(a[i].MaxHeight, s.MaxHeight)
	}
	return a
}

// compareStats orders image statistics by field and format.
func compareStats(a, b ImageStat) int {
	return cmp.Or(cmp.Compare(a.Field, b.Field), cmp.Compare(a.Format, b.Format))
}

// succeed removes the work folder of a run whose output is whole, and puts
// _SUCCESS last of all. The manifest is there by now, so a run that is cut
// short here is finished by the same command (Job.complete).
func succeed(s Store) error {
	// A worker that comes late may put a file there once more, and takes it away again.
	for n := 1; ; n++ {
		err := sweepWork(s)
		for _, name := range []string{LockName, workFolder} {
			if err == nil {
				err = s.Remove(name)
			}
		}
		if err == nil {
			break
		}
		if n == maxSweeps || !errors.Is(err, syscall.ENOTEMPTY) {
			return err
		}
	}
	// The work folder is gone for sure before _SUCCESS can be there.
	if err := s.SyncDir("."); err != nil {
		return err
	}
	file, err := s.Create(successName)
	if errors.Is(err, fs.ErrExist) {
		return s.SyncDir(".")
	}
	if err != nil {
		return err
	}
	if err := errors.Join(file.Sync(), file.Close()); err != nil {
		return err
	}
	return s.SyncDir(".")
}

// maxSweeps bounds how often the work folder is swept before that is an error.
const maxSweeps = 10

// sweepWork empties the work folder but for the lock.
func sweepWork(s Store) error {
	files, err := workFiles(s)
	if err != nil {
		return err
	}
	for _, name := range files {
		if err := s.Remove(name); err != nil {
			return err
		}
	}
	return nil
}
