package pipeline

// A ShardID names a shard of a plan by its place.
type ShardID struct{ Split, Index int }

// A Task is one shard to be built: its rows, and what the plan saw of their images.
type Task struct {
	*Shard
	ID ShardID
	// Times has one entry a field, see Planned.Times.
	Times []Numbers
}

// Tasks are what the shards of a plan are built and described from: the records of the
// whole input where plan and build are one process ([Planned]), a written plan's slices
// where they are not. It is safe for concurrent use.
type Tasks interface {
	// Task returns that of a shard.
	Task(ShardID) (*Task, error)
	// Source is a shard's digest over its images, see Task.Source.
	Source(ShardID) (string, error)
	// Left returns the records of a split that the plan leaves out, as far as they are
	// to be written under quarantine/.
	Left(split int) (*Records, Rows, error)
}

// Task implements Tasks.
func (p *Planned) Task(id ShardID) (*Task, error) {
	return &Task{Shard: p.Shard(id.Split, id.Index), ID: id, Times: p.Times[id.Split]}, nil
}

// Source implements Tasks.
func (p *Planned) Source(id ShardID) (string, error) {
	return sourceDigest(p.Records[id.Split], p.Times[id.Split], p.rows(id.Split, id.Index)), nil
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

// A shardPlace is what a record must be of to be that of a shard: its place in the plan,
// and how many records it has there.
type shardPlace struct {
	ShardID
	split       string
	total, rows int
}

func (p *Plan) place(id ShardID) shardPlace {
	s := &p.Splits[id.Split]
	return shardPlace{id, s.Name, len(s.Shards), s.Shards[id.Index].Rows}
}

func (t *Task) place() shardPlace { return shardPlace{t.ID, t.Split, t.Total, t.Len()} }

func (s *shardPlace) name() string { return ShardName(s.split, s.Index, s.total) }
