package pipeline

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"

	"golang.org/x/sync/errgroup"

	"github.com/pickshard/pickshard/schema"
)

// Planned is a plan together with the records it was made from.
type Planned struct {
	Plan *Plan
	// Records and Times have one entry a split, in the plan's order. Times
	// holds, like ImageColumn.Sizes, the Stamp of each image's modification time: it
	// tells that a file changed, and is part of no output.
	Records []*Records
	Times   [][]Numbers
	// later holds in the same way by how much later than Times each image changed
	// (FileStat.Changed): nothing for files that were written and left alone, and
	// about as much as Times itself for those whose times were set, as tar sets them.
	later  [][]Numbers
	orders []Rows  // kept rows of each split in the plan's order
	found  *ledger // what rules have found
	tables []table // of all splits
	lent   lentMemory
}

// table is a file that records were read from, as it was then.
type table struct {
	name string
	stat FileStat
}

// unchanged checks that the files that records were read from are still the
// same: what is written must describe one state of the input.
func (p *Planned) unchanged(ctx context.Context, src Source) error {
	for _, t := range p.tables {
		now, err := src.Stat(ctx, t.name)
		if err == nil && (now.Size != t.stat.Size || !now.ModTime.Equal(t.stat.ModTime)) {
			err = ErrSourceChanged
		}
		if err != nil {
			return WithHint(fmt.Errorf("check records %s: %w", t.name, err), sourceHint)
		}
	}
	return nil
}

// sourceHint says what to do about an input that moves.
const sourceHint = "the input must not change while it is converted; run the same command again to plan again, with --update if OUTPUT was begun before"

// MakePlan reads every split, looks at every image's size (stat only) and cuts
// the splits into shards. Violations stop it under PolicyFail
// (ViolationsError), else the records are left out of the plan.
func MakePlan(ctx context.Context, spec *Spec, src Source, loader Loader, observe Observer) (*Planned, error) {
	return makePlan(ctx, spec, src, loader, observe, planToWrite)
}

func makePlan(ctx context.Context, spec *Spec, src Source, loader Loader, observe Observer, mode planMode) (*Planned, error) {
	if err := checkFormats(spec); err != nil {
		return nil, err
	}
	m := &planner{spec: spec, src: src, observe: observe, mode: mode, scratch: &Scratch{}}
	m.out.lent.add(m.scratch.GiveBack)
	m.ledger = newLedger(spec, spec.Splits, nil)
	m.out.found = m.ledger
	m.out.Plan = &Plan{Version: 1, Layout: LayoutVersion, Tool: spec.Tool, Name: spec.Name, Config: spec.Config}
	m.out.Plan.Formats = formatNames(spec.Formats)
	if !spec.Card.empty() {
		var err error
		if m.out.Plan.Card, err = partDigest(spec.Card); err != nil {
			return nil, err
		}
	}
	for _, f := range spec.Formats {
		if c, ok := f.(Consumed); ok && mode == planToWrite {
			for _, lacking := range c.Lacking(spec.Schema) {
				observe(Event{Kind: EventWarning, Message: f.Name() + ": " + lacking})
			}
		}
	}
	if err := m.out.lent.during(func() error { return m.plan(ctx, loader) }); err != nil {
		return nil, err
	}
	return &m.out, m.out.unchanged(ctx, src)
}

// plan reads every split and makes the plan of it.
func (m *planner) plan(ctx context.Context, loader Loader) error {
	for i, split := range m.spec.Splits {
		loaded, err := loader.Load(ctx, split)
		if err != nil {
			return &SplitError{split, err}
		}
		m.observe(Event{Kind: EventLoaded, Split: split, Rows: loaded.Records.Rows})
		for _, w := range loaded.Warnings {
			m.observe(Event{Kind: EventWarning, Split: split, Message: fmt.Sprintf("split %s: %s", split, w)})
		}
		if err := m.size(ctx, i, loaded); err != nil {
			return err
		}
	}
	if err := m.judge(ctx); err != nil {
		return err
	}
	if err := m.survey(ctx); err != nil {
		return err
	}
	for i := range m.out.Plan.Splits {
		if err := m.cut(ctx, i); err != nil {
			return err
		}
	}
	return m.judgeShards()
}

func checkFormats(spec *Spec) error {
	var errs []error
	for _, f := range spec.Formats {
		if err := f.Check(spec.Schema); err != nil {
			errs = append(errs, fmt.Errorf("format %s: %w", f.Name(), err))
		}
	}
	return errors.Join(errs...)
}

func formatNames(formats []Format) []string {
	var names []string
	for _, f := range formats {
		names = append(names, f.Name())
	}
	return names
}

type planner struct {
	spec    *Spec
	src     Source
	observe Observer
	mode    planMode
	out     Planned
	ledger  *ledger
	memo    statMemo
	scratch *Scratch
	later   []Numbers // of the split that is being looked at
}

// planMode says what a plan is made for.
type planMode int

const (
	planToWrite planMode = iota // what stops a run stops the plan
	planToCheck                 // all that can be found is found
)

// size takes a split into the plan: it hears what loading has found, stats the
// images, and asks the rules over columns.
func (m *planner) size(ctx context.Context, split int, loaded *Loaded) error {
	r := loaded.Records
	m.out.lent.add(loaded.GiveBack)
	m.ledger.attach(split, r)
	if loaded.Judge != nil {
		err := loaded.Judge(func(rule string) *Finder { return m.ledger.find(split, rule, "") })
		if err != nil {
			return &SplitError{r.Split, err}
		}
	}
	times, err := m.statSplit(ctx, split, r)
	if err != nil {
		return err
	}
	for i := range m.spec.Rules {
		if rule := &m.spec.Rules[i]; rule.Columns != nil && rule.Severity != SeverityOff {
			if err := rule.Columns(ctx, r, m.ledger.find(split, rule.ID, rule.Field)); err != nil {
				return fmt.Errorf("ask rule %s of split %s: %w", rule.Key(), r.Split, err)
			}
		}
	}
	m.out.Records = append(m.out.Records, r)
	m.out.Times = append(m.out.Times, times)
	m.out.later = append(m.out.later, m.later)
	m.out.Plan.Splits = append(m.out.Plan.Splits, PlanSplit{Name: r.Split, Records: loaded.Files, Rows: int64(r.Chosen().Len()), Filtered: r.Rows - int64(r.Chosen().Len())})
	for i, stat := range loaded.Stats {
		m.out.tables = append(m.out.tables, table{loaded.Files[i].Path, stat})
	}
	m.observe(Event{Kind: EventSized, Split: r.Split, Rows: int64(r.Chosen().Len())})
	return nil
}

// judge asks the rules that look at all splits, and the formats about every record;
// then it leaves out what the rules' severities say, and fixes each split's order.
func (m *planner) judge(ctx context.Context) error {
	for i := range m.spec.Rules {
		r := &m.spec.Rules[i]
		if r.Dataset == nil || r.Severity == SeverityOff {
			continue
		}
		finders := make([]*Finder, len(m.out.Records))
		for split := range finders {
			finders[split] = m.ledger.find(split, r.ID, r.Field)
		}
		if err := r.Dataset(ctx, m.out.Records, finders); err != nil {
			return fmt.Errorf("ask rule %s: %w", r.ID, err)
		}
	}
	if err := m.judgeFiles(ctx); err != nil {
		return err
	}
	if err := m.checkRecords(ctx); err != nil {
		return err
	}
	if err := m.stop(); err != nil && m.mode == planToWrite {
		return err
	}
	for i := range m.out.Plan.Splits {
		s := &m.out.Plan.Splits[i]
		s.Dropped = m.ledger.out(i)
		m.tellDropped(s)
		order := m.out.Records[i].Chosen().without(m.ledger.broken(i))
		if s.Shuffle = m.spec.Shuffle; s.Shuffle != nil {
			order = order.shuffled(*s.Shuffle)
		}
		m.out.orders = append(m.out.orders, order)
	}
	return nil
}

// tellDropped tells of each record that is left out once.
func (m *planner) tellDropped(s *PlanSplit) {
	last := int64(-1)
	for i := range s.Dropped {
		if v := s.Dropped[i]; v.Row != last {
			last = v.Row
			m.observe(Event{Kind: EventDropped, Split: s.Name, Violation: &v})
		}
	}
}

// stop is the error of findings that keep the output from being made, or nil.
func (m *planner) stop() error {
	found := m.ledger.findings(nil)
	stops := slices.DeleteFunc(slices.Clone(found.Results), func(r RuleResult) bool { return !r.Stops() })
	if len(stops) == 0 {
		return nil
	}
	e := &ViolationsError{Results: stops, Advice: m.spec.adviceOn(stops), Unread: len(m.spec.Schema.Images()) > 0}
	for i := range m.spec.Splits {
		e.Total += m.ledger.stopping(i).count()
	}
	e.First = stopping(found.Violations, stops)
	return e
}

// checkRecords asks the formats about every record that nothing was found in yet.
func (m *planner) checkRecords(ctx context.Context) error {
	var mu sync.Mutex
	for split, r := range m.out.Records {
		broken := m.ledger.broken(split)
		var found []Violation
		var asked atomic.Int64
		err := eachBlock(ctx, runtime.GOMAXPROCS(0), r.Rows, func(_ context.Context, lo, hi int64) error {
			kept := int64(0)
			for row := lo; row < hi; row++ {
				if !r.Has(row) || broken.has(row) {
					continue
				}
				kept++
				for _, f := range m.spec.Formats {
					if v, ok := f.CheckRecord(r, row); !ok {
						mu.Lock()
						found = append(found, v)
						mu.Unlock()
						break
					}
				}
			}
			asked.Add(kept)
			return nil
		})
		if err != nil {
			return fmt.Errorf("check the records of split %s: %w", r.Split, err)
		}
		sortViolations(found, m.spec.Splits)
		m.ledger.add(split, found)
		m.ledger.askedFormats(split, asked.Load())
	}
	return nil
}

// countRecords counts the distinct records in sorted violations.
func countRecords(vs []Violation) int {
	n := 0
	for i, v := range vs {
		if i == 0 || v.Split != vs[i-1].Split || v.Row != vs[i-1].Row {
			n++
		}
	}
	return n
}

// judgeShards asks the rules that look at the plan, and puts what was found into it.
func (m *planner) judgeShards() error {
	whole := newLedger(m.spec, []string{""}, func(r *Rule) bool { return r.Shards != nil })
	for _, f := range whole.finders(0) {
		f.rule.Shards(m.out.Plan, f)
	}
	planned := m.ledger.findings(func(r *Rule) bool { return r.Shards == nil })
	last := whole.findings(nil)
	m.out.Plan.Rules = append(planned.Results, last.Results...)
	m.out.Plan.Violations = append(planned.Violations, last.Violations...)
	for _, r := range last.Results {
		if r.Stops() && m.mode == planToWrite {
			return &ViolationsError{Results: []RuleResult{r}, First: last.Violations}
		}
	}
	return nil
}

// survey asks the formats what must be alike in all shards.
func (m *planner) survey(ctx context.Context) error {
	kept := make([]Kept, len(m.out.Records))
	for i, r := range m.out.Records {
		kept[i] = Kept{Records: r, Rows: m.out.orders[i]}
	}
	for _, f := range m.spec.Formats {
		t, err := f.Survey(ctx, kept)
		if err != nil {
			return fmt.Errorf("format %s: %w", f.Name(), err)
		}
		if t == nil {
			continue
		}
		if m.out.Plan.Traits == nil {
			m.out.Plan.Traits = make(map[string]Traits)
		}
		m.out.Plan.Traits[f.Name()] = t
	}
	return nil
}

// cut divides a split into shards, see cutter.
func (m *planner) cut(ctx context.Context, split int) error {
	s := &m.out.Plan.Splits[split]
	c := newCutter(m.spec, m.out.Records[split], m.out.orders[split].Len(), m.out.Plan.Traits)
	var g errgroup.Group
	g.Go(func() (err error) {
		s.Images, err = imagesDigest(ctx, c.records, m.out.orders[split])
		return err
	})
	g.Go(func() error { return c.addAll(ctx, m.out.orders[split]) })
	if err := g.Wait(); err != nil {
		return err
	}
	s.Shards = c.finish(m.out.orders[split])
	s.ImageCount = c.images
	oversize, first := 0, ""
	for _, sh := range s.Shards {
		s.ImageBytes += sh.ImageBytes
		if sh.Oversize {
			oversize++
			first = cmp.Or(first, sh.FirstKey)
		}
	}
	if oversize > 0 {
		m.observe(Event{Kind: EventWarning, Split: s.Name, Message: fmt.Sprintf("split %s: each of %d records (the first is %s) is larger than the shard size: their shards will be larger than asked for", s.Name, oversize, Printable(first))})
	}
	return nil
}

// imagesDigest is the SHA-256 over the names and sizes of rows' images.
func imagesDigest(ctx context.Context, r *Records, rows Rows) (string, error) {
	h := sha256.New()
	var lines []byte
	for i, row := range rows.All() {
		if i%65536 == 0 && ctx.Err() != nil {
			return "", context.Cause(ctx)
		}
		if lines = imageLine(lines, r, row); len(lines) > 32<<10 {
			h.Write(lines)
			lines = lines[:0]
		}
	}
	h.Write(lines)
	return hex.EncodeToString(h.Sum(nil)), nil
}

// imageLine appends the names and sizes of a row's images, of a list behind how many
// they are.
func imageLine(dst []byte, r *Records, row int64) []byte {
	for _, f := range r.Schema.Images() {
		c := r.Images[f]
		n, ok := c.Len(row)
		if c.list {
			dst = schema.AppendLength(dst, n, ok)
		}
		for item := range n {
			dst = binary.LittleEndian.AppendUint64(dst, uint64(c.Size(row, item)))
			dst, _ = c.AppendFile(dst, row, item)
			dst = append(dst, 0)
		}
	}
	return dst
}

// Shard returns the view of a shard that formats lay out.
func (p *Planned) Shard(split, index int) *Shard {
	return NewShard(p.Records[split], index, len(p.Plan.Splits[split].Shards), p.rows(split, index))
}

// ShardName is a shard's name without format: "train-00003-of-00042".
func ShardName(split string, index, total int) string {
	return fmt.Sprintf("%s-%05d-of-%05d", split, index, total)
}
