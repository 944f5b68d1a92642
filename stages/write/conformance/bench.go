package conformance

import (
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/pickshard/pickshard/pipeline"
)

// Benchmark measures what every format does: place an image, size a row, lay out
// a shard, and read one.
func Benchmark(b *testing.B, f pipeline.Format) {
	b.Run("WriteImage", func(b *testing.B) { benchmarkWriteImage(b, f) })
	b.Run("Sizer", func(b *testing.B) { benchmarkSizer(b, f) })
	b.Run("Create", func(b *testing.B) { benchmarkCreate(b, f) })
	b.Run("Read", func(b *testing.B) { benchmarkRead(b, f) })
}

// Discard is a disk that costs nothing.
type Discard struct{}

// WriteAt implements io.WriterAt.
func (Discard) WriteAt(p []byte, _ int64) (int, error) { return len(p), nil }

func benchmarkWriteImage(b *testing.B, f pipeline.Format) {
	table := Pick(1000)
	shard := table.Shard(nil)
	traits := Survey(f, shard.Records)
	w, err := f.Create(b.Context(), shard, traits, pipeline.NewCanvas(Discard{}, pipeline.NewCombiner()))
	if err != nil {
		b.Fatal(err)
	}
	buf := make([]*pipeline.Image, shard.Assets())
	for i := range buf {
		a := shard.Asset(i)
		buf[i] = NewImage(table.Image(a.Record, a.Field, a.Item))
	}
	b.ReportAllocs()
	for n := 0; b.Loop(); n++ {
		i := n % len(buf)
		if err := w.WriteImage(shard.Asset(i), buf[i]); err != nil {
			b.Fatal(err)
		}
	}
}

func benchmarkSizer(b *testing.B, f pipeline.Format) {
	table := ManyRows(4096)
	for i, row := range table.Rows { // prompts as long as real ones, numbers with all digits
		row[0] = strings.Repeat("a refined prompt, highly detailed, 8k ", 1+i%6)
		row[4] = float64(i) / 4099
	}
	r := table.Records()
	s := f.NewSizer(r, Survey(f, r))
	b.ReportAllocs()
	for n := 0; b.Loop(); n++ {
		s.Add(int64(n % 4096))
	}
}

func benchmarkCreate(b *testing.B, f pipeline.Format) {
	shard := Taken(f, ManyRows(4096).Shard(nil))
	traits := Survey(f, shard.Records)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := f.Create(b.Context(), shard, traits, pipeline.NewCanvas(Discard{}, pipeline.NewCombiner())); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/4096, "ns/row")
}

func benchmarkRead(b *testing.B, f pipeline.Format) {
	table := Pick(64)
	for i, row := range table.Rows {
		for _, field := range []int{2, 3, 5} {
			row[field] = Noise(100_000, uint64(i*10+field))
		}
	}
	w := &Writing{Format: f, Table: table, Shard: table.Shard(nil)}
	file := w.MustWrite(b, InOrder)
	traits := Survey(f, w.Shard.Records)
	b.SetBytes(file.Size())
	b.ReportAllocs()
	for b.Loop() {
		if err := drainSafely(f, file, table, traits); !errors.Is(err, io.EOF) {
			b.Fatal(err)
		}
	}
}
