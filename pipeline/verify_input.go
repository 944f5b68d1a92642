package pipeline

import (
	"context"
	"fmt"
	"io"
)

// Input is the source that an output is compared with: planned anew with the
// output's own config.
type Input struct {
	Planned *Planned
	Source  Source
}

// compareInput compares what the manifest tells of the input with what a new
// plan finds.
func (r *verification) compareInput() error {
	id, err := r.Input.Planned.Plan.Identity()
	if err != nil {
		return err
	}
	for _, part := range id.Differences(r.manifest.Identity) {
		r.find(manifestName, "INPUT differs from what was converted: %s", part)
	}
	return nil
}

// openInput lets the walk read the shard's records from the input too. Shards
// that the input's plan cuts elsewhere cannot be compared record by record.
func (w *shardWalk) openInput(ctx context.Context, split, index int) {
	p := w.Input.Planned
	if split >= len(p.Plan.Splits) || p.Plan.Splits[split].Name != w.split || index >= len(p.Plan.Splits[split].Shards) {
		w.find(w.result.Files[0].Path, "INPUT has no such shard")
		return
	}
	left := int64(countRecords(w.result.Dropped))
	if planned := p.Plan.Splits[split].Shards[index]; int64(planned.Rows) != w.result.Rows+left {
		// Record by record, every one behind the first that is missing would differ.
		without := ""
		if left > 0 {
			without = fmt.Sprintf(", %d of them left out", left)
		}
		w.find(w.result.Files[0].Path, "INPUT has %d whole records for this shard, %d were converted%s", planned.Rows, w.result.Rows+left, without)
		for _, v := range p.Plan.Splits[split].Dropped[:min(len(p.Plan.Splits[split].Dropped), MaxListed)] {
			w.find("INPUT", "%s", v)
		}
		return
	}
	sh := p.Shard(split, index)
	sh.Order = sh.Order.Without(droppedRows(w.result.Dropped))
	w.files = append(w.files, openShard{
		path: "INPUT", close: func() error { return nil },
		reader: &inputReader{ctx: ctx, shard: sh, source: w.Input.Source, times: p.Times[split]},
	})
	if got := recordsDigest(sh); got != w.result.Records {
		w.find(w.result.Files[0].Path, "INPUT has other records or values: their digest is %s, the manifest says %s", got, w.result.Records)
	}
}

// inputReader reads a shard's records from the input, as a format's reader reads
// them from a file.
type inputReader struct {
	ctx    context.Context // of the walk that owns the reader
	shard  *Shard
	source Source
	times  []Numbers
	next   int
}

func (r *inputReader) Len() int64 { return int64(r.shard.Len()) }

func (r *inputReader) Next() (Sample, error) {
	if r.next == r.shard.Len() {
		return Sample{}, io.EOF
	}
	row := r.shard.Order.At(r.next)
	n := r.shard.Schema.Len()
	s := Sample{Key: r.shard.Key(row), Values: make([]Cell, n), Images: make([][]byte, n), Names: make([]string, n)}
	for f := range n {
		if r.shard.Columns[f] != nil {
			s.Values[f] = r.shard.Cell(f, row)
			continue
		}
		size := r.shard.ImageSize(r.next, f)
		if size == NoImage {
			continue
		}
		name, _ := r.shard.Paths[f](nil, row)
		s.Names[f], _ = r.shard.ImageName(f, row)
		s.Images[f] = make([]byte, size)
		if _, err := r.source.ReadFile(r.ctx, string(name), FileStat{Size: size}, s.Images[f]); err != nil {
			return s, err
		}
	}
	r.next++
	return s, nil
}
