package report

import (
	"bytes"
	"cmp"
	"slices"
	"sync"

	"github.com/pickshard/pickshard/pipeline"
)

// A View remembers what a page shows of the images that a check reads, so that none has
// to be read again for it: how many there are of each format, and width and height of
// some, chosen by a hash. Make it with NewView. It implements pipeline.Viewer, and is
// bounded in memory.
type View struct {
	most int // heads that are kept

	mu      sync.Mutex
	stats   map[viewKey]*pipeline.ImageStat
	heads   map[viewPlace][2]int
	highest uint64 // of the hashes whose heads are kept
}

type viewKey struct {
	field  int
	format string
}

type viewPlace struct {
	split, field int
	place        int64
}

func (p viewPlace) hash() uint64 {
	return mix(mix(uint64(p.place)^mix(uint64(p.split))) ^ uint64(p.field))
}

// NewView returns a View that has seen nothing.
func NewView() *View {
	return &View{most: mostHeads, stats: make(map[viewKey]*pipeline.ImageStat), heads: make(map[viewPlace][2]int), highest: ^uint64(0)}
}

// View implements pipeline.Viewer.
func (v *View) View(split, field int, place int64, data []byte) {
	format := "no image"
	if f := formatOf(data); f != nil {
		format = f.name
	}
	at := viewPlace{split, field, place}
	v.mu.Lock()
	s := v.stats[viewKey{field, format}]
	if s == nil {
		s = &pipeline.ImageStat{Format: format}
		v.stats[viewKey{field, format}] = s
	}
	s.Count++
	s.Bytes += int64(len(data))
	wanted := at.hash() <= v.highest
	v.mu.Unlock()
	if !wanted {
		return
	}
	_, width, height := ReadHead(bytes.NewReader(data))
	v.mu.Lock()
	defer v.mu.Unlock()
	if at.hash() > v.highest {
		return // less is kept by now
	}
	if v.heads[at] = [2]int{width, height}; len(v.heads) > v.most {
		v.halve()
	}
}

// halve gives up about half of the heads: which of them depends on none but the hashes,
// so that those which are left in the end are the same in whatever order images came.
func (v *View) halve() {
	v.highest /= 2
	for at := range v.heads {
		if at.hash() > v.highest {
			delete(v.heads, at)
		}
	}
}

// head tells the width and height of a picture whose head is kept, else 0.
func (v *View) head(p picture) (width, height int) {
	h := v.heads[viewPlace{p.part, p.field, p.at}]
	return h[0], h[1]
}

// imageStats are sorted by field and format.
func (v *View) imageStats(field func(int) string) []pipeline.ImageStat {
	var all []pipeline.ImageStat
	for k, s := range v.stats {
		one := *s
		one.Field = field(k.field)
		all = append(all, one)
	}
	slices.SortFunc(all, func(a, b pipeline.ImageStat) int {
		return cmp.Or(cmp.Compare(a.Field, b.Field), cmp.Compare(a.Format, b.Format))
	})
	return all
}
