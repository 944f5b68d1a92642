package pipeline

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"runtime"
	"slices"
	"strings"
	"sync"

	"golang.org/x/sync/errgroup"
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
	tables []table // of all splits
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
const sourceHint = "the input must not change while it is converted; run the same command again to plan anew, with --update if OUTPUT was begun before"

// MakePlan reads every split, looks at every image's size (stat only) and cuts
// the splits into shards. Violations stop it under PolicyFail
// (ViolationsError), else the records are left out of the plan.
func MakePlan(ctx context.Context, spec *Spec, src Source, loader Loader, observe Observer) (*Planned, error) {
	if err := checkFormats(spec); err != nil {
		return nil, err
	}
	m := &planner{spec: spec, src: src, observe: observe}
	m.out.Plan = &Plan{Version: 1, Layout: LayoutVersion, Tool: spec.Tool, Name: spec.Name, Config: spec.Config}
	m.out.Plan.Formats = formatNames(spec.Formats)
	if !spec.Card.empty() {
		var err error
		if m.out.Plan.Card, err = partDigest(spec.Card); err != nil {
			return nil, err
		}
	}
	for _, split := range spec.Splits {
		loaded, err := loader.Load(ctx, split)
		if err != nil {
			return nil, &SplitError{split, err}
		}
		observe(Event{Kind: EventLoaded, Split: split, Rows: loaded.Records.Rows})
		for _, w := range loaded.Warnings {
			observe(Event{Kind: EventWarning, Split: split, Message: fmt.Sprintf("split %s: %s", split, w)})
		}
		if err := m.size(ctx, loaded); err != nil {
			return nil, err
		}
	}
	if err := m.judge(ctx); err != nil {
		return nil, err
	}
	if err := m.survey(ctx); err != nil {
		return nil, err
	}
	for i := range m.out.Plan.Splits {
		if err := m.cut(ctx, i); err != nil {
			return nil, err
		}
	}
	return &m.out, m.out.unchanged(ctx, src)
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
	out     Planned
	found   []Violation // of all splits
	later   []Numbers   // of the split that is being looked at
}

// size stats the images of a split and takes it into the plan.
func (m *planner) size(ctx context.Context, loaded *Loaded) error {
	r := loaded.Records
	found, times, err := m.statSplit(ctx, r)
	if err != nil {
		return err
	}
	m.found = append(append(m.found, loaded.Violations...), found...)
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

// statSplit notes size and time of every image of a split, and says which are
// missing or unfit.
func (m *planner) statSplit(ctx context.Context, r *Records) (found []Violation, times []Numbers, err error) {
	times, m.later = make([]Numbers, r.Schema.Len()), make([]Numbers, r.Schema.Len())
	var mu sync.Mutex
	for _, f := range r.Schema.Images() {
		c := r.Images[f]
		times[f], m.later[f] = makeNumbers(c.places, 0), makeNumbers(c.places, 0)
		// Stats wait for the disk when the cache is cold: more of them than cores.
		err = eachBlock(ctx, 8*runtime.GOMAXPROCS(0), c.places, func(ctx context.Context, lo, hi int64) error {
			bad, err := m.statBlock(ctx, r, f, lo, hi, times[f], m.later[f])
			if len(bad) > 0 {
				mu.Lock()
				found = append(found, bad...)
				mu.Unlock()
			}
			return err
		})
		if err != nil {
			return nil, nil, fmt.Errorf("look at the images of split %s: %w", r.Split, err)
		}
	}
	return found, times, nil
}

// statBlock notes the sizes and times of one field's images at the places from lo
// to hi, a block of Numbers.
func (m *planner) statBlock(ctx context.Context, r *Records, field int, lo, hi int64, times, later Numbers) (found []Violation, err error) {
	var size, written, after [blockRows]int64
	c := r.Images[field]
	row, item := c.at(lo)
	for i := range hi - lo {
		for c.list && item >= c.Count(row) {
			row, item = row+1, 0
		}
		size[i] = NoImage
		if r.Has(row) {
			stat, v, err := m.statImage(ctx, c, row, item)
			if err != nil {
				return nil, err
			}
			if v != nil {
				v.Split, v.Row, v.Field, v.File = r.Split, row, r.Schema.Field(field).Name, c.File(row, item)
				m.suggest(ctx, v)
				found = append(found, *v)
			} else if size[i] = stat.Size; size[i] != NoImage {
				written[i] = Stamp(stat.ModTime)
				if !stat.Changed.IsZero() {
					after[i] = Stamp(stat.Changed) - written[i]
				}
			}
		}
		if item++; !c.list {
			row, item = row+1, 0
		}
	}
	c.Sizes.setBlock(lo, size[:hi-lo])
	times.setBlock(lo, written[:hi-lo])
	later.setBlock(lo, after[:hi-lo])
	return found, nil
}

// statImage looks at one image, and says what is wrong with it: nil for nothing. The
// size is NoImage where the record names none, which is the Loader's to judge.
//
// The error is for what is no fault of the record: an interrupt, or a machine
// that has run out of something.
func (m *planner) statImage(ctx context.Context, c *ImageColumn, row int64, item int) (FileStat, *Violation, error) {
	stat, err := c.Stat(ctx, row, item)
	switch {
	case err == nil && stat.Size == NoImage:
	case err != nil && (ctx.Err() != nil || machineFault(err)):
		return stat, nil, cmp.Or(context.Cause(ctx), err)
	case errors.Is(err, ErrUnsafePath):
		return stat, &Violation{Rule: RulePath, Detail: err.Error()}, nil
	case errors.Is(err, fs.ErrNotExist):
		v := &Violation{Rule: RuleMissing, Detail: "no such file", Cause: causeOf(err)}
		if v.Cause != "" {
			v.Detail = v.Cause
		}
		return stat, v, nil
	case errors.Is(err, ErrNotImage):
		return stat, &Violation{Rule: RuleFormat, Detail: err.Error()}, nil
	case err != nil:
		return stat, &Violation{Rule: RuleMissing, Detail: err.Error(), Cause: causeOf(err)}, nil
	case stat.Size == 0:
		return stat, &Violation{Rule: RuleEmpty, Detail: "the file has 0 bytes"}, nil
	case stat.Size > m.spec.MaxImage:
		return stat, &Violation{Rule: RuleTooLarge, Detail: fmt.Sprintf("%d bytes, the limit is %d", stat.Size, m.spec.MaxImage)}, nil
	}
	return stat, nil, nil
}

// causeOf is what an error has in common with those of other images, empty for nothing.
func causeOf(err error) string {
	if cause, ok := errors.AsType[*CauseError](err); ok {
		return cause.Error()
	}
	return ""
}

// suggest says which file may have been meant by a name that leads to none.
func (m *planner) suggest(ctx context.Context, v *Violation) {
	s, can := m.src.(Suggester)
	if !can || v.Rule != RuleMissing && v.Rule != RulePath {
		return
	}
	near, ok := s.Suggest(ctx, v.File)
	if !ok {
		return
	}
	if file := Printable(v.File); !strings.Contains(v.Detail, file) {
		v.Detail += " (" + file + ")"
	}
	v.Detail += "; there is " + Printable(near)
}

// judge asks the formats about every record, applies the policy to all that is
// wrong, and fixes each split's order.
func (m *planner) judge(ctx context.Context) error {
	for _, rule := range m.spec.Rules {
		m.found = append(m.found, rule(m.out.Records)...)
	}
	if err := m.checkRecords(ctx); err != nil {
		return err
	}
	SortViolations(m.found, m.spec.Splits)
	for i, v := range m.found {
		m.found[i].Origin = m.out.Records[slices.Index(m.spec.Splits, v.Split)].origin(v.Row)
	}
	if m.spec.Policy == PolicyFail && len(m.found) > 0 {
		return listed(m.found)
	}
	for i := range m.out.Plan.Splits {
		s := &m.out.Plan.Splits[i]
		dropped := make(map[int64]bool)
		for _, v := range m.found {
			if v.Split == s.Name {
				s.Dropped = append(s.Dropped, v)
				if !dropped[v.Row] {
					dropped[v.Row] = true
					m.observe(Event{Kind: EventDropped, Split: s.Name, Violation: &v})
				}
			}
		}
		order := m.out.Records[i].Chosen().Without(dropped)
		if s.Shuffle = m.spec.Shuffle; s.Shuffle != nil {
			order = order.shuffled(*s.Shuffle)
		}
		m.out.orders = append(m.out.orders, order)
	}
	return nil
}

// checkRecords asks the formats about every record that nothing was found in yet.
func (m *planner) checkRecords(ctx context.Context) error {
	bad := make(map[string]map[int64]bool)
	for _, v := range m.found {
		if bad[v.Split] == nil {
			bad[v.Split] = make(map[int64]bool)
		}
		bad[v.Split][v.Row] = true
	}
	var mu sync.Mutex
	for _, r := range m.out.Records {
		broken := bad[r.Split] // mostly none: then looking it up costs nothing
		err := eachBlock(ctx, runtime.GOMAXPROCS(0), r.Rows, func(_ context.Context, lo, hi int64) error {
			for row := lo; row < hi; row++ {
				if broken[row] || !r.Has(row) {
					continue
				}
				for _, f := range m.spec.Formats {
					if v, ok := f.CheckRecord(r, row); !ok {
						mu.Lock()
						m.found = append(m.found, v)
						mu.Unlock()
						break
					}
				}
			}
			return nil
		})
		if err != nil {
			return fmt.Errorf("check the records of split %s: %w", r.Split, err)
		}
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
			dst = appendCount(dst, n, ok)
		}
		for item := range n {
			dst = binary.LittleEndian.AppendUint64(dst, uint64(c.Size(row, item)))
			dst, _ = c.AppendFile(dst, row, item)
			dst = append(dst, 0)
		}
	}
	return dst
}

// appendCount appends the length of a list, which may be null.
func appendCount(dst []byte, n int, ok bool) []byte {
	if !ok {
		return append(dst, 0)
	}
	return binary.LittleEndian.AppendUint64(append(dst, 1), uint64(n))
}

// Shard returns the view of a shard that formats lay out.
func (p *Planned) Shard(split, index int) *Shard {
	return NewShard(p.Records[split], index, len(p.Plan.Splits[split].Shards), p.rows(split, index))
}

// ShardName is a shard's name without format: "train-00003-of-00042".
func ShardName(split string, index, total int) string {
	return fmt.Sprintf("%s-%05d-of-%05d", split, index, total)
}
