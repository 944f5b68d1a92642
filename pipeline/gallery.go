package pipeline

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
)

// galleryFolder is the folder of a card's pictures, beside the card: no consumer looks for
// data there, as datasets takes what is called data/SPLIT-00000-of-00042.* (data_files.py,
// SPLIT_PATTERN_SHARDED).
const galleryFolder = "gallery"

// MaxGallery bounds the records of a gallery.
const MaxGallery = 12

// maxGalleryImage bounds an image that is read for a gallery.
const maxGalleryImage = 64 << 20

// GalleryRecord is a record whose images a dataset card shows.
type GalleryRecord struct {
	Split  string
	Number int64 // in the split, from 0
	// Pictures holds one entry an image field, in the order of the schema.
	Pictures []GalleryPicture
}

// GalleryPicture is a small picture of one image of a record.
type GalleryPicture struct {
	Name string // relative to the card; empty where there is none
	data []byte
}

// gallery makes the pictures that cards show, if they are asked for: those of records that
// lie evenly over the first split that has some. The same shards give the same bytes.
func (f *finalizer) gallery(ctx context.Context, m *Manifest) ([]GalleryRecord, error) {
	if f.spec.Card.Gallery == 0 || f.spec.SmallPicture == nil || len(f.spec.Schema.Images()) == 0 {
		return nil, nil
	}
	o, err := newOutput(f.store, f.spec.Formats, m, f.builtAt())
	if err != nil {
		return nil, err
	}
	var records []GalleryRecord
	for si, s := range m.Splits {
		if s.Rows == 0 {
			continue
		}
		most := min(int64(f.spec.Card.Gallery), s.Rows)
		first, chosen := int64(0), int64(0) // records before the shard, records of the gallery
		for i, sh := range s.Shards {
			var rows []int64
			for ; chosen < most && chosen*s.Rows/most < first+sh.Rows; chosen++ {
				rows = append(rows, chosen*s.Rows/most-first)
			}
			found, err := f.galleryOf(ctx, o, si, i, rows)
			if err != nil {
				return nil, fmt.Errorf("pictures of cards: %w", err)
			}
			for k, pictures := range found {
				r := GalleryRecord{Split: s.Name, Number: first + rows[k], Pictures: pictures}
				for n := range r.Pictures {
					if p := &r.Pictures[n]; p.data != nil {
						p.Name = fmt.Sprintf("%s/%02d-%d.jpg", galleryFolder, len(records)+1, n+1)
					}
				}
				records = append(records, r)
			}
			first += sh.Rows
		}
		return records, nil
	}
	return nil, nil
}

// galleryOf makes the pictures of rows of a shard, which are in order.
func (f *finalizer) galleryOf(ctx context.Context, o *Output, split, index int, rows []int64) (found [][]GalleryPicture, err error) {
	if len(rows) == 0 {
		return nil, nil
	}
	b, err := o.Browse(split, index)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, b.Close()) }()
	for row := int64(0); len(found) < len(rows); row++ {
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		sample, err := b.Next()
		if err != nil {
			return nil, err
		}
		if row != rows[len(found)] {
			continue
		}
		var pictures []GalleryPicture
		for _, field := range o.Schema.Images() {
			p, err := f.galleryPicture(b, sample.Images[field])
			if err != nil {
				return nil, err
			}
			pictures = append(pictures, p)
		}
		found = append(found, pictures)
	}
	return found, nil
}

// galleryPicture makes the picture of the first image that is there.
func (f *finalizer) galleryPicture(b *Browser, images []SampleImage) (GalleryPicture, error) {
	for _, m := range images {
		if !m.There() || m.Size > maxGalleryImage {
			continue
		}
		data := make([]byte, m.Size)
		if _, err := b.Image(m).ReadAt(data, 0); err != nil {
			return GalleryPicture{}, fmt.Errorf("read image: %w", err)
		}
		small, err := f.spec.SmallPicture(data)
		return GalleryPicture{data: small}, err
	}
	return GalleryPicture{}, nil
}

// builtAt tells where the files of shards lie: where they were built, or under their
// final names already, where an earlier run got so far.
func (f *finalizer) builtAt() func(*ShardFile) string {
	built := make(map[string]string) // by final name
	for _, split := range f.records.records {
		for _, rec := range split {
			for _, file := range rec.Built.Files {
				built[file.Path] = rec.Attempts[file.part()]
			}
		}
	}
	return func(file *ShardFile) string {
		if _, err := f.store.Size(built[file.Path]); errors.Is(err, fs.ErrNotExist) {
			return file.Path
		}
		return built[file.Path]
	}
}

// addGallery puts the pictures beside a format's card.
func (m *Manifest) addGallery(format string, records []GalleryRecord) {
	for _, r := range records {
		for _, p := range r.Pictures {
			if p.Name != "" {
				m.addFile(path.Join(format, p.Name), p.data)
			}
		}
	}
}
