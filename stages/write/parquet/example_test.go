package parquet_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/pickshard/pickshard/pipeline"
	"github.com/pickshard/pickshard/pipeline/pipelinetest"
	"github.com/pickshard/pickshard/schema"
	"github.com/pickshard/pickshard/stages/write/parquet"
)

// buffer is a file in memory.
type buffer struct{ data []byte }

func (b *buffer) WriteAt(p []byte, offset int64) (int, error) {
	if end := int(offset) + len(p); end > len(b.data) {
		b.data = append(b.data, make([]byte, end-len(b.data))...)
	}
	return copy(b.data[offset:], p), nil
}

// A shard of two records, each a prompt and an image: the layout is planned
// from the images' sizes, then the images come in any order.
func Example() {
	s, err := schema.New([]schema.Field{
		{Name: "prompt", Type: schema.Type{Kind: schema.String}},
		{Name: "image", Type: schema.Type{Kind: schema.Image}},
	})
	if err != nil {
		log.Fatal(err)
	}
	prompts := array.NewStringBuilder(memory.DefaultAllocator)
	prompts.AppendValues([]string{"a cat", "a dog"}, nil)
	column := arrow.NewChunked(arrow.BinaryTypes.String, []arrow.Array{prompts.NewArray()})
	names := pipelinetest.Names(func(dst []byte, row int64) ([]byte, bool) { return fmt.Appendf(dst, "images/%d.png", row), true })

	records := pipeline.NewRecords("train", s, 2, []*arrow.Chunked{column, nil}, []pipeline.Images{nil, names}, -1)
	images := []string{"first image", "second image"}
	for row, image := range images {
		records.Images[1].Sizes.Set(int64(row), int64(len(image)))
	}

	format, err := parquet.New(parquet.Options{})
	if err != nil {
		log.Fatal(err)
	}
	file := &buffer{}
	canvas := pipeline.NewCanvas(file, pipeline.NewCombiner())
	w, err := format.Create(context.Background(), pipeline.NewShard(records, 0, 1, pipeline.RowRange(0, 2)), nil, canvas)
	if err != nil {
		log.Fatal(err)
	}
	for _, record := range []int{1, 0} {
		data := images[record]
		m := pipeline.NewImage(make([]byte, pipeline.RoomBefore+len(data)+pipeline.RoomAfter), len(data))
		copy(m.Bytes(), data)
		m.CRC = pipeline.CRC32C(m.Bytes())
		if err := w.WriteImage(pipeline.Asset{Record: record, Field: 1}, m); err != nil {
			log.Fatal(err)
		}
	}
	if _, err := canvas.Sum(w.Size()); err != nil {
		log.Fatal(err)
	}

	r, err := format.Open(bytes.NewReader(file.data), w.Size(), s, nil)
	if err != nil {
		log.Fatal(err)
	}
	for {
		sample, err := r.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			log.Fatal(err)
		}
		c := sample.Values[0]
		fmt.Printf("%s: %s, %q\n", c.Array.ValueStr(c.Row), sample.Images[1][0].Name, sample.Images[1][0].Bytes)
	}
	// Output:
	// a cat: 0.png, "first image"
	// a dog: 1.png, "second image"
}
