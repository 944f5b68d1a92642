package report

import (
	"cmp"
	"slices"
)

// picks are the records that may be shown: of each split those with the lowest hashes,
// and of each measure those with the lowest and highest values.
type picks struct {
	*plan
	samples  [][]*captured // by split, by hash
	extremes []extreme
	broken   []*captured // the wanted, in their order
}

// extreme is one end of a measure.
type extreme struct {
	measure int
	high    bool
	best    []valued
}

type valued struct {
	*captured
	value float64
}

// Records at each end of a measure, at most; and measures whose ends are looked for.
const (
	mostExtreme  = 4
	mostExtremes = 40
)

func newPicks(p *plan) picks {
	k := picks{plan: p, samples: make([][]*captured, len(p.splits))}
	for i, m := range p.measures {
		if len(k.extremes) >= mostExtremes {
			break
		}
		switch m.unit {
		case unitValue, unitDelta, unitBytes:
			k.extremes = append(k.extremes, extreme{measure: i}, extreme{measure: i, high: true})
		case unitCharacters, unitElements:
			k.extremes = append(k.extremes, extreme{measure: i, high: true})
		}
	}
	return k
}

// offer takes a record where it is among those that are shown so far.
func (k *picks) offer(r *record, hash uint64) {
	var taken *captured
	take := func() *captured {
		if taken == nil {
			taken = capture(k.schema, r, hash)
		}
		return taken
	}
	if r.row >= 0 && k.wanted[rowOf{r.split, r.row}] {
		k.broken = append(k.broken, take())
	}
	s := k.samples[r.split]
	if len(s) < k.records || len(s) > 0 && hash < s[len(s)-1].hash {
		k.samples[r.split] = keep(s, take(), k.records, byHash)
	}
	for i := range k.extremes {
		e := &k.extremes[i]
		m := &k.measures[e.measure]
		if m.unit == unitBytes {
			for _, p := range r.images[m.field] {
				if !p.none {
					e.offer(float64(p.size), hash, take)
				}
			}
		} else if x, ok := k.value(m, r); ok && x == x {
			e.offer(x, hash, take)
		}
	}
}

func (e *extreme) offer(x float64, hash uint64, take func() *captured) {
	if n := len(e.best); n == mostExtreme && e.compare(x, hash, e.best[n-1].value, e.best[n-1].hash) >= 0 {
		return
	}
	e.put(valued{take(), x})
}

// put keeps the best values; a record stands there once, with the better of two values.
func (e *extreme) put(v valued) {
	if at := slices.IndexFunc(e.best, func(o valued) bool { return o.split == v.split && o.number == v.number }); at >= 0 {
		if e.compare(v.value, v.hash, e.best[at].value, e.best[at].hash) >= 0 {
			return
		}
		e.best = slices.Delete(e.best, at, at+1)
	}
	e.best = keep(e.best, v, mostExtreme, func(a, b valued) int { return e.compare(a.value, a.hash, b.value, b.hash) })
}

func (e *extreme) compare(x float64, h uint64, y float64, i uint64) int {
	if e.high {
		x, y = y, x
	}
	return cmp.Or(cmp.Compare(x, y), cmp.Compare(h, i))
}

func byHash(a, b *captured) int { return cmp.Compare(a.hash, b.hash) }

// keep puts a value among sorted ones, at most so many.
func keep[T any](all []T, v T, most int, compare func(a, b T) int) []T {
	at, _ := slices.BinarySearchFunc(all, v, compare)
	all = slices.Insert(all, at, v)
	return all[:min(len(all), most)]
}

func (k *picks) merge(o *picks) {
	for s := range k.samples {
		for _, c := range o.samples[s] {
			k.samples[s] = keep(k.samples[s], c, k.records, byHash)
		}
	}
	k.broken = append(k.broken, o.broken...)
	for i := range k.extremes {
		for _, v := range o.extremes[i].best {
			k.extremes[i].put(v)
		}
	}
}

// A chosen record is shown, and why.
type chosen struct {
	*captured
	tags []string
}

const (
	tagSample = "sample"
	tagBroken = "breaks a rule"
)

// choose returns the records that are shown, at most plan.records, the most wanted
// first: some that break a rule, a sample of each split, the ends of each measure, the
// others that break a rule, more of the sample.
func (k *picks) choose(rows []int64) []*chosen {
	c := &choice{by: make(map[[2]int64]*chosen), most: k.records}
	quota := quotas(rows, k.records/2)
	early := min(len(k.broken), max(k.records/4, 1))
	for _, r := range k.broken[:early] {
		c.add(r, tagBroken)
	}
	for s, q := range quota {
		for _, r := range k.samples[s][:min(q, len(k.samples[s]))] {
			c.add(r, tagSample)
		}
	}
	for rank := range mostExtreme {
		for _, e := range k.extremes {
			if rank < len(e.best) && (len(e.best) > 1 || rows[e.best[0].split] > 1) {
				c.add(e.best[rank].captured, k.endName(&e))
			}
		}
	}
	for _, r := range k.broken[early:] {
		c.add(r, tagBroken)
	}
	for at := 0; len(c.all) < c.most && at < k.records; at++ {
		for s, q := range quota {
			if at >= q && at < len(k.samples[s]) {
				c.add(k.samples[s][at], tagSample)
			}
		}
	}
	return c.all
}

type choice struct {
	by   map[[2]int64]*chosen
	all  []*chosen
	most int
}

func (c *choice) add(r *captured, tag string) {
	id := [2]int64{int64(r.split), r.number}
	at := c.by[id]
	if at == nil {
		if len(c.all) >= c.most {
			return
		}
		at = &chosen{captured: r}
		c.by[id] = at
		c.all = append(c.all, at)
	}
	if !slices.Contains(at.tags, tag) {
		at.tags = append(at.tags, tag)
	}
}

// quotas parts places among splits by their rows, and gives each at least a few.
func quotas(rows []int64, places int) []int {
	total := int64(0)
	for _, n := range rows {
		total += n
	}
	q := make([]int, len(rows))
	for s, n := range rows {
		if n > 0 {
			q[s] = max(min(12, places/len(rows)), int(float64(places)*float64(n)/float64(total)), 1)
		}
	}
	return q
}

func (k *picks) endName(e *extreme) string {
	m := &k.measures[e.measure]
	switch {
	case m.unit == unitBytes && e.high:
		return "largest " + m.name
	case m.unit == unitBytes:
		return "smallest " + m.name
	case m.unit == unitCharacters || m.unit == unitElements:
		return "longest " + m.name
	case e.high:
		return "highest " + m.name
	}
	return "lowest " + m.name
}
