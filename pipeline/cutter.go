package pipeline

import "context"

// A cutter divides a split's records, as they come, into shards: a shard is
// full when one more record would take any format's file over the bound, or
// when it has its part of the rows, which are spread evenly over as many shards as
// are asked for or as the bound on rows makes necessary.
type cutter struct {
	spec    *Spec
	records *Records
	total   int // rows of the split
	most    int // rows of the open shard, 0 for no bound
	sizers  []Sizer
	shards  []PlanShard
	images  int64 // of all shards

	open   PlanShard
	last   int64   // row of the open shard's last record
	bounds []int64 // of the open shard, by format
	next   []int64 // the same with one more record
}

func newCutter(spec *Spec, r *Records, rows int, traits map[string]Traits) *cutter {
	c := &cutter{spec: spec, records: r, total: rows, bounds: make([]int64, len(spec.Formats)), next: make([]int64, len(spec.Formats))}
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
	full := over || c.most > 0 && c.open.Rows == c.most
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
	c.most = c.share(c.total - int(first))
	for _, sz := range c.sizers {
		sz.Reset()
	}
}

// share is how many of the rows that are left the next shard gets, 0 for no bound.
func (c *cutter) share(left int) int {
	shards := 0
	switch {
	case left <= 0:
		return 0
	case c.spec.Shards > 0:
		shards = max(1, c.spec.Shards-len(c.shards))
	case c.spec.ShardRows > 0:
		shards = (left + c.spec.ShardRows - 1) / c.spec.ShardRows
	default:
		return 0
	}
	return (left + shards - 1) / shards
}

// balance moves records from the last shard but one to the last where that has less
// than half as many, as long as no file gets too large.
func (c *cutter) balance(rows Rows) {
	n := len(c.shards)
	if n < 2 || c.spec.Shards > 0 || c.shards[n-1].Oversize || c.shards[n-2].Oversize || 2*c.shards[n-1].Rows >= c.shards[n-2].Rows {
		return
	}
	before, images := [2]PlanShard{c.shards[n-2], c.shards[n-1]}, c.images
	first := before[0].First
	half := (before[0].Rows + before[1].Rows + 1) / 2
	c.shards = c.shards[:n-2]
	for i, row := range rows.Slice(int(first), int(first)+before[0].Rows+before[1].Rows).All() {
		if i == 0 || i == half {
			if i > 0 {
				c.close()
			}
			c.begin(first + int64(i))
			c.most = 0
		}
		c.add(row)
	}
	c.close()
	c.images = images
	if len(c.shards) != n {
		c.shards = append(c.shards[:n-2], before[0], before[1])
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

// finish returns the shards of the rows that were added; a split without records has
// one, empty.
func (c *cutter) finish(rows Rows) []PlanShard {
	c.close()
	c.balance(rows)
	return c.shards
}
