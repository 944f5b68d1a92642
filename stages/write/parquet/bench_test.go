package parquet

import (
	"context"
	"io"
	"testing"

	"github.com/pickshard/pickshard/pipeline"
	"github.com/pickshard/pickshard/schema"
	"github.com/pickshard/pickshard/stages/write/conformance"
)

// BenchmarkCreate lays out a shard of 1500 records of 3 images, 450 MB.
func BenchmarkCreate(b *testing.B) {
	d := pickHighRows(b, 1500, 100_000)
	s, f := d.shard(b), newFormat(b, Options{})
	b.ReportAllocs()
	for b.Loop() {
		w, err := f.Create(context.Background(), s, nil, pipeline.NewCanvas(&sparse{}, pipeline.NewCombiner()))
		if err != nil {
			b.Fatal(err)
		}
		b.SetBytes(w.Size())
	}
}

// BenchmarkCreateText lays out a shard without images.
func BenchmarkCreateText(b *testing.B) {
	d := pickHighRows(b, 20_000, 1)
	d.schema = newSchema(b, "easy_prompt:string", "refine_prompt:string", "E1:float64", "E2:float64")
	d.values = [][]any{d.values[0], d.values[1], d.values[5], d.values[6]}
	s, f := d.shard(b), newFormat(b, Options{})
	var size int64
	for i := range 2 {
		for _, v := range d.values[i] {
			size += int64(len(v.(string)))
		}
	}
	b.SetBytes(size + 16*20_000)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := f.Create(context.Background(), s, nil, pipeline.NewCanvas(&sparse{}, pipeline.NewCombiner())); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkWriteImage writes images of 100 kB, each a page of its own, and of
// 10 kB, which share pages.
func BenchmarkWriteImage(b *testing.B) {
	for _, c := range []struct {
		name string
		size int
	}{{"lone", 100_000}, {"shared", 10_000}} {
		b.Run(c.name, func(b *testing.B) {
			d := pickHighRows(b, 1500, c.size)
			s, f := d.shard(b), newFormat(b, Options{})
			// The canvas remembers its pieces; a new one now and then keeps that
			// out of the figures.
			canvas := pipeline.NewCanvas(&sparse{}, pipeline.NewCombiner())
			w, err := f.Create(context.Background(), s, nil, canvas)
			if err != nil {
				b.Fatal(err)
			}
			field := s.Schema.Images()[0]
			images := make([]*pipeline.Image, s.Len())
			for i := range images {
				images[i] = newImage(d.values[field][i].([]byte))
			}
			b.ReportAllocs()
			i := 0
			for b.Loop() {
				if err := w.WriteImage(pipeline.Asset{Record: i, Field: field}, images[i]); err != nil {
					b.Fatal(err)
				}
				i = (i + 1) % len(images)
			}
		})
	}
}

// BenchmarkSizer adds a row of 3 images and 2 texts.
func BenchmarkSizer(b *testing.B) {
	const rows = 50_000
	d := pickHighRows(b, rows, 10)
	sizer := newFormat(b, Options{}).NewSizer(d.records(b), nil)
	b.ReportAllocs()
	row := int64(0)
	for b.Loop() {
		if row == rows {
			sizer.Reset()
			row = 0
		}
		sizer.Add(row)
		row++
	}
}

// BenchmarkNested lays out, sizes and reads records of vectors, and of lists, structs
// and maps.
func BenchmarkNested(b *testing.B) {
	for name, table := range map[string]*conformance.Table{"vectors": conformance.Embeddings(4000, 256), "mixed": conformance.ManyNested(4000)} {
		f, shard := newFormat(b, Options{}), table.Shard(nil)
		var size int64
		for i := range shard.Schema.Len() {
			if c := shard.Columns[i]; c != nil {
				size += schema.ValueBytes(c.Chunk(0), 0, c.Chunk(0).Len())
			}
		}
		w := &conformance.Writing{Format: f, Table: table, Shard: shard}
		b.Run(name+"/Create", func(b *testing.B) {
			b.SetBytes(size)
			for b.Loop() {
				if _, err := f.Create(b.Context(), shard, nil, pipeline.NewCanvas(conformance.Discard{}, pipeline.NewCombiner())); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run(name+"/Sizer", func(b *testing.B) {
			s := f.NewSizer(shard.Records, nil)
			for i := 0; b.Loop(); i++ {
				s.Add(int64(i % shard.Len()))
			}
		})
		file := w.MustWrite(b, conformance.InOrder)
		b.Run(name+"/Read", func(b *testing.B) {
			b.SetBytes(size)
			for b.Loop() {
				r, err := f.Open(file, file.Size(), shard.Schema, nil)
				for err == nil {
					_, err = r.Next()
				}
				if err != io.EOF {
					b.Fatal(err)
				}
			}
		})
	}
}
