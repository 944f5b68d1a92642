package arrow_test

import (
	"strings"
	"testing"

	"github.com/pickshard/pickshard/pipeline"
	"github.com/pickshard/pickshard/stages/write/arrow"
	"github.com/pickshard/pickshard/stages/write/conformance"
)

// discard is a disk that costs nothing.
type discard struct{}

func (discard) WriteAt(p []byte, _ int64) (int, error) { return len(p), nil }

func BenchmarkWriteImage(b *testing.B) {
	table := conformance.Pick(1000)
	shard := table.Shard(nil)
	w, err := arrow.New().Create(b.Context(), shard, pipeline.NewCanvas(discard{}, pipeline.NewCombiner()))
	if err != nil {
		b.Fatal(err)
	}
	images := shard.Schema.Images()
	buf := make([]*pipeline.Image, len(images)*shard.Len())
	for i := range buf {
		buf[i] = conformance.NewImage(table.Image(i/len(images), images[i%len(images)]))
	}
	b.ReportAllocs()
	for n := 0; b.Loop(); n++ {
		i := n % len(buf)
		if err := w.WriteImage(i/len(images), images[i%len(images)], buf[i]); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkSizer(b *testing.B) {
	table := conformance.ManyRows(4096)
	for i, row := range table.Rows { // prompts as long as real ones
		row[0] = strings.Repeat("a refined prompt, highly detailed, 8k ", 1+i%6)
	}
	r := table.Records()
	s := arrow.New().NewSizer(r, table.Members())
	b.ReportAllocs()
	for n := 0; b.Loop(); n++ {
		s.Add(int64(n % 4096))
	}
}

func BenchmarkCreate(b *testing.B) {
	shard := conformance.ManyRows(4096).Shard(nil)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := arrow.New().Create(b.Context(), shard, pipeline.NewCanvas(discard{}, pipeline.NewCombiner())); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/4096, "ns/row")
}

func BenchmarkRead(b *testing.B) {
	table := conformance.Pick(64)
	for i, row := range table.Rows {
		for _, f := range []int{2, 3, 5} {
			row[f] = conformance.Noise(100_000, uint64(i*10+f))
		}
	}
	file := write(b, table, nil)
	b.SetBytes(file.Size())
	b.ReportAllocs()
	for b.Loop() {
		if err := conformance.DrainSafely(arrow.New(), file, table); err.Error() != "EOF" {
			b.Fatal(err)
		}
	}
}
