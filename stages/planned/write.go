package planned

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path"
	"runtime"
	"slices"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/ipc"
	"golang.org/x/sync/errgroup"

	"github.com/pickshard/pickshard/pipeline"
)

// Write writes a plan into the folder of a store, which is empty or holds the same plan.
// The folder is whole once worker.json is there.
func Write(ctx context.Context, s pipeline.Store, p *pipeline.Planned, spec *pipeline.Spec) error {
	id, err := p.Plan.Identity()
	if err != nil {
		return err
	}
	h := newHeader(p, spec, id.ID())
	if err := clear(s, h); err != nil {
		return err
	}
	var plan bytes.Buffer
	if err := p.Plan.Write(&plan); err != nil {
		return err
	}
	if err := put(s, planName, plan.Bytes()); err != nil {
		return err
	}
	for i := range h.Splits {
		l, err := newLayout(spec.Schema, &h.Splits[i], h.Source)
		if err != nil {
			return err
		}
		w := &splitWriter{store: s, planned: p, split: i, header: &h.Splits[i], layout: l}
		if err := w.write(ctx); err != nil {
			return fmt.Errorf("write plan of split %s: %w", h.Splits[i].Name, err)
		}
	}
	data, err := json.MarshalIndent(h, "", "  ")
	if err != nil {
		return fmt.Errorf("write plan: %w", err)
	}
	return put(s, headerName, append(data, '\n'))
}

func newHeader(p *pipeline.Planned, spec *pipeline.Spec, id string) *Header {
	h := &Header{
		Version: shape, Layout: pipeline.LayoutVersion, Tool: spec.Tool, Plan: id, Config: spec.Used,
		Fields: pipeline.FieldsOf(spec.Schema), Formats: p.Plan.Formats, Traits: p.Plan.Traits, Card: spec.Card, Source: spec.Quarantines(),
	}
	for i, s := range p.Plan.Splits {
		hs := HeaderSplit{Name: s.Name, Shards: len(s.Shards), Rows: s.Rows, Read: p.Records[i].Rows, ImageCount: s.ImageCount, Parts: p.Records[i].Parts}
		for f, c := range p.Records[i].Images {
			if c != nil && c.Embedded() {
				hs.Embedded = append(hs.Embedded, spec.Schema.Field(f).Name)
			}
		}
		h.Splits = append(h.Splits, hs)
	}
	return h
}

// clear refuses a folder that holds something else, and removes what a run that was cut
// short has left of a plan.
func clear(s pipeline.Store, h *Header) error {
	if old, err := readHeader(s); !errors.Is(err, ErrNotWhole) {
		if err == nil && old.Plan == h.Plan {
			return ErrThere
		}
		if err == nil {
			err = errors.New("PLAN holds another plan")
		}
		return pipeline.WithHint(err, "a plan that is written stays as it is: give a folder that is not there yet, or remove this one")
	}
	names, err := s.List(".")
	if err != nil {
		return err
	}
	ours := func(name string) bool {
		return slices.ContainsFunc(h.Splits, func(s HeaderSplit) bool {
			return slices.Contains([]string{arrowsName(s.Name), indexName(s.Name), imagesName(s.Name)}, name)
		})
	}
	for _, name := range names {
		if name != planName && name != folderName+"/" {
			return pipeline.WithHint(fmt.Errorf("PLAN holds something else: %s", pipeline.Printable(name)), "give a folder that is empty or not there yet")
		}
	}
	within, err := s.List(folderName)
	if err != nil {
		return err
	}
	for _, name := range within {
		name = path.Join(folderName, name)
		if !ours(name) {
			return pipeline.WithHint(fmt.Errorf("PLAN holds something else: %s", pipeline.Printable(name)), "give a folder that is empty or not there yet")
		}
		if err := s.Remove(name); err != nil {
			return err
		}
	}
	return s.Remove(planName)
}

// ErrThere: the folder holds the same plan already, whole.
var ErrThere = errors.New("the plan is written already")

func arrowsName(split string) string { return folderName + "/" + split + ".arrows" }
func indexName(split string) string  { return folderName + "/" + split + ".index" }
func imagesName(split string) string { return folderName + "/" + split + ".images" }

// put writes a small file.
func put(s pipeline.Store, name string, data []byte) error {
	w, err := create(s, name)
	if err != nil {
		return err
	}
	_, err = w.Write(data)
	return w.close(err)
}

// file is one that is written from its beginning to its end.
type file struct {
	store pipeline.Store
	name  string
	f     pipeline.StoreFile
	at    int64
}

func create(s pipeline.Store, name string) (*file, error) {
	f, err := s.Create(name)
	return &file{store: s, name: name, f: f}, err
}

// Write implements io.Writer.
func (f *file) Write(p []byte) (int, error) {
	n, err := f.f.WriteAt(p, f.at)
	f.at += int64(n)
	return n, err
}

// close makes the file durable.
func (f *file) close(err error) error {
	if err == nil {
		err = f.f.Sync()
	}
	if err = errors.Join(err, f.f.Close()); err == nil {
		err = f.store.SyncDir(path.Dir(f.name))
	}
	return err
}

// splitWriter writes the batches of a split.
type splitWriter struct {
	store   pipeline.Store
	planned *pipeline.Planned
	split   int
	header  *HeaderSplit
	layout  *layout

	arrows, images *file
	index          bytes.Buffer
	out            *ipc.Writer
}

func (w *splitWriter) write(ctx context.Context) (err error) {
	if w.arrows, err = create(w.store, arrowsName(w.header.Name)); err != nil {
		return err
	}
	defer func() { err = w.arrows.close(err) }()
	if len(w.header.Embedded) > 0 {
		if w.images, err = create(w.store, imagesName(w.header.Name)); err != nil {
			return err
		}
		defer func() { err = w.images.close(err) }()
	}
	head, err := w.layout.head()
	if err != nil {
		return err
	}
	w.out = ipc.NewWriter(w.arrows, ipc.WithSchema(w.layout.arrow))
	// Shards, and behind them what is left out.
	total := w.header.Shards + 1
	ahead := 2 * runtime.GOMAXPROCS(0)
	if w.images != nil {
		ahead = 1 // their bytes follow each other
	}
	for first := 0; first < total; first += ahead {
		batches := make([]*encoded, min(ahead, total-first))
		g, work := errgroup.WithContext(ctx)
		for i := range batches {
			g.Go(func() (err error) {
				batches[i], err = w.encode(work, first+i)
				return err
			})
		}
		if err := g.Wait(); err != nil {
			return err
		}
		for _, b := range batches {
			if err := w.add(b, int64(len(head))); err != nil {
				return err
			}
		}
	}
	if err := w.out.Close(); err != nil {
		return err
	}
	return put(w.store, indexName(w.header.Name), w.index.Bytes())
}

// encoded is a batch that is ready to be written.
type encoded struct {
	batch arrow.RecordBatch
	line  line
}

// encode makes the batch of a shard, or of what is left out.
func (w *splitWriter) encode(ctx context.Context, index int) (*encoded, error) {
	task, place := (*pipeline.Task)(nil), w.place
	if index < w.header.Shards {
		t, err := w.planned.Task(pipeline.ShardID{Split: w.split, Index: index})
		if err != nil {
			return nil, err
		}
		task = t
	} else {
		r, rows, err := w.planned.Left(w.split)
		if err != nil {
			return nil, err
		}
		if !w.layout.source {
			rows = pipeline.Rows{}
		}
		task, place = &pipeline.Task{Shard: pipeline.NewShard(r, 0, 1, rows), Times: w.planned.Times[w.split]}, nil
	}
	batch, err := w.layout.encode(ctx, task, place)
	if err != nil {
		return nil, err
	}
	return &encoded{batch, line{rows: int64(task.Len()), source: task.Source(), content: task.Content()}}, nil
}

// place writes an image that stands in the records.
func (w *splitWriter) place(image []byte) (int64, error) {
	at := w.images.at
	_, err := w.images.Write(image)
	return at, err
}

// add writes a batch and its line.
func (w *splitWriter) add(b *encoded, head int64) error {
	at := max(w.arrows.at, head)
	if err := w.out.Write(b.batch); err != nil {
		return err
	}
	b.batch.Release()
	b.line.at, b.line.bytes = at, w.arrows.at-at
	w.index.WriteString(b.line.String())
	return nil
}
