package compare

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/pickshard/pickshard/pipeline"
	"github.com/pickshard/pickshard/schema"
)

// A Differ compares two outputs. It reads only shards whose digests differ, and holds
// about 100 bytes for each of their records, and more for those that changed.
//
// Records are the same where all fields that both outputs have are, wherever they
// stand. Without By, a record that is gone and one that is new are one that changed
// where they share an image, a text or the like that few have, and half of their
// fields.
type Differ struct {
	Old, New pipeline.Store
	Formats  []pipeline.Format // all that pickshard knows
	// By names a field whose value is a record's own: records with the same value are
	// one, changed or not.
	By string
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
	// Added, Removed and Changed count records; Moved those that stand
	// in another order: the fewest that explain it.
	Added   int64 `json:"added"`
	Removed int64 `json:"removed"`
	Changed int64 `json:"changed"`
	Moved   int64 `json:"moved"`
	// ByField counts the changed records by field.
	ByField map[string]int64   `json:"changed_fields,omitempty"`
	Records []RecordDifference `json:"records,omitempty"` // in the new order, then those removed
}

// RecordDifference is one record that changed: its key, or its place where the output
// has no format with keys; of one that was removed in the old output, else in the new.
type RecordDifference struct {
	Key    string   `json:"key"`
	Change string   `json:"change"` // "added", "removed", "changed"
	Fields []string `json:"fields,omitempty"`
}

// Diff compares the outputs.
func (d *Differ) Diff(ctx context.Context) (*Difference, error) {
	old, err := pipeline.ReadManifest(d.Old)
	if err != nil {
		return nil, fmt.Errorf("old output: %w", err)
	}
	fresh, err := pipeline.ReadManifest(d.New)
	if err != nil {
		return nil, fmt.Errorf("new output: %w", err)
	}
	out := &Difference{Identity: fresh.Identity.Differences(old.Identity), Fields: fieldChanges(old.Fields, fresh.Fields), Files: fileChanges(old.Files, fresh.Files)}
	c := &comparison{Differ: d}
	if err := c.prepare(old, fresh); err != nil {
		return nil, err
	}
	names := fresh.SplitNames()
	for _, name := range old.SplitNames() {
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

func fieldChanges(old, fresh []pipeline.ManifestField) []string {
	was := make(map[string]pipeline.ManifestField)
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

func fileChanges(old, fresh []pipeline.ManifestFile) []string {
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
}

// side is one of the outputs.
type side struct {
	store    pipeline.Store
	manifest *pipeline.Manifest
	schema   *schema.Schema
	format   pipeline.Format // to read records from, with keys where there is one; nil for none
	// fields are the numbers of those that both have, in the new one's order; by is
	// that of Differ.By.
	fields []int
	by     int
}

func (d *Differ) side(s pipeline.Store, m *pipeline.Manifest) (side, error) {
	fields, err := m.Schema()
	out := side{store: s, manifest: m, schema: fields, by: -1}
	for _, f := range d.Formats {
		if slices.Contains(m.Formats, f.Name()) && (out.format == nil || f.Keyed() && !out.format.Keyed()) {
			out.format = f
		}
	}
	if err == nil && out.format == nil {
		err = pipeline.WithHint(fmt.Errorf("formats %s: none can be read", strings.Join(m.Formats, ", ")), "read it with the pickshard that wrote it")
	}
	return out, err
}

// prepare chooses what records are read from, and which of their fields count.
func (c *comparison) prepare(old, fresh *pipeline.Manifest) (err error) {
	if c.old, err = c.side(c.Old, old); err != nil {
		return fmt.Errorf("old output: %w", err)
	}
	if c.fresh, err = c.side(c.New, fresh); err != nil {
		return fmt.Errorf("new output: %w", err)
	}
	for i := range c.fresh.schema.Len() {
		if at := c.old.schema.Index(c.fresh.schema.Field(i).Name); at >= 0 {
			c.fresh.fields, c.old.fields = append(c.fresh.fields, i), append(c.old.fields, at)
		}
	}
	if c.By == "" {
		return nil
	}
	for _, s := range []*side{&c.old, &c.fresh} {
		if s.by = s.schema.Index(c.By); s.by < 0 {
			return pipeline.WithHint(fmt.Errorf("%w: %s", pipeline.ErrNoField, pipeline.Printable(c.By)), "fields of both are: %s", c.common())
		}
	}
	return nil
}

// common lists the fields that both outputs have.
func (c *comparison) common() string {
	var names []string
	for _, f := range c.fresh.fields {
		names = append(names, c.fresh.schema.Field(f).Name)
	}
	return strings.Join(names, ", ")
}

// findSplit returns a manifest's split, an empty one where it has none of that name.
func findSplit(m *pipeline.Manifest, name string) *pipeline.ManifestSplit {
	for i := range m.Splits {
		if m.Splits[i].Name == name {
			return &m.Splits[i]
		}
	}
	return &pipeline.ManifestSplit{Name: name}
}

// split compares one split; nil when it is the same in both.
func (c *comparison) split(ctx context.Context, name string) (*SplitDifference, error) {
	old, fresh := findSplit(c.old.manifest, name), findSplit(c.fresh.manifest, name)
	d := &SplitDifference{
		Split: name, OldRows: old.Rows, NewRows: fresh.Rows, OldShards: len(old.Shards), NewShards: len(fresh.Shards), ByField: make(map[string]int64),
	}
	blocks, was, is := sameShards(old, fresh)
	for i := range fresh.Shards {
		if is[i] {
			d.Shards = append(d.Shards, pipeline.ShardName(name, i, len(fresh.Shards)))
		} else {
			d.Same++
		}
	}
	m, err := c.match(ctx, old, fresh, was, is)
	if err != nil {
		return nil, err
	}
	if err := c.tell(ctx, d, old, fresh, m); err != nil {
		return nil, err
	}
	d.Moved = moved(slices.Concat(blocks, m.same, m.changed))
	if len(d.Shards) == 0 && d.OldRows == d.NewRows && d.OldShards == d.NewShards && d.Moved == 0 {
		return nil, nil
	}
	return d, nil
}

// A block is records that stand in both outputs, one after the other.
type block struct{ old, fresh, rows int64 }

// sameShards finds the shards that both have, and says of the others which they are.
func sameShards(old, fresh *pipeline.ManifestSplit) (blocks []block, was, is []bool) {
	type content struct{ records, contents string }
	type place struct {
		shard int
		first int64
	}
	have := make(map[content][]place)
	was, is = make([]bool, len(old.Shards)), make([]bool, len(fresh.Shards))
	first := int64(0)
	for i, sh := range old.Shards {
		was[i] = true
		if sh.Records != "" {
			at := content{sh.Records, sh.Contents}
			have[at] = append(have[at], place{i, first})
		}
		first += sh.Rows
	}
	first = 0
	for i, sh := range fresh.Shards {
		at := content{sh.Records, sh.Contents}
		if found := have[at]; len(found) > 0 {
			was[found[0].shard] = false
			blocks = append(blocks, block{found[0].first, first, sh.Rows})
			have[at] = found[1:]
		} else {
			is[i] = true
		}
		first += sh.Rows
	}
	return blocks, was, is
}

// tell counts what was matched and lists it, with the fields of what changed.
func (c *comparison) tell(ctx context.Context, d *SplitDifference, old, fresh *pipeline.ManifestSplit, m *matched) error {
	list := func(r RecordDifference) {
		if len(d.Records) < c.MaxListed {
			d.Records = append(d.Records, r)
		}
	}
	was, err := c.details(ctx, &c.old, old, append(oldPlaces(m.changed), m.gone...))
	if err != nil {
		return err
	}
	is, err := c.details(ctx, &c.fresh, fresh, append(newPlaces(m.changed), m.come...))
	if err != nil {
		return err
	}
	partner := make(map[int64]int64, len(m.changed)) // by the new place
	for _, b := range m.changed {
		partner[b.fresh] = b.old
	}
	if c.By == "" {
		c.pair(partner, was, is)
		for at, from := range partner {
			m.changed = append(m.changed, block{from, at, 1})
		}
	}
	gone := maps.Clone(was)
	for _, at := range slices.Sorted(maps.Keys(is)) {
		from, changed := partner[at]
		if !changed {
			d.Added++
			list(RecordDifference{Key: is[at].key, Change: "added"})
			continue
		}
		delete(gone, from)
		var fields []string
		for k, sum := range is[at].sums {
			if was[from].sums[k] != sum {
				name := c.fresh.schema.Field(c.fresh.fields[k]).Name
				fields = append(fields, name)
				d.ByField[name]++
			}
		}
		d.Changed++
		list(RecordDifference{Key: is[at].key, Change: "changed", Fields: fields})
	}
	for _, at := range slices.Sorted(maps.Keys(gone)) {
		d.Removed++
		list(RecordDifference{Key: gone[at].key, Change: "removed"})
	}
	return nil
}

func oldPlaces(blocks []block) []int64 {
	var places []int64
	for _, b := range blocks {
		places = append(places, b.old)
	}
	return places
}

func newPlaces(blocks []block) []int64 {
	var places []int64
	for _, b := range blocks {
		places = append(places, b.fresh)
	}
	return places
}
