package pipeline

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/pickshard/pickshard/schema"
)

// shardWalk reads a shard's files in step, record by record, and the input's
// records with them where there is one.
type shardWalk struct {
	*verification
	result *ShardResult
	split  string
	files  []openShard
	images *contents
	stats  map[string]*ImageStat // of the first sound file, by field
}

type openShard struct {
	path   string
	want   ShardFile
	tally  *tally // nil for the input
	close  func() error
	reader ShardReader
	broken bool
}

// open opens one of the shard's files, but for indexes. What cannot be read is still
// digested.
func (w *shardWalk) open(f ShardFile) {
	if w.missing[f.Path] || f.Index != "" {
		return
	}
	file, err := w.Store.Open(f.Path)
	if err != nil {
		w.find(f.Path, "%v", plainly(err))
		return
	}
	o := openShard{path: f.Path, want: f, tally: newTally(file, w.combiner), close: file.Close}
	if o.reader, err = w.reader(f, o.tally, file.Size()); err != nil {
		w.find(f.Path, "%v", err)
		o.broken = true
	}
	w.files = append(w.files, o)
}

// reader opens a file with its format, and checks the number of records where
// the file tells it.
func (r *verification) reader(f ShardFile, at io.ReaderAt, size int64) (ShardReader, error) {
	i := slices.IndexFunc(r.Formats, func(g Format) bool { return g.Name() == f.Format })
	if i < 0 {
		return nil, fmt.Errorf("format %q is not known", f.Format)
	}
	return r.Formats[i].Open(at, size, r.schema, r.manifest.Traits[f.Format])
}

// digests compares all files' sums, reading what the walk has not.
func (w *shardWalk) digests() {
	w.indexes()
	for i := range w.files {
		f := &w.files[i]
		if f.tally == nil {
			continue
		}
		sum, err := f.tally.Sum()
		switch text := fmt.Sprintf("%08x", sum); {
		case err != nil:
			w.find(f.path, "%v", err)
		case f.tally.file.Size() != f.want.Bytes:
			// names has reported it
		case text != f.want.CRC32C:
			w.find(f.path, "digest is %s, the manifest says %s", text, f.want.CRC32C)
		}
		w.Progress.Bytes.Add(f.want.Bytes)
	}
}

func (w *shardWalk) close() error {
	var errs []error
	for _, f := range w.files {
		errs = append(errs, f.close())
	}
	return errors.Join(errs...)
}

// walk compares record after record, and then that all files end together.
func (w *shardWalk) walk(ctx context.Context) error {
	for _, f := range w.files {
		if f.reader == nil {
			continue
		}
		if n := f.reader.Len(); n >= 0 && n != w.result.Rows {
			w.find(f.path, "has %d records, the manifest says %d", n, w.result.Rows)
		}
	}
	samples := make([]Sample, len(w.files))
	w.images, w.stats = newContents(w.schema), make(map[string]*ImageStat)
	// No further than there are records, whatever the manifest says.
	for row, more := int64(0), true; more && row <= w.result.Rows; row++ {
		if row%64 == 0 && ctx.Err() != nil {
			return context.Cause(ctx)
		}
		first := -1
		more = false
		for i := range w.files {
			if !w.next(i, row, &samples[i]) {
				continue
			}
			more = true
			if first < 0 {
				first = i
				w.count(&samples[i])
				continue
			}
			if diff := compareSamples(w.schema, &samples[first], &samples[i]); diff != "" {
				w.find(w.files[first].path, "record %d differs from %s: %s", row, w.files[i].path, diff)
				w.files[i].broken = true
			}
		}
	}
	w.totals()
	return nil
}

// count takes a record's images into the shard's totals.
func (w *shardWalk) count(s *Sample) {
	for _, f := range w.schema.Images() {
		name := w.schema.Field(f).Name
		if s.Images[f] == nil && !w.schema.Field(f).Type.ImageList() {
			w.images.add(NoImage, 0)
		}
		for _, m := range s.Images[f] {
			if m.Bytes == nil {
				w.images.add(NoImage, 0)
				continue
			}
			w.images.add(int64(len(m.Bytes)), CRC32C(m.Bytes))
			if w.stats[name] == nil {
				w.stats[name] = &ImageStat{Field: name}
			}
			w.stats[name].Count++
			w.stats[name].Bytes += int64(len(m.Bytes))
		}
	}
}

// totals compares what was counted with what the manifest says, where there was
// a file that could be read to its end.
func (w *shardWalk) totals() {
	if !slices.ContainsFunc(w.files, func(f openShard) bool { return !f.broken }) {
		return
	}
	where := w.files[0].path
	if got := w.images.sum(); got != w.result.Contents {
		w.find(where, "the images' digest is %s, the manifest says %s", got, w.result.Contents)
	}
	told := make(map[string]ImageStat)
	for _, st := range w.result.Images {
		sum := told[st.Field]
		sum.Count, sum.Bytes = sum.Count+st.Count, sum.Bytes+st.Bytes
		told[st.Field] = sum
	}
	for _, f := range w.schema.Images() {
		name := w.schema.Field(f).Name
		var got ImageStat
		if st := w.stats[name]; st != nil {
			got.Count, got.Bytes = st.Count, st.Bytes
		}
		if got != told[name] {
			w.find(where, "has %d images of %s with %d bytes, the manifest says %d with %d", got.Count, name, got.Bytes, told[name].Count, told[name].Bytes)
		}
	}
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
		if diff := compareField(s, f, a, b); diff != "" {
			return diff
		}
	}
	if a.Key != "" && b.Key != "" && a.Key != b.Key {
		return "key"
	}
	return ""
}
