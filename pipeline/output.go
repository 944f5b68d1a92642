package pipeline

import (
	"errors"
	"fmt"
	"io"
	"path"
	"slices"

	"github.com/pickshard/pickshard/schema"
)

// An Output is an output that is looked at record by record, without its input, and
// without reading an image that nobody asks for. It is safe for concurrent use.
type Output struct {
	Manifest *Manifest
	Schema   *schema.Schema

	store   Store
	formats []Format                  // of the manifest, those first that tell images' names
	place   func(f *ShardFile) string // where a file lies
}

// OpenOutput opens an output that convert finished. known are all formats that
// pickshard knows. The manifest is not taken on trust: it names only files that
// pickshard gives such names, under the store's folder.
func OpenOutput(s Store, known []Format) (*Output, error) {
	m, err := ReadManifest(s)
	if err != nil {
		return nil, err
	}
	if err := m.checkShards(known); err != nil {
		return nil, WithHint(fmt.Errorf("read manifest: %w", err), damagedHint)
	}
	return newOutput(s, known, m, func(f *ShardFile) string { return f.Path })
}

func newOutput(s Store, known []Format, m *Manifest, place func(*ShardFile) string) (*Output, error) {
	fields, err := m.Schema()
	if err != nil {
		return nil, WithHint(fmt.Errorf("read manifest: %w", err), damagedHint)
	}
	o := &Output{Manifest: m, Schema: fields, store: s, place: place}
	for _, f := range known {
		if slices.Contains(m.Formats, f.Name()) {
			o.formats = append(o.formats, f)
		}
	}
	slices.SortStableFunc(o.formats, func(a, b Format) int {
		switch {
		case a.Keyed() == b.Keyed():
			return 0
		case a.Keyed():
			return 1
		}
		return -1
	})
	return o, nil
}

// Has says whether the manifest lists a file of that name beside the shards.
func (m *Manifest) Has(name string) bool {
	return slices.ContainsFunc(m.Files, func(f ManifestFile) bool { return path.Clean(f.Path) == name })
}

// A Browser goes over a shard's records, in order. Samples tell where images lie.
type Browser struct {
	ShardReader
	file ReadFile
	path string
	left int64 // records
}

// Browse opens a shard in the format that costs least. The caller closes it.
func (o *Output) Browse(split, index int) (*Browser, error) {
	format, f, err := o.file(split, index)
	if err != nil {
		return nil, err
	}
	file, err := o.store.Open(o.place(f))
	if err != nil {
		return nil, err
	}
	r, err := format.Browse(file, file.Size(), o.Schema, o.Manifest.Traits[format.Name()])
	if err != nil {
		return nil, errors.Join(broken(f.Path, err), file.Close())
	}
	return &Browser{ShardReader: r, file: file, path: f.Path, left: o.Manifest.Splits[split].Shards[index].Rows}, nil
}

func broken(path string, err error) error {
	return WithHint(fmt.Errorf("browse %s: %w", path, err), "the file is damaged: `pickshard verify` says all that is wrong with the output")
}

// Next returns the next record. The shard must have as many as the manifest says.
func (b *Browser) Next() (Sample, error) {
	s, err := b.ShardReader.Next()
	switch {
	case err == nil && b.left == 0:
		err = broken(b.path, errors.New("more records than the manifest says"))
	case errors.Is(err, io.EOF) && b.left == 0:
	case errors.Is(err, io.EOF):
		err = broken(b.path, fmt.Errorf("%d records less than the manifest says", b.left))
	case err != nil:
		err = broken(b.path, err)
	}
	b.left--
	return s, err
}

// file is the shard's file in the first format.
func (o *Output) file(split, index int) (Format, *ShardFile, error) {
	s := &o.Manifest.Splits[split]
	for _, format := range o.formats {
		for k := range s.Shards[index].Files {
			if f := &s.Shards[index].Files[k]; f.Format == format.Name() && f.Index == "" {
				return format, f, nil
			}
		}
	}
	return nil, nil, fmt.Errorf("shard %s has no file", ShardName(s.Name, index, len(s.Shards)))
}

// Image is an image whose place a sample of this shard has told.
func (b *Browser) Image(m SampleImage) *io.SectionReader {
	return io.NewSectionReader(b.file, m.At, m.Size)
}

// Close closes the shard's file.
func (b *Browser) Close() error { return b.file.Close() }

// ReadImage reads an image whose place a sample of that shard has told.
func (o *Output) ReadImage(split, index int, m SampleImage) ([]byte, error) {
	_, f, err := o.file(split, index)
	if err != nil {
		return nil, err
	}
	file, err := o.store.Open(o.place(f))
	if err != nil {
		return nil, err
	}
	if m.At < 0 || m.Size < 0 || m.Size > file.Size()-m.At {
		return nil, errors.Join(fmt.Errorf("%s has no %d bytes at %d", f.Path, m.Size, m.At), file.Close())
	}
	data := make([]byte, m.Size)
	if _, err = file.ReadAt(data, m.At); errors.Is(err, io.EOF) {
		err = nil // at the file's end
	}
	return data, errors.Join(err, file.Close())
}
