package pipeline

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
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
	// Quick checks names and sizes only.
	Quick    bool
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
}

// Verify checks that OUTPUT is what its manifest says: every file is there with
// its size and digest and no other file is, every shard is sound in structure,
// and all formats hold the same records and image bytes in the same order. The
// error is for what prevents looking; what is wrong is in the report.
func (v *Verifier) Verify(ctx context.Context) (*VerifyReport, error) {
	m, err := ReadManifest(v.Store)
	if err != nil {
		return nil, WithHint(err, "OUTPUT must be a folder that `pickshard convert` finished")
	}
	fields, err := m.schema()
	if err != nil {
		return nil, fmt.Errorf("read manifest: %w", err)
	}
	r := &verification{Verifier: v, manifest: m, schema: fields, observe: serialized(v.Observe), report: VerifyReport{Rows: m.Rows}}
	if _, err := v.Store.Size(successName); err != nil {
		r.find(successName, "missing: the conversion was not finished")
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

// schema rebuilds the schema from the manifest.
func (m *Manifest) schema() (*schema.Schema, error) {
	fields := make([]schema.Field, len(m.Fields))
	for i, f := range m.Fields {
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

	mu     sync.Mutex
	report VerifyReport
}

func (r *verification) find(path, format string, args ...any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.report.Findings = append(r.report.Findings, Finding{Path: path, Detail: fmt.Sprintf(format, args...)})
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
			r.find(f.Path, "%v", err)
		case size != f.Bytes:
			r.find(f.Path, "has %d bytes, the manifest says %d", size, f.Bytes)
		}
	}
	return r.strangers(".", want)
}

// strangers reports files that the manifest does not name.
func (r *verification) strangers(folder string, want map[string]bool) error {
	names, err := r.Store.List(folder)
	if err != nil {
		return err
	}
	for _, name := range names {
		full := path.Join(folder, name)
		if strings.HasSuffix(name, "/") {
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
	if r.Quick {
		return nil
	}
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
		r.digest(f.Path, f.Bytes, f.CRC32C)
	}
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(r.Workers)
	for _, s := range r.manifest.Splits {
		for i := range s.Shards {
			g.Go(func() error {
				if ctx.Err() != nil {
					return context.Cause(ctx)
				}
				return r.shard(ctx, s.Name, ShardName(s.Name, i, len(s.Shards)), &s.Shards[i])
			})
		}
	}
	return g.Wait()
}

// digest compares a file's bytes with its digest; false when they differ or
// cannot be read.
func (r *verification) digest(name string, size int64, want string) bool {
	sum, n, err := fileSum(r.Store, name)
	switch {
	case err != nil:
		r.find(name, "%v", err)
	case n != size:
		// names has reported it
	case sum != want:
		r.find(name, "digest is %s, the manifest says %s", sum, want)
	default:
		return true
	}
	return false
}

// shard checks a shard's digests, then walks all formats in step.
func (r *verification) shard(ctx context.Context, split, name string, sh *ShardResult) error {
	w := &shardWalk{verification: r, result: sh, split: split}
	for _, f := range sh.Files {
		ok := r.digest(f.Path, f.Bytes, f.CRC32C)
		r.Progress.Bytes.Add(f.Bytes)
		if !ok {
			continue
		}
		if err := w.open(f); err != nil {
			r.find(f.Path, "%v", err)
		}
	}
	err := w.walk(ctx)
	if err = errors.Join(err, w.close()); err != nil {
		return err
	}
	r.Progress.Records.Add(sh.Rows)
	r.Progress.Shards.Add(1)
	r.observe(Event{Kind: EventVerified, Split: split, Shard: name, Rows: sh.Rows})
	return nil
}

// shardWalk reads a shard's files in step, record by record.
type shardWalk struct {
	*verification
	result *ShardResult
	split  string
	files  []openShard
}

type openShard struct {
	path   string
	file   ReadFile
	reader ShardReader
	broken bool
}

func (w *shardWalk) open(f ShardFile) error {
	i := slices.IndexFunc(w.Formats, func(g Format) bool { return g.Name() == f.Format })
	if i < 0 {
		return fmt.Errorf("format %q is not known", f.Format)
	}
	file, err := w.Store.Open(f.Path)
	if err != nil {
		return err
	}
	reader, err := w.Formats[i].Open(file, file.Size(), w.schema)
	if err != nil {
		return errors.Join(err, file.Close())
	}
	if n := reader.Len(); n >= 0 && n != w.result.Rows {
		w.find(f.Path, "has %d records, the manifest says %d", n, w.result.Rows)
	}
	w.files = append(w.files, openShard{path: f.Path, file: file, reader: reader})
	return nil
}

func (w *shardWalk) close() error {
	var errs []error
	for _, f := range w.files {
		errs = append(errs, f.file.Close())
	}
	return errors.Join(errs...)
}

// walk compares record after record, and then that all files end together.
func (w *shardWalk) walk(ctx context.Context) error {
	samples := make([]Sample, len(w.files))
	for row := int64(0); row <= w.result.Rows; row++ {
		if row%64 == 0 && ctx.Err() != nil {
			return context.Cause(ctx)
		}
		first := -1
		for i := range w.files {
			if !w.next(i, row, &samples[i]) {
				continue
			}
			if first < 0 {
				first = i
				continue
			}
			if diff := compareSamples(w.schema, &samples[first], &samples[i]); diff != "" {
				w.find(w.files[i].path, "record %d differs from %s: %s", row, w.files[first].path, diff)
				w.files[i].broken = true
			}
		}
	}
	return nil
}

// next reads one record of a file; the one after the last must be the end.
func (w *shardWalk) next(i int, row int64, s *Sample) bool {
	f := &w.files[i]
	if f.broken {
		return false
	}
	sample, err := f.reader.Next()
	last := row == w.result.Rows
	switch {
	case errors.Is(err, io.EOF) && last:
		return false
	case errors.Is(err, io.EOF):
		w.find(f.path, "ends after %d records, the manifest says %d", row, w.result.Rows)
	case err != nil:
		w.find(f.path, "record %d: %v", row, err)
	case last:
		w.find(f.path, "has more than the %d records that the manifest says", w.result.Rows)
	default:
		if bad := w.keys(sample, row); bad != "" {
			w.find(f.path, "%s", bad)
		}
		*s = sample
		return true
	}
	f.broken = true
	return false
}

// keys checks the first and last key where the format has keys.
func (w *shardWalk) keys(s Sample, row int64) string {
	switch {
	case s.Key == "":
	case row == 0 && s.Key != w.result.FirstKey:
		return fmt.Sprintf("first key is %s, the manifest says %s", s.Key, w.result.FirstKey)
	case row == w.result.Rows-1 && s.Key != w.result.LastKey:
		return fmt.Sprintf("last key is %s, the manifest says %s", s.Key, w.result.LastKey)
	}
	return ""
}

// compareSamples says how two records differ; empty when they are equal.
func compareSamples(s *schema.Schema, a, b *Sample) string {
	for f := range s.Len() {
		name := s.Field(f).Name
		if s.Field(f).Type.Kind == schema.Image {
			switch {
			case (a.Images[f] == nil) != (b.Images[f] == nil):
				return "image " + name + " is null in one"
			case !bytes.Equal(a.Images[f], b.Images[f]):
				return "bytes of image " + name
			}
			continue
		}
		if !equalCells(a.Values[f], b.Values[f]) {
			return "value of " + name
		}
	}
	return ""
}
