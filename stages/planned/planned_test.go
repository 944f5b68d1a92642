package planned

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/ipc"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/pickshard/pickshard/pipeline"
	"github.com/pickshard/pickshard/schema"
)

// named are images of which each row has a list of these names, null where it is nil.
type named [][]string

func (n named) Len(row int64) (int, bool) { return len(n[row]), n[row] != nil }

func (n named) AppendFile(dst []byte, row int64, item int) ([]byte, bool) {
	return append(dst, n[row][item]...), n[row][item] != ""
}

func (n named) AppendName(dst []byte, row int64, item int) ([]byte, bool) {
	_, name, _ := strings.Cut(n[row][item], "/")
	return append(dst, name...), name != ""
}

func (named) Stat(context.Context, int64, int) (pipeline.FileStat, error) {
	return pipeline.FileStat{}, errors.ErrUnsupported
}

func (named) Read(context.Context, int64, int, pipeline.FileStat, []byte) (bool, error) {
	return false, errors.ErrUnsupported
}

// sample is a shard of three records out of five, its layout and its split.
func sample(t testing.TB) (*layout, *HeaderSplit, *pipeline.Task) {
	t.Helper()
	fields, err := schema.New([]schema.Field{
		{Name: "many", Type: schema.ListOf(schema.Type{Kind: schema.Image}), Nullable: true}, {Name: "text", Type: schema.Type{Kind: schema.String}, Nullable: true},
	})
	if err != nil {
		t.Fatal(err)
	}
	b := array.NewStringBuilder(memory.DefaultAllocator)
	b.AppendStringValues([]string{"a", "", "ccc", "d", "e"}, []bool{true, false, true, true, true})
	text := arrow.NewChunked(arrow.BinaryTypes.String, []arrow.Array{b.NewArray()})
	images := named{{"d/a", "b"}, {}, nil, {"", "d/e"}, {"f"}}
	r := pipeline.NewRecords("train", fields, 5, []*arrow.Chunked{nil, text}, []pipeline.Images{images, nil}, -1)
	times := []pipeline.Numbers{r.Images[0].Sizes, {}}
	split := &HeaderSplit{Name: "train", Shards: 1, Rows: 5, Read: 5}
	l, err := newLayout(fields, split, false)
	if err != nil {
		t.Fatal(err)
	}
	return l, split, &pipeline.Task{Shard: pipeline.NewShard(r, 0, 1, pipeline.RowList([]int64{3, 0, 2})), Times: times}
}

// encodeSample returns the batch as a worker reads it.
func encodeSample(t testing.TB, l *layout, task *pipeline.Task) []byte {
	t.Helper()
	batch, err := l.encode(t.Context(), task, nil)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	w := ipc.NewWriter(&b, ipc.WithSchema(l.arrow))
	if err := errors.Join(w.Write(batch), w.Close()); err != nil {
		t.Fatal(err)
	}
	head, err := l.head()
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.HasPrefix(b.Bytes(), head) {
		t.Fatal("a stream does not begin with its layout's head")
	}
	return bytes.TrimSuffix(b.Bytes()[len(head):], []byte(streamEnd))
}

func read(l *layout, split *HeaderSplit, data []byte) (*pipeline.Task, error) {
	r, times, err := l.decode(data, split, -1, images{})
	if err != nil {
		return nil, err
	}
	return &pipeline.Task{Shard: pipeline.NewShard(r, 0, 1, pipeline.RowRange(0, int(r.Rows))), Times: times}, nil
}

// TestSlice: what a worker reads is what was planned, keys and rows too.
func TestSlice(t *testing.T) {
	t.Parallel()
	l, split, task := sample(t)
	got, err := read(l, split, encodeSample(t, l, task))
	if err != nil {
		t.Fatal(err)
	}
	if got.Source() != task.Source() || got.Content() != task.Content() {
		t.Error("its digests are others")
	}
	if !slices.Equal(got.Numbers, []int64{3, 0, 2}) || got.Key(0) != "train-000000003" {
		t.Errorf("rows %v, first key %s", got.Numbers, got.Key(0))
	}
}

// FuzzSlice: a stranger's batch is an error or records that can be looked at.
func FuzzSlice(f *testing.F) {
	l, split, task := sample(f)
	f.Add(encodeSample(f, l, task))
	f.Fuzz(func(t *testing.T, data []byte) {
		if got, err := read(l, split, data); err == nil {
			got.Source()
			got.Content()
		}
	})
}

// FuzzLine: a line of an index is understood or refused, and spelled one way.
func FuzzLine(f *testing.F) {
	f.Add(line{at: 1, bytes: 2, rows: 3, source: strings.Repeat("a", 32), content: strings.Repeat("b", 64)}.String())
	f.Fuzz(func(t *testing.T, text string) {
		if l, err := parseLine(text); err == nil && (l.at < 0 || l.bytes < 0 || l.rows < 0) {
			t.Errorf("%+v", l)
		}
	})
}

// FuzzHeader: whatever a header says, reading it ends.
func FuzzHeader(f *testing.F) {
	f.Add([]byte(`{"version":1,"layout":2,"tool":"x","plan":"y","config":{},"fields":[{"name":"a","type":"string","nullable":true}],"formats":["parquet"],"card":{},"splits":[{"name":"train","shards":1,"rows":2,"rows_read":2,"image_count":0,"embedded":["a"]}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		h, err := parseHeader(data)
		if err != nil {
			return
		}
		s, err := h.Schema()
		if err != nil {
			return
		}
		for i := range h.Splits {
			if l, err := newLayout(s, &h.Splits[i], h.Source); err == nil && l.arrow == nil {
				t.Error("no layout")
			}
		}
	})
}
