package pipeline

// A Task is one shard to be built: its rows, and what the plan saw of their images.
type Task struct {
	*Shard
	// Times has one entry a field, see Planned.Times.
	Times []Numbers
}

// Tasks are what the shards of a plan are built and described from: the records of the
// whole input where plan and build are one process ([Planned]), a written plan's slices
// where they are not. It is safe for concurrent use.
type Tasks interface {
	// Task returns that of a shard.
	Task(split, index int) (*Task, error)
	// Left returns the records of a split that the plan leaves out, as far as they are
	// to be written under quarantine/.
	Left(split int) (*Records, Rows, error)
}

// Task implements Tasks.
func (p *Planned) Task(split, index int) (*Task, error) {
	return &Task{Shard: p.Shard(split, index), Times: p.Times[split]}, nil
}

// Left implements Tasks.
func (p *Planned) Left(split int) (*Records, Rows, error) {
	var rows []int64
	for _, v := range p.Plan.Splits[split].Dropped {
		if v.Row >= 0 && (len(rows) == 0 || rows[len(rows)-1] != v.Row) {
			rows = append(rows, v.Row)
		}
	}
	return p.Records[split], RowList(rows), nil
}

// Source is a digest over names, sizes and times of the shard's images: a worker whose
// digest is another does not see the planned ones.
func (t *Task) Source() string { return sourceDigest(t.Records, t.Times, t.Order) }

// Content is a digest over the shard's records, whatever is in their images.
func (t *Task) Content() string { return recordsDigest(t.Shard) }
