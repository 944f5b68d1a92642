package pipeline

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/pickshard/pickshard/schema"
)

// A Verifier re-reads an output without its input.
type Verifier struct {
	Store   Store
	Formats []Format // all that pickshard knows
	// Quick checks names, sizes and what stands at the files' ends only.
	Quick bool
	// Input, where it is set, is compared with too.
	Input    *Input
	Workers  int
	Progress *Progress
	Observe  Observer
}

// A Finding is something that is wrong with an output.
type Finding struct {
	Path   string `json:"path"`
	Detail string `json:"detail"`
}

func (f Finding) String() string { return f.Path + ": " + f.Detail }

// VerifyReport is what a verification found.
type VerifyReport struct {
	Files    int       `json:"files"`
	Bytes    int64     `json:"bytes"`
	Rows     int64     `json:"rows"`
	Findings []Finding `json:"findings"`
	// Edited lists dataset cards that are not as they were written: people may edit
	// them.
	Edited []string `json:"edited,omitempty"`
}

// Verify checks that OUTPUT is what its manifest says: every file is there with
// its size and digest and no other file is, every shard is sound in structure,
// and all formats hold the same records and image bytes in the same order. The
// error is for what prevents looking; what is wrong is in the report.
func (v *Verifier) Verify(ctx context.Context) (*VerifyReport, error) {
	m, err := ReadManifest(v.Store)
	if err != nil {
		return nil, err
	}
	fields, err := m.Schema()
	if err != nil {
		return nil, fmt.Errorf("read manifest: %w", err)
	}
	r := &verification{Verifier: v, manifest: m, schema: fields, observe: serialized(v.Observe), combiner: NewCombiner(), missing: make(map[string]bool), report: VerifyReport{Findings: []Finding{}, Rows: m.Rows}}
	if size, err := v.Store.Size(successName); err != nil {
		r.find(successName, "missing: the conversion was not finished")
	} else if size != 0 {
		r.find(successName, "has %d bytes, must be empty", size)
	}
	if err := r.manifestItself(); err != nil {
		return nil, err
	}
	if v.Input != nil {
		if err := r.compareInput(); err != nil {
			return nil, err
		}
	}
	if err := r.names(); err != nil {
		return nil, err
	}
	if err := r.contents(ctx); err != nil {
		return nil, err
	}
	slices.SortFunc(r.report.Findings, func(a, b Finding) int {
		return strings.Compare(a.String(), b.String())
	})
	return &r.report, nil
}

// Schema rebuilds the schema from the manifest, which may be a stranger's.
func (m *Manifest) Schema() (*schema.Schema, error) { return SchemaOf(m.Fields) }

// SchemaOf is the schema whose fields are told so.
func SchemaOf(told []ManifestField) (*schema.Schema, error) {
	fields := make([]schema.Field, len(told))
	for i, f := range told {
		t, err := schema.ParseType(f.Type)
		if err != nil {
			return nil, fmt.Errorf("field %s: %w", f.Name, err)
		}
		fields[i] = schema.Field{Name: f.Name, Type: t, Nullable: f.Nullable, Doc: f.Doc}
	}
	return schema.New(fields)
}

type verification struct {
	*Verifier
	manifest *Manifest
	schema   *schema.Schema
	observe  Observer
	combiner *Combiner

	mu      sync.Mutex
	report  VerifyReport
	missing map[string]bool // files that names has reported: nobody reads them
}

func (r *verification) find(path, format string, args ...any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.report.Findings = append(r.report.Findings, Finding{Path: path, Detail: fmt.Sprintf(format, args...)})
}

// edited notes a card that is not as it was written.
func (r *verification) edited(name string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.report.Edited = append(r.report.Edited, name)
}

// plainly is the reason alone of an error of the store, as a finding names the
// file already.
func plainly(err error) error {
	var failed *StoreError
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return errors.New("is missing")
	case errors.As(err, &failed):
		return failed.Err
	}
	return err
}

// names compares the folder with the manifest's list of files.
func (r *verification) names() error {
	want := map[string]bool{manifestName: true, successName: true}
	for _, f := range r.manifest.files() {
		if want[f.Path] || path.Clean(f.Path) != f.Path || strings.HasPrefix(f.Path, "../") || path.IsAbs(f.Path) {
			return fmt.Errorf("read manifest: file name %q is listed twice or leaves the output folder", f.Path)
		}
		want[f.Path] = true
		r.report.Files++
		r.report.Bytes += f.Bytes
		size, err := r.Store.Size(f.Path)
		switch {
		case err != nil:
			r.missing[f.Path] = true
			r.find(f.Path, "%v", plainly(err))
		case size != f.Bytes && f.isCard():
			r.edited(f.Path)
		case size != f.Bytes:
			r.find(f.Path, "has %d bytes, the manifest says %d", size, f.Bytes)
		}
	}
	want[ReportName] = true // it may have been made since
	return r.strangers(".", want)
}

// maxFolders is how deep folders are looked into: ours are three.
const maxFolders = 10

// strangers reports files that the manifest does not name.
func (r *verification) strangers(folder string, want map[string]bool) error {
	names, err := r.Store.List(folder)
	if err != nil {
		return err
	}
	for _, name := range names {
		full := path.Join(folder, name)
		if strings.HasSuffix(name, "/") && strings.Count(full, "/") < maxFolders && len(full) <= MaxNameBytes {
			if err := r.strangers(full, want); err != nil {
				return err
			}
		} else if !want[full] {
			r.find(full, "the manifest does not name this file")
		}
	}
	return nil
}

// contents reads every file, shards side by side.
func (r *verification) contents(ctx context.Context) error {
	for _, s := range r.manifest.Splits {
		for _, sh := range s.Shards {
			r.Progress.TotalShards.Add(1)
			r.Progress.TotalRecords.Add(sh.Rows)
			for _, f := range sh.Files {
				r.Progress.TotalBytes.Add(f.Bytes)
			}
		}
	}
	for _, f := range r.manifest.Files {
		if !r.Quick && !r.missing[f.Path] {
			r.digest(f.Path, f.Bytes, f.CRC32C)
		}
	}
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(r.Workers)
	for si, s := range r.manifest.Splits {
		for i := range s.Shards {
			g.Go(func() error {
				if ctx.Err() != nil {
					return context.Cause(ctx)
				}
				if r.Quick {
					return r.footers(&s.Shards[i])
				}
				return r.shard(ctx, si, i)
			})
		}
	}
	return g.Wait()
}

// footers opens a shard's files without reading their records.
func (r *verification) footers(sh *ShardResult) error {
	for _, f := range sh.Files {
		if r.missing[f.Path] || f.Index != "" {
			continue
		}
		file, err := r.Store.Open(f.Path)
		if err != nil {
			r.find(f.Path, "%v", plainly(err))
			continue
		}
		reader, err := r.reader(f, file, file.Size())
		if err != nil {
			r.find(f.Path, "%v", err)
		} else if n := reader.Len(); n >= 0 && n != sh.Rows {
			r.find(f.Path, "has %d records, the manifest says %d", n, sh.Rows)
		}
		if err := file.Close(); err != nil {
			return err
		}
	}
	return nil
}

// digest compares a small file's bytes with its digest.
func (r *verification) digest(name string, size int64, want string) {
	sum, n, err := fileSum(r.Store, name)
	switch {
	case err != nil:
		r.find(name, "%v", plainly(err))
	case n != size:
		// names has reported it
	case sum != want && path.Base(name) == cardName:
		r.edited(name)
	case sum != want:
		r.find(name, "digest is %s, the manifest says %s", sum, want)
	}
}

// shard walks all files of a shard in step, and with them the input where there
// is one, and compares digests.
func (r *verification) shard(ctx context.Context, split, index int) error {
	s := &r.manifest.Splits[split]
	sh := &s.Shards[index]
	w := &shardWalk{verification: r, result: sh, split: s.Name}
	for _, f := range sh.Files {
		w.open(f)
	}
	if r.Input != nil {
		w.openInput(ctx, split, index)
	}
	err := w.walk(ctx)
	if err == nil {
		w.digests()
	}
	if err = errors.Join(err, w.close()); err != nil {
		return err
	}
	r.Progress.Records.Add(sh.Rows)
	r.Progress.Shards.Add(1)
	r.observe(Event{Kind: EventVerified, Split: s.Name, Shard: ShardName(s.Name, index, len(s.Shards)), Rows: sh.Rows})
	return nil
}

// compareField says how two records differ in a field; empty when they do not.
func compareField(s *schema.Schema, f int, a, b *Sample) string {
	name := s.Field(f).Name
	if !s.Field(f).Type.Images() {
		x, y := a.Values[f], b.Values[f]
		if !schema.ValuesEqual(x.Array, x.Row, y.Array, y.Row) {
			return "value of " + name
		}
		return ""
	}
	x, y := a.Images[f], b.Images[f]
	switch {
	case (x == nil) != (y == nil):
		return "image " + name + " is null in one"
	case len(x) != len(y):
		return fmt.Sprintf("number of images %s, %d and %d", name, len(x), len(y))
	}
	for i := range x {
		switch {
		case (x[i].Bytes == nil) != (y[i].Bytes == nil):
			return "image " + name + " is null in one"
		case !bytes.Equal(x[i].Bytes, y[i].Bytes):
			return "bytes of image " + name
		case a.Named && b.Named && !s.Field(f).Type.Plain && x[i].Name != y[i].Name:
			return "name of image " + name
		}
	}
	return ""
}
