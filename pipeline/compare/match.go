package compare

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/pickshard/pickshard/pipeline"
	"github.com/pickshard/pickshard/schema"
)

// A print is what a comparison remembers of a record, whatever its size.
type print struct {
	by, all [16]byte // sums of what tells it apart, and of all fields that count
	at      int64    // its place in the split
}

// matched is how the records of two splits belong together, by their places.
type matched struct {
	same, changed []block // of one row each
	gone, come    []int64 // old and new ones without a partner
}

// match reads the shards that only one of the outputs has, and matches their records.
func (c *comparison) match(ctx context.Context, old, fresh *pipeline.ManifestSplit, was, is []bool) (*matched, error) {
	a, err := c.prints(ctx, &c.old, old, was)
	if err != nil {
		return nil, err
	}
	b, err := c.prints(ctx, &c.fresh, fresh, is)
	if err != nil {
		return nil, err
	}
	m := &matched{}
	for len(a) > 0 || len(b) > 0 {
		na, nb := alike(a, b)
		if c.By != "" {
			for _, s := range []struct {
				prints []print
				output string
			}{{a[:na], "old"}, {b[:nb], "new"}} {
				if len(s.prints) > 1 {
					return nil, pipeline.WithHint(fmt.Errorf("records %d and %d of the %s output have the same %s", s.prints[0].at, s.prints[1].at, s.output, pipeline.Printable(c.By)),
						"give a field by which each record can be told from the others, or leave --by out to match records by all they hold")
				}
			}
		}
		for i := range min(na, nb) {
			at := block{a[i].at, b[i].at, 1}
			if a[i].all == b[i].all {
				m.same = append(m.same, at)
			} else {
				m.changed = append(m.changed, at)
			}
		}
		for _, p := range a[min(na, nb):na] {
			m.gone = append(m.gone, p.at)
		}
		for _, p := range b[min(na, nb):nb] {
			m.come = append(m.come, p.at)
		}
		a, b = a[na:], b[nb:]
	}
	return m, nil
}

// alike counts the prints at the front of two sorted lists with the least sum of all;
// those with one sum stand in the order of their places.
func alike(a, b []print) (na, nb int) {
	least := [16]byte{}
	switch {
	case len(a) == 0:
		least = b[0].by
	case len(b) == 0 || bytes.Compare(a[0].by[:], b[0].by[:]) <= 0:
		least = a[0].by
	default:
		least = b[0].by
	}
	for na < len(a) && a[na].by == least {
		na++
	}
	for nb < len(b) && b[nb].by == least {
		nb++
	}
	return na, nb
}

func sortPrints(prints []print) {
	slices.SortFunc(prints, func(a, b print) int {
		return cmp.Or(bytes.Compare(a.by[:], b.by[:]), cmp.Compare(a.at, b.at))
	})
}

// moved counts the rows that are not part of the longest sequence in the same order in
// both: the fewest that were put elsewhere.
func moved(blocks []block) int64 {
	slices.SortFunc(blocks, func(a, b block) int { return cmp.Compare(a.fresh, b.fresh) })
	olds := make([]int64, len(blocks))
	for i, b := range blocks {
		olds[i] = b.old
	}
	slices.Sort(olds)
	// most[k] is, in a Fenwick tree, the most rows in order of blocks whose old place
	// is among the first k.
	most := make([]int64, len(olds)+1)
	total, longest := int64(0), int64(0)
	for _, b := range blocks {
		rank, _ := slices.BinarySearch(olds, b.old)
		rows := int64(0)
		for k := rank; k > 0; k &= k - 1 {
			rows = max(rows, most[k])
		}
		rows += b.rows
		for k := rank + 1; k < len(most); k += k & -k {
			most[k] = max(most[k], rows)
		}
		total, longest = total+b.rows, max(longest, rows)
	}
	return total - longest
}

// rareValues is how many records may share a value that two are paired by.
const rareValues = 8

// pair finds, for records without a partner, those that they were before they
// changed: with an image, a text or a list in common that few others have, and the
// most fields, at least half of them. Of several the nearest is taken.
func (c *comparison) pair(partner map[int64]int64, was, is map[int64]*detail) {
	type value struct {
		field int
		sum   uint64
	}
	owners := make(map[value][]int64)
	var telling []int
	for k, f := range c.fresh.fields {
		switch t := c.fresh.schema.Field(f).Type; {
		case t.Images(), t.Nested(), t.Kind == schema.String, t.Kind == schema.Binary, t.Kind == schema.JSON:
			telling = append(telling, k)
		}
	}
	for _, at := range slices.Sorted(maps.Keys(was)) {
		for _, k := range telling {
			v := value{k, was[at].sums[k]}
			owners[v] = append(owners[v], at)
		}
	}
	taken := make(map[int64]bool)
	for _, at := range slices.Sorted(maps.Keys(is)) {
		best, most := int64(-1), 0
		for _, k := range telling {
			found := owners[value{k, is[at].sums[k]}]
			if len(found) > rareValues {
				continue
			}
			for _, old := range found {
				n := is[at].common(was[old])
				if !taken[old] && (n > most || n == most && distance(old, at) < distance(best, at)) {
					best, most = old, n
				}
			}
		}
		if best >= 0 && 2*most >= len(c.fresh.fields) {
			partner[at], taken[best] = best, true
		}
	}
}

func distance(a, b int64) int64 { return max(a-b, b-a) }
