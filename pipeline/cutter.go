package pipeline

import "context"

// A cutter divides a split's records, as they come, into shards: a shard is
// full when one more record would take any format's file over the bound, or
// when it has the rows asked for.
type cutter struct {
	spec    *Spec
	records *Records
	sizers  []Sizer
	shards  []PlanShard
	images  int64 // of all shards

	open   PlanShard
	last   int64   // row of the open shard's last record
	bounds []int64 // of the open shard, by format
	next   []int64 // the same with one more record
}

func newCutter(spec *Spec, r *Records, traits map[string]Traits) *cutter {
	c := &cutter{spec: spec, records: r, bounds: make([]int64, len(spec.Formats)), next: make([]int64, len(spec.Formats))}
	for _, f := range spec.Formats {
		c.sizers = append(c.sizers, f.NewSizer(r, traits[f.Name()]))
	}
	c.begin(0)
	return c
}

// addAll takes the split's records.
func (c *cutter) addAll(ctx context.Context, rows Rows) error {
	for i, row := range rows.All() {
		if i%65536 == 0 && ctx.Err() != nil {
			return context.Cause(ctx)
		}
		c.add(row)
	}
	return nil
}

// add takes the split's next record.
func (c *cutter) add(row int64) {
	over := c.measure(row)
	full := over || c.spec.ShardRows > 0 && c.open.Rows == c.spec.ShardRows
	if full && c.open.Rows > 0 {
		c.close()
		c.begin(c.open.First + int64(c.open.Rows))
		over = c.measure(row)
	}
	if c.open.Rows == 0 {
		c.open.FirstKey = c.records.Key(row)
	}
	c.open.Oversize = over
	c.open.Rows++
	c.last = row
	copy(c.bounds, c.next)
	for _, f := range c.records.Schema.Images() {
		images := c.records.Images[f]
		for item := range images.Count(row) {
			if size := images.Size(row, item); size != NoImage {
				c.open.ImageBytes += size
				c.images++
			}
		}
	}
}

// measure says whether the open shard, with one more record, is too large.
func (c *cutter) measure(row int64) (over bool) {
	for i, sz := range c.sizers {
		c.next[i] = sz.Add(row)
		over = over || c.spec.ShardBytes > 0 && c.next[i] > c.spec.ShardBytes
	}
	return over
}

func (c *cutter) begin(first int64) {
	c.open = PlanShard{First: first}
	for _, sz := range c.sizers {
		sz.Reset()
	}
}

func (c *cutter) close() {
	sh := c.open
	if sh.Rows > 0 {
		sh.LastKey = c.records.Key(c.last)
		sh.Bounds = make(map[string]int64, len(c.sizers))
		for i, sz := range c.sizers {
			name := c.spec.Formats[i].Name()
			sh.Bounds[name] = c.bounds[i]
			if sz.Exact() {
				sh.Exact = append(sh.Exact, name)
			}
		}
	}
	c.shards = append(c.shards, sh)
}

// finish returns the shards; a split without records has one, empty.
func (c *cutter) finish() []PlanShard {
	c.close()
	return c.shards
}
