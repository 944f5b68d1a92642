package pipeline

import (
	"bytes"
	"context"
	"fmt"
	"slices"
)

// OpenPlan makes a plan that was read from a file ready for building: it loads
// the splits that wanted names (all when nil), checks that their pickles are the
// planned ones, and looks at the sizes of their images. What it returns builds
// the same bytes as on the machine that planned.
func OpenPlan(ctx context.Context, p *Plan, spec *Spec, src Source, loader Loader, wanted []string, observe Observer) (*Planned, error) {
	if !bytes.Equal(compactJSON(p.Config), compactJSON(spec.Config)) || !slices.Equal(p.Formats, formatNames(spec.Formats)) {
		return nil, WithHint(fmt.Errorf("open plan: %w: different config", ErrPlanDiffers), "give the config and flags that the plan was made with")
	}
	m := &planner{spec: spec, src: src, observe: serialized(observe)}
	m.out.Plan = p
	m.out.Records = make([]*Records, len(p.Splits))
	m.out.Times = make([][]Numbers, len(p.Splits))
	m.out.orders = make([]Rows, len(p.Splits))
	for i := range p.Splits {
		s := &p.Splits[i]
		if wanted != nil && !slices.Contains(wanted, s.Name) {
			continue
		}
		loaded, err := loader.Load(ctx, s.Name)
		if err != nil {
			return nil, &SplitError{s.Name, err}
		}
		if loaded.Records.Rows != s.Rows || !slices.Equal(loaded.Files, s.Records) {
			return nil, fmt.Errorf("open plan: records of split %s: %w", s.Name, ErrSourceChanged)
		}
		found, times, err := m.statSplit(ctx, loaded.Records)
		if err != nil {
			return nil, err
		}
		order, err := s.order()
		if err != nil {
			return nil, fmt.Errorf("open plan: split %s: %w", s.Name, err)
		}
		for _, v := range found {
			if !s.drops(v.Row) {
				return nil, fmt.Errorf("open plan: %s: %w", v, ErrSourceChanged)
			}
		}
		m.out.Records[i], m.out.Times[i], m.out.orders[i] = loaded.Records, times, order
		sum, err := imagesDigest(ctx, loaded.Records, order)
		if err != nil {
			return nil, err
		}
		if sum != s.Images {
			return nil, fmt.Errorf("open plan: images of split %s: %w", s.Name, ErrSourceChanged)
		}
	}
	return &m.out, nil
}

func formatNames(formats []Format) []string {
	var names []string
	for _, f := range formats {
		names = append(names, f.Name())
	}
	return names
}

// drops says whether the plan leaves a row out.
func (s *PlanSplit) drops(row int64) bool {
	i, _ := slices.BinarySearchFunc(s.Dropped, row, func(v Violation, row int64) int { return int(v.Row - row) })
	return i < len(s.Dropped) && s.Dropped[i].Row == row
}

// order returns the kept rows in the plan's order, after checking that the
// shards, which may come from a file, are a cut of them.
func (s *PlanSplit) order() (Rows, error) {
	if !slices.IsSortedFunc(s.Dropped, func(a, b Violation) int { return int(a.Row - b.Row) }) {
		return Rows{}, fmt.Errorf("the records left out are not in order")
	}
	order := RowRange(0, int(s.Rows)).Without(droppedRows(s.Dropped))
	next := int64(0)
	for i, sh := range s.Shards {
		if sh.First != next || sh.Rows < 0 {
			return Rows{}, fmt.Errorf("shard %d begins at record %d, not at %d", i, sh.First, next)
		}
		next += int64(sh.Rows)
	}
	if next != int64(order.Len()) {
		return Rows{}, fmt.Errorf("the shards hold %d records, the split keeps %d", next, order.Len())
	}
	if s.Shuffle != nil {
		order = order.shuffled(*s.Shuffle)
	}
	return order, nil
}
