package report

import (
	"strings"
	"unicode/utf8"

	"github.com/pickshard/pickshard/schema"
)

// A measure is a number that records have, or images, and how many splits there are of
// it.
type measure struct {
	name  string // as people see it
	field int    // -1 for a pair's difference
	pair  int    // -1 for a field
	unit  unit
	whole bool
}

// unit is what a measure's numbers are.
type unit uint8

const (
	unitValue      unit = iota // the values themselves
	unitDelta                  // of a pair
	unitCharacters             // of a text
	unitElements               // of a list
	unitBytes                  // of an image
	unitPixels                 // of an image, those whose heads were looked at
	unitDensity                // bytes per pixel, likewise
)

// plan is what is counted of the records: it follows from the schema alone.
type plan struct {
	schema   *schema.Schema
	splits   []string
	roles    roles
	measures []measure
	labels   []int // fields that are counted by value
	sketched []int // fields of text that are looked at for repeats
	records  int   // that are shown at most
	heads    uint64
	wanted   map[rowOf]bool // records that break a rule
}

// rowOf is a record by its place in the split as it was read.
type rowOf struct {
	split int
	row   int64
}

// Bounds on what wide tables may cost.
const (
	mostMeasures = 120
	mostLabels   = 40 // values of a field that are counted by value
	mostSketched = 6
	// mostHeads is about how many images are looked at for their width and height.
	mostHeads = 20_000
)

func newPlan(s *schema.Schema, splits []string, images int64, records int) *plan {
	p := &plan{schema: s, splits: splits, roles: guessRoles(s), records: records, heads: ^uint64(0)}
	if images > mostHeads {
		p.heads = ^uint64(0) / uint64(images) * mostHeads
	}
	add := func(m measure) {
		if len(p.measures) < mostMeasures {
			p.measures = append(p.measures, m)
		}
	}
	for i, pr := range p.roles.pairs {
		a, b := s.Field(pr.a), s.Field(pr.b)
		add(measure{name: a.Name, field: pr.a, pair: -1, whole: whole(a.Type)})
		add(measure{name: b.Name, field: pr.b, pair: -1, whole: whole(b.Type)})
		add(measure{name: "Δ " + b.Name + " − " + a.Name, field: -1, pair: i, unit: unitDelta, whole: whole(a.Type) && whole(b.Type)})
	}
	for f := range s.Len() {
		t, name := s.Field(f).Type, s.Field(f).Name
		switch kindOf(t) {
		case kindNumber:
			if !p.inPair(f) {
				add(measure{name: name, field: f, pair: -1, whole: whole(t)})
			}
		case kindText:
			add(measure{name: name, field: f, pair: -1, unit: unitCharacters, whole: true})
			p.labels = append(p.labels, f)
			if len(p.sketched) < mostSketched {
				p.sketched = append(p.sketched, f)
			}
		case kindLabel:
			p.labels = append(p.labels, f)
		case kindList:
			add(measure{name: name, field: f, pair: -1, unit: unitElements, whole: true})
		case kindImages:
			add(measure{name: name, field: f, pair: -1, unit: unitBytes, whole: true})
			add(measure{name: name, field: f, pair: -1, unit: unitPixels, whole: true})
			add(measure{name: name, field: f, pair: -1, unit: unitDensity})
		}
	}
	p.labels = p.labels[:min(len(p.labels), mostMeasures)]
	return p
}

// want makes records that break a rule be shown.
func (p *plan) want(broken map[rowOf][]string) {
	p.wanted = make(map[rowOf]bool, len(broken))
	for at := range broken {
		p.wanted[at] = true
	}
}

func (p *plan) inPair(f int) bool {
	for _, pr := range p.roles.pairs {
		if pr.a == f || pr.b == f {
			return true
		}
	}
	return false
}

// A profile is what the records counted so far come to.
type profile struct {
	*plan
	rows   []int64       // by split
	nulls  [][]int64     // by field and split
	counts [][]histogram // by measure and split
	values []labels      // by place in plan.labels
	texts  []*sketch     // by place in plan.sketched, over splits
	images *sketch       // over splits
	pairs  *sketch       // of prompt and images, over the two ways round
	same   []int64       // by split: pairs of one and the same image
	sizes  map[dimensions]int64
	picks  picks
}

type dimensions struct{ field, width, height int }

// mostDimensions bounds the sizes of images that are told apart.
const mostDimensions = 4096

// labels counts a field's values by split, while they are few.
type labels struct {
	counts map[string][]int64
	many   bool
}

func newProfile(p *plan) *profile {
	n := len(p.splits)
	f := &profile{
		plan: p, rows: make([]int64, n), nulls: make([][]int64, p.schema.Len()), counts: make([][]histogram, len(p.measures)),
		values: make([]labels, len(p.labels)), texts: make([]*sketch, len(p.sketched)), images: newSketch(n), pairs: newSketch(2),
		same: make([]int64, n), sizes: make(map[dimensions]int64), picks: newPicks(p),
	}
	for i := range f.nulls {
		f.nulls[i] = make([]int64, n)
	}
	for i := range f.counts {
		f.counts[i] = make([]histogram, n)
	}
	for i := range f.texts {
		f.texts[i] = newSketch(n)
	}
	for i := range f.values {
		f.values[i].counts = make(map[string][]int64)
	}
	return f
}

// add counts a record. head tells the width and height of an image, as far as it can.
func (f *profile) add(r *record, head headFunc) {
	f.rows[r.split]++
	hash := mix(hashText(0, f.splits[r.split]) ^ mix(uint64(r.number)))
	for i := range f.schema.Len() {
		if f.schema.Field(i).Type.Images() {
			if r.images[i] == nil {
				f.nulls[i][r.split]++
			}
		} else if c := r.values[i]; c.Array == nil || c.Array.IsNull(c.Row) {
			f.nulls[i][r.split]++
		}
	}
	heads := f.readHeads(r, hash, head)
	for i := range f.measures {
		f.measure(i, r, heads)
	}
	for i, field := range f.labels {
		f.label(i, field, r)
	}
	f.sketch(r)
	f.picks.offer(r, hash)
}

// pixels is what the head of a picture told.
type pixels struct {
	field, width, height int
	size                 int64
}

func (f *profile) readHeads(r *record, hash uint64, head headFunc) []pixels {
	var all []pixels
	for _, field := range f.schema.Images() {
		for _, m := range r.images[field] {
			if m.none || mix(hash^uint64(field)<<32^uint64(m.item)) > f.heads {
				continue
			}
			w, h := head(m)
			if w <= 0 || h <= 0 {
				continue
			}
			all = append(all, pixels{field, w, h, m.size})
			d := dimensions{field, w, h}
			if _, ok := f.sizes[d]; !ok && len(f.sizes) >= mostDimensions {
				d = dimensions{field: field}
			}
			f.sizes[d]++
		}
	}
	return all
}

// measure counts one measure of a record.
func (f *profile) measure(i int, r *record, heads []pixels) {
	m, h := &f.measures[i], &f.counts[i][r.split]
	switch m.unit {
	case unitBytes:
		for _, p := range r.images[m.field] {
			if !p.none {
				h.add(float64(p.size))
			}
		}
	case unitPixels, unitDensity:
		for _, p := range heads {
			if p.field != m.field {
				continue
			}
			area := float64(p.width) * float64(p.height)
			if m.unit == unitDensity {
				area = float64(p.size) / area
			}
			h.add(area)
		}
	default:
		if x, ok := f.value(m, r); ok {
			h.add(x)
		}
	}
}

// value is a measure of a record that is one number.
func (p *plan) value(m *measure, r *record) (x float64, ok bool) {
	switch m.unit {
	case unitDelta:
		a, okA := number(r.values[p.roles.pairs[m.pair].a])
		b, okB := number(r.values[p.roles.pairs[m.pair].b])
		return b - a, okA && okB
	case unitCharacters:
		c := r.values[m.field]
		if c.Array == nil || c.Array.IsNull(c.Row) {
			return 0, false
		}
		return float64(utf8.RuneCountInString(text(c))), true
	case unitElements:
		c := r.values[m.field]
		return float64(elements(c)), c.Array != nil && c.Array.IsValid(c.Row)
	}
	return number(r.values[m.field])
}

func (f *profile) label(i, field int, r *record) {
	l, c := &f.values[i], r.values[field]
	if l.many || c.Array == nil || c.Array.IsNull(c.Row) {
		return
	}
	l.add(strings.Clone(spelledShort(f.schema.Field(field).Type, c)), r.split, len(f.splits), 1)
}

func (l *labels) add(value string, split, splits int, n int64) {
	if l.many {
		return
	}
	counts := l.counts[value]
	if counts == nil {
		if len(l.counts) == mostLabels || len(value) > longestLabel {
			l.many, l.counts = true, nil
			return
		}
		counts = make([]int64, splits)
		l.counts[value] = counts
	}
	counts[split] += n
}

// sketch notes what a record repeats of others.
func (f *profile) sketch(r *record) {
	prompt := uint64(0)
	for i, field := range f.sketched {
		c := r.values[field]
		if c.Array == nil || c.Array.IsNull(c.Row) {
			continue
		}
		h := hashText(uint64(field), normal(text(c)))
		if prompt == 0 {
			prompt = h
		}
		f.texts[i].add(h, r.split, 1)
	}
	for _, field := range f.schema.Images() {
		for _, m := range r.images[field] {
			if !m.none {
				f.images.add(identity(m), r.split, 1)
			}
		}
	}
	if !f.roles.paired() {
		return
	}
	a, b := r.images[f.roles.images[0].field], r.images[f.roles.images[1].field]
	if len(a) != 1 || len(b) != 1 {
		return
	}
	x, y := identity(a[0]), identity(b[0])
	way := 0
	if x == y {
		f.same[r.split]++
		return
	}
	if x > y {
		x, y, way = y, x, 1
	}
	f.pairs.add(mix(mix(x^mix(y))^prompt), way, 1)
}

// identity stands for an image by its size and its name, or where it has none by what
// stands in its middle.
func identity(m picture) uint64 { return hashText(mix(uint64(m.size)^m.mark), m.name) }

// normal is a prompt without what people do not see as a difference: case, and blanks
// around and between words.
func normal(s string) string { return strings.ToLower(strings.Join(strings.Fields(s), " ")) }

// merge adds what was counted of the records behind those of f.
func (f *profile) merge(o *profile) {
	for i := range f.rows {
		f.rows[i] += o.rows[i]
		f.same[i] += o.same[i]
	}
	for i := range f.nulls {
		for s := range f.nulls[i] {
			f.nulls[i][s] += o.nulls[i][s]
		}
	}
	for i := range f.counts {
		for s := range f.counts[i] {
			f.counts[i][s].merge(&o.counts[i][s])
		}
	}
	for i := range f.values {
		f.values[i].merge(&o.values[i], len(f.splits))
	}
	for i := range f.texts {
		f.texts[i].merge(o.texts[i])
	}
	f.images.merge(o.images)
	f.pairs.merge(o.pairs)
	for d, n := range o.sizes {
		f.sizes[d] += n
	}
	f.picks.merge(&o.picks)
}

func (l *labels) merge(o *labels, splits int) {
	if o.many {
		l.many, l.counts = true, nil
		return
	}
	for value, counts := range o.counts {
		for s, n := range counts {
			l.add(value, s, splits, n)
		}
	}
}
