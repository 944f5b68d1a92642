package pipeline

import (
	"context"
	"fmt"
	"io"
)

// Input is the source that an output is compared with: planned again with the
// output's own config.
type Input struct {
	Planned *Planned
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
	sh := p.Shard(split, index).Without(droppedRows(w.result.Dropped))
	w.files = append(w.files, openShard{
		path: "INPUT", close: func() error { return nil },
		reader: &inputReader{ctx: ctx, shard: sh},
	})
	if got := recordsDigest(sh); got != w.result.Records {
		w.find(w.result.Files[0].Path, "INPUT has other records or values: their digest is %s, the manifest says %s", got, w.result.Records)
	}
}

// inputReader reads a shard's records from the input, as a format's reader reads
// them from a file.
type inputReader struct {
	ctx   context.Context // of the walk that owns the reader
	shard *Shard
	next  int
}

func (r *inputReader) Len() int64 { return int64(r.shard.Len()) }

func (r *inputReader) Next() (Sample, error) {
	if r.next == r.shard.Len() {
		return Sample{}, io.EOF
	}
	row := r.shard.Order.At(r.next)
	n := r.shard.Schema.Len()
	s := Sample{Key: r.shard.Key(row), Values: make([]Cell, n), Images: make([][]SampleImage, n), Named: true}
	for f := range n {
		if r.shard.Images[f] == nil {
			s.Values[f] = r.shard.Cell(f, row)
			continue
		}
		var err error
		if s.Images[f], err = readImages(r.ctx, r.shard.Images[f], row); err != nil {
			return s, err
		}
	}
	r.next++
	return s, nil
}

// readImages reads a row's images of a field, as a Sample has them.
func readImages(ctx context.Context, c *ImageColumn, row int64) ([]SampleImage, error) {
	n, ok := c.Len(row)
	if !ok || !c.list && c.Size(row, 0) == NoImage {
		return nil, nil
	}
	images := make([]SampleImage, n)
	for item := range images {
		size := c.Size(row, item)
		if size == NoImage {
			continue
		}
		m := &images[item]
		m.Name, _ = c.Name(row, item)
		m.Bytes = make([]byte, size)
		if _, err := c.Read(ctx, row, item, FileStat{Size: size}, m.Bytes); err != nil {
			return nil, err
		}
	}
	return images, nil
}
