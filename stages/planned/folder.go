package planned

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"sync"

	"github.com/pickshard/pickshard/pipeline"
	"github.com/pickshard/pickshard/schema"
)

// A Folder is a plan that was written; it fulfils pipeline.Tasks.
type Folder struct {
	Header *Header
	// Schema is that of the records.
	Schema *schema.Schema

	store    pipeline.Store
	keyField int
	input    pipeline.Source // nil for who reads no image
	mu       sync.Mutex
	splits   []*splitReader
}

var _ pipeline.Tasks = (*Folder)(nil)

// Open opens a plan that is whole. The caller closes it.
func Open(s pipeline.Store) (*Folder, error) {
	h, err := readHeader(s)
	if err != nil {
		return nil, err
	}
	f := &Folder{Header: h, store: s, keyField: -1, splits: make([]*splitReader, len(h.Splits))}
	f.Schema, err = h.Schema()
	return f, err
}

// Bind says where images are read from, and which field gives keys (-1: none); call it
// before the first Task.
func (f *Folder) Bind(input pipeline.Source, keyField int) { f.input, f.keyField = input, keyField }

// Outline is the plan without its shards.
func (f *Folder) Outline() *pipeline.Plan { return f.Header.outline() }

// Plan reads the plan itself.
func (f *Folder) Plan() (*pipeline.Plan, error) {
	data, err := f.store.ReadFile(planName, 1<<30)
	if err != nil {
		return nil, err
	}
	p, err := pipeline.ReadPlan(bytes.NewReader(data))
	if err != nil {
		return nil, damaged("%s: %w", planName, err)
	}
	id, err := p.Identity()
	if err != nil {
		return nil, err
	}
	same := id.ID() == f.Header.Plan && len(p.Splits) == len(f.Header.Splits)
	for i := range p.Splits {
		same = same && p.Splits[i].Name == f.Header.Splits[i].Name && len(p.Splits[i].Shards) == f.Header.Splits[i].Shards
	}
	if !same {
		return nil, damaged("%s and %s are of different plans", planName, headerName)
	}
	return p, nil
}

// Close lets go of the files.
func (f *Folder) Close() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	var errs []error
	for i, s := range f.splits {
		if s != nil {
			errs = append(errs, s.close())
		}
		f.splits[i] = nil
	}
	return errors.Join(errs...)
}

// Source implements pipeline.Tasks.
func (f *Folder) Source(id pipeline.ShardID) (string, error) {
	r, err := f.open(id.Split)
	if err != nil {
		return "", err
	}
	l, err := readLine(r.index, id.Index)
	if err != nil {
		return "", damaged("%s: %w", indexName(r.header.Name), err)
	}
	return l.source, nil
}

// Task implements pipeline.Tasks.
func (f *Folder) Task(id pipeline.ShardID) (*pipeline.Task, error) {
	r, err := f.open(id.Split)
	if err != nil {
		return nil, err
	}
	t, err := r.read(id.Index, f)
	if err != nil {
		return nil, damaged("shard %s: %w", pipeline.ShardName(r.header.Name, id.Index, r.header.Shards), err)
	}
	t.ID = id
	return t, nil
}

// Left implements pipeline.Tasks.
func (f *Folder) Left(split int) (*pipeline.Records, pipeline.Rows, error) {
	r, err := f.open(split)
	if err != nil {
		return nil, pipeline.Rows{}, err
	}
	t, err := r.read(r.header.Shards, f)
	if err != nil {
		return nil, pipeline.Rows{}, damaged("what is left out of split %s: %w", r.header.Name, err)
	}
	return t.Records, t.Order, nil
}

// open opens the files of a split when they are first asked for.
func (f *Folder) open(split int) (*splitReader, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if split < 0 || split >= len(f.splits) {
		return nil, fmt.Errorf("the plan has no split %d", split)
	}
	if f.splits[split] != nil {
		return f.splits[split], nil
	}
	r := &splitReader{header: &f.Header.Splits[split]}
	var err error
	if r.layout, err = newLayout(f.Schema, r.header, f.Header.Source); err != nil {
		return nil, err
	}
	r.arrows, err = f.store.Open(arrowsName(r.header.Name))
	if err == nil {
		r.index, err = f.store.Open(indexName(r.header.Name))
	}
	if err == nil && len(r.header.Embedded) > 0 && f.input != nil {
		r.images, err = f.store.Open(imagesName(r.header.Name))
	}
	if err == nil && r.index.Size() != int64(r.header.Shards+1)*lineBytes {
		err = damaged("%s has %d bytes for %d shards", indexName(r.header.Name), r.index.Size(), r.header.Shards)
	}
	if err != nil {
		return nil, errors.Join(err, r.close())
	}
	f.splits[split] = r
	return r, nil
}

// splitReader reads the batches of a split.
type splitReader struct {
	header                *HeaderSplit
	layout                *layout
	arrows, index, images pipeline.ReadFile
}

func (r *splitReader) close() error {
	var errs []error
	for _, f := range []pipeline.ReadFile{r.arrows, r.index, r.images} {
		if f != nil {
			errs = append(errs, f.Close())
		}
	}
	return errors.Join(errs...)
}

// read reads a batch, and holds what it tells against its line.
func (r *splitReader) read(index int, f *Folder) (*pipeline.Task, error) {
	if index < 0 || index > r.header.Shards {
		return nil, fmt.Errorf("there are %d", r.header.Shards)
	}
	l, err := readLine(r.index, index)
	if err != nil {
		return nil, err
	}
	if l.at > r.arrows.Size() || l.bytes > r.arrows.Size()-l.at {
		return nil, errors.New("its batch lies outside of its file")
	}
	data := make([]byte, l.bytes)
	if n, err := r.arrows.ReadAt(data, l.at); n < len(data) {
		if err == nil || errors.Is(err, io.EOF) {
			err = io.ErrUnexpectedEOF
		}
		return nil, err
	}
	records, times, err := r.layout.decode(data, r.header, f.keyField, images{input: f.input, own: r.images})
	if err != nil {
		return nil, err
	}
	total := max(r.header.Shards, 1)
	t := &pipeline.Task{Shard: pipeline.NewShard(records, min(index, total-1), total, pipeline.RowRange(0, int(records.Rows))), Times: times}
	if records.Rows != l.rows || t.Source() != l.source || t.Content() != l.content {
		return nil, errors.New("it is not what its line in the index says")
	}
	return t, nil
}
