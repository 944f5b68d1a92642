package report

import (
	"context"
	"fmt"
	"sync"

	"golang.org/x/sync/errgroup"
	"golang.org/x/sync/semaphore"
)

// A source has the records that a page is made of, in parts that can be walked over side
// by side.
type source interface {
	// parts is how many there are, in the order of the records.
	parts() int
	// walk goes over the records of a part. head tells the width and height of one of
	// their images, 0 where its first bytes do not; it is valid within each.
	walk(ctx context.Context, part int, each func(r *record, head headFunc)) error
	// read reads an image.
	read(ctx context.Context, p picture) ([]byte, error)
}

type headFunc func(picture) (width, height int)

// gather makes the profile of all records. Parts are merged in their order, so that no
// number depends on how many workers there are.
func gather(ctx context.Context, src source, p *plan, workers int) (*profile, error) {
	whole := newProfile(p)
	m := merger{into: whole, waiting: make(map[int]*profile)}
	g, work := errgroup.WithContext(ctx)
	g.SetLimit(max(workers, 1))
	for part := range src.parts() {
		g.Go(func() error {
			if work.Err() != nil {
				return context.Cause(work)
			}
			f := newProfile(p)
			if err := src.walk(work, part, f.add); err != nil {
				return err
			}
			m.put(part, f)
			return nil
		})
	}
	if err := g.Wait(); err != nil {
		return nil, err
	}
	return whole, nil
}

// merger merges profiles in the order of their parts, whichever is done first.
type merger struct {
	mu      sync.Mutex
	into    *profile
	next    int
	waiting map[int]*profile
}

func (m *merger) put(part int, f *profile) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.waiting[part] = f
	for f := m.waiting[m.next]; f != nil; f = m.waiting[m.next] {
		m.into.merge(f)
		delete(m.waiting, m.next)
		m.next++
	}
}

// developed is a chosen record with its thumbnails.
type developed struct {
	*chosen
	pictures [][]developedPicture // by field
}

type developedPicture struct {
	picture
	Thumbnail
	data []byte // of the thumbnail's JPEG, nil where there is none
}

// mostOfList is how many images of a list are shown.
const mostOfList = 12

// develop makes the thumbnails of the chosen records.
func develop(ctx context.Context, src source, records []*chosen, workers int) ([]*developed, error) {
	all := make([]*developed, len(records))
	var todo []*developedPicture
	for i, r := range records {
		d := &developed{chosen: r, pictures: make([][]developedPicture, len(r.images))}
		all[i] = d
		for f := range r.images {
			d.pictures[f] = make([]developedPicture, min(len(r.images[f]), mostOfList))
			for k := range d.pictures[f] {
				if d.pictures[f][k].picture = r.images[f][k]; !r.images[f][k].none {
					todo = append(todo, &d.pictures[f][k])
				}
			}
		}
	}
	room := semaphore.NewWeighted(mostPixels)
	g, work := errgroup.WithContext(ctx)
	g.SetLimit(max(workers, 1))
	for _, p := range todo {
		g.Go(func() error {
			if work.Err() != nil {
				return context.Cause(work)
			}
			return p.develop(work, src, room)
		})
	}
	return all, g.Wait()
}

// develop makes one thumbnail. room is for the pixels that are in hand, over all.
func (p *developedPicture) develop(ctx context.Context, src source, room *semaphore.Weighted) error {
	if p.size > MostBytes {
		p.Why = fmt.Sprintf("no picture: %s are too many to decode for a thumbnail", size(p.size))
		return nil
	}
	data, err := src.read(ctx, p.picture)
	if err != nil {
		return fmt.Errorf("read image: %w", err)
	}
	f, t, ok := examine(data)
	if p.Thumbnail = t; !ok {
		return nil
	}
	pixels := int64(t.Width) * int64(t.Height)
	if err := room.Acquire(ctx, pixels); err != nil {
		return context.Cause(ctx)
	}
	defer room.Release(pixels)
	if p.Thumbnail = f.thumbnail(data, t, thumbnailSide); p.Image == nil {
		return nil
	}
	p.data, err = encode(p.Image)
	return err
}
