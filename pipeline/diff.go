package pipeline

import (
	"cmp"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"

	"github.com/pickshard/pickshard/schema"
)

// A Differ compares two outputs. It reads only shards whose digests differ.
type Differ struct {
	Old, New Store
	Formats  []Format // all that pickshard knows
	// MaxListed bounds the records that a split's difference lists; the counts
	// are of all.
	MaxListed int
}

// A Difference is what changed from one output to another.
type Difference struct {
	Equal bool `json:"equal"`
	// Identity names the parts in which the conversions differ ("config", ...).
	Identity []string `json:"conversion,omitempty"`
	// Fields tells of fields that were added (+), removed (-) or changed (~).
	Fields []string          `json:"fields,omitempty"`
	Splits []SplitDifference `json:"splits,omitempty"`
	// Files lists those beside the shards that differ.
	Files []string `json:"files,omitempty"`
}

// SplitDifference is what changed in a split; splits without a change are not
// listed.
type SplitDifference struct {
	Split     string   `json:"split"`
	OldRows   int64    `json:"old_rows"`
	NewRows   int64    `json:"new_rows"`
	OldShards int      `json:"old_shards"`
	NewShards int      `json:"new_shards"`
	Same      int      `json:"same_shards"`              // of the new ones, those that the old output has too
	Shards    []string `json:"changed_shards,omitempty"` // of the new output
	// Added, Removed and Changed count records.
	Added   int64 `json:"added"`
	Removed int64 `json:"removed"`
	Changed int64 `json:"changed"`
	// ByField counts the changed records by field.
	ByField map[string]int64   `json:"changed_fields,omitempty"`
	Records []RecordDifference `json:"records,omitempty"` // in the new order, then those removed
}

// RecordDifference is one record that changed: its key, or its place where no
// common format has keys.
type RecordDifference struct {
	Key    string   `json:"key"`
	Change string   `json:"change"` // "added", "removed", "changed"
	Fields []string `json:"fields,omitempty"`
}

// Diff compares the outputs.
func (d *Differ) Diff(ctx context.Context) (*Difference, error) {
	old, err := ReadManifest(d.Old)
	if err != nil {
		return nil, fmt.Errorf("old output: %w", err)
	}
	fresh, err := ReadManifest(d.New)
	if err != nil {
		return nil, fmt.Errorf("new output: %w", err)
	}
	out := &Difference{Identity: fresh.Identity.Differences(old.Identity), Fields: fieldChanges(old.Fields, fresh.Fields), Files: fileChanges(old.Files, fresh.Files)}
	c := &comparison{Differ: d}
	if err := c.prepare(old, fresh); err != nil {
		return nil, err
	}
	names := slices.Clone(splitNames(fresh))
	for _, name := range splitNames(old) {
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	for _, name := range names {
		s, err := c.split(ctx, name)
		if err != nil {
			return nil, fmt.Errorf("compare split %s: %w", name, err)
		}
		if s != nil {
			out.Splits = append(out.Splits, *s)
		}
	}
	out.Equal = len(out.Identity)+len(out.Fields)+len(out.Splits)+len(out.Files) == 0
	return out, nil
}

func splitNames(m *Manifest) []string {
	names := make([]string, len(m.Splits))
	for i, s := range m.Splits {
		names[i] = s.Name
	}
	return names
}

func fieldChanges(old, fresh []ManifestField) []string {
	was := make(map[string]ManifestField)
	for _, f := range old {
		was[f.Name] = f
	}
	var changes []string
	for _, f := range fresh {
		o, ok := was[f.Name]
		switch {
		case !ok:
			changes = append(changes, "+"+f.Name)
		case o != f:
			changes = append(changes, "~"+f.Name)
		}
		delete(was, f.Name)
	}
	for _, name := range slices.Sorted(maps.Keys(was)) {
		changes = append(changes, "-"+name)
	}
	return changes
}

func fileChanges(old, fresh []ManifestFile) []string {
	sums := make(map[string]string)
	for _, f := range old {
		sums[f.Path] = f.CRC32C
	}
	var changes []string
	for _, f := range fresh {
		if sums[f.Path] != f.CRC32C {
			changes = append(changes, f.Path)
		}
		delete(sums, f.Path)
	}
	return append(changes, slices.Sorted(maps.Keys(sums))...)
}

// comparison is a Diff under way.
type comparison struct {
	*Differ
	old, fresh side
	format     Format // that both have, with keys where there is one
}

// side is one of the outputs.
type side struct {
	store    Store
	manifest *Manifest
	schema   *schema.Schema
}

func newSide(s Store, m *Manifest) (side, error) {
	fields, err := m.schema()
	return side{store: s, manifest: m, schema: fields}, err
}

// prepare chooses a format to read records from.
func (c *comparison) prepare(old, fresh *Manifest) (err error) {
	if c.old, err = newSide(c.Old, old); err != nil {
		return err
	}
	if c.fresh, err = newSide(c.New, fresh); err != nil {
		return err
	}
	for _, f := range c.Formats {
		if slices.Contains(old.Formats, f.Name()) && slices.Contains(fresh.Formats, f.Name()) {
			if c.format == nil || f.Keyed() && !c.format.Keyed() {
				c.format = f
			}
		}
	}
	return nil
}

func (m *Manifest) findSplit(name string) *ManifestSplit {
	for i := range m.Splits {
		if m.Splits[i].Name == name {
			return &m.Splits[i]
		}
	}
	return &ManifestSplit{Name: name}
}

// content identifies a shard's content, and where in the split it stands.
type content struct {
	records, contents string
	first             int64
}

func contentsOf(s *ManifestSplit, keyed bool) map[content]bool {
	all := make(map[content]bool)
	first := int64(0)
	for _, sh := range s.Shards {
		c := content{sh.Records, sh.Contents, first}
		if keyed {
			c.first = 0
		}
		all[c] = true
		first += sh.Rows
	}
	return all
}

// split compares one split; nil when it is the same in both.
func (c *comparison) split(ctx context.Context, name string) (*SplitDifference, error) {
	old, fresh := c.old.manifest.findSplit(name), c.fresh.manifest.findSplit(name)
	d := &SplitDifference{
		Split: name, OldRows: old.Rows, NewRows: fresh.Rows, OldShards: len(old.Shards), NewShards: len(fresh.Shards), ByField: make(map[string]int64),
	}
	inOld, inNew := contentsOf(old, c.keyed()), contentsOf(fresh, c.keyed())
	was, err := c.prints(ctx, &c.old, old, inNew, nil)
	if err != nil {
		return nil, err
	}
	is, err := c.prints(ctx, &c.fresh, fresh, inOld, func(shard string, changed bool) {
		if changed {
			d.Shards = append(d.Shards, shard)
		} else {
			d.Same++
		}
	})
	if err != nil {
		return nil, err
	}
	c.match(d, was, is)
	if len(d.Shards) == 0 && len(was.order) == 0 && d.OldRows == d.NewRows && d.OldShards == d.NewShards {
		return nil, nil
	}
	return d, nil
}

// keyed says whether records are told apart by their keys.
func (c *comparison) keyed() bool { return c.format != nil && c.format.Keyed() }

// prints of a side's records that stand in changed shards: by key, a sum for
// each field.
type prints struct {
	order []string
	sums  map[string][]uint64
}

// prints reads the shards that the other side does not have.
func (c *comparison) prints(ctx context.Context, s *side, split *ManifestSplit, other map[content]bool, tell func(shard string, changed bool)) (*prints, error) {
	p := &prints{sums: make(map[string][]uint64)}
	first := int64(0)
	for i := range split.Shards {
		sh := &split.Shards[i]
		at := content{sh.Records, sh.Contents, first}
		if c.keyed() {
			at.first = 0
		}
		changed := !other[at] || at.records == ""
		if tell != nil {
			tell(ShardName(split.Name, i, len(split.Shards)), changed)
		}
		if changed {
			if err := c.readPrints(ctx, s, split.Name, sh, first, p); err != nil {
				return nil, err
			}
		}
		first += sh.Rows
	}
	return p, nil
}

func (c *comparison) readPrints(ctx context.Context, s *side, split string, sh *ShardResult, first int64, p *prints) (err error) {
	if c.format == nil {
		return nil
	}
	own := sh.own(c.format.Name())
	if own == nil {
		return nil
	}
	file, err := s.store.Open(own.Path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	reader, err := c.format.Open(file, file.Size(), s.schema, s.manifest.Traits[c.format.Name()])
	if err != nil {
		return fmt.Errorf("read %s: %w", own.Path, err)
	}
	for row := first; ; row++ {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		sample, err := reader.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("read %s: record %d: %w", own.Path, row-first, err)
		}
		key := cmp.Or(sample.Key, fmt.Sprintf("%s row %d", split, row))
		p.order = append(p.order, key)
		p.sums[key] = fieldSums(s.schema, &sample)
	}
}

// fieldSums sums each field of a record: its size and CRC-32C.
func fieldSums(fields *schema.Schema, s *Sample) []uint64 {
	sums := make([]uint64, fields.Len())
	var text []byte
	for f := range sums {
		if fields.Field(f).Type.Images() {
			text = text[:0]
			for _, m := range s.Images[f] {
				text = binary.LittleEndian.AppendUint64(appendCount(text, len(m.Bytes), m.Bytes != nil), uint64(CRC32C(m.Bytes)))
			}
			if s.Images[f] == nil {
				text = append(text, 0) // an empty list is another value than none
			}
		} else {
			text = schema.AppendValue(text[:0], s.Values[f].Array, s.Values[f].Row)
		}
		sums[f] = uint64(len(text))<<32 | uint64(CRC32C(text))
	}
	return sums
}

// match tells records apart by their keys.
func (c *comparison) match(d *SplitDifference, was, is *prints) {
	place := make(map[string]int)
	for f := range c.old.schema.Len() {
		place[c.old.schema.Field(f).Name] = f
	}
	list := func(r RecordDifference) {
		if len(d.Records) < c.MaxListed {
			d.Records = append(d.Records, r)
		}
	}
	for _, key := range is.order {
		old, ok := was.sums[key]
		if !ok {
			d.Added++
			list(RecordDifference{Key: key, Change: "added"})
			continue
		}
		var fields []string
		for f, sum := range is.sums[key] {
			name := c.fresh.schema.Field(f).Name
			if o, ok := place[name]; !ok || old[o] != sum {
				fields = append(fields, name)
				d.ByField[name]++
			}
		}
		if len(fields) > 0 {
			d.Changed++
			list(RecordDifference{Key: key, Change: "changed", Fields: fields})
		}
	}
	for _, key := range was.order {
		if _, ok := is.sums[key]; !ok {
			d.Removed++
			list(RecordDifference{Key: key, Change: "removed"})
		}
	}
}
