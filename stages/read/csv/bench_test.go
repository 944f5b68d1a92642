package csv_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/pickshard/pickshard/schema"
	"github.com/pickshard/pickshard/stages/read"
	"github.com/pickshard/pickshard/stages/read/csv"
	"github.com/pickshard/pickshard/stages/read/internal/readtest"
)

// BenchmarkRead reads 100,000 records of two texts, two floats and two ints.
func BenchmarkRead(b *testing.B) {
	var text strings.Builder
	text.WriteString("id,prompt,image,s1,s2,k\n")
	for i := range 100_000 {
		fmt.Fprintf(&text, "%d,\"%s, x\",images/%08d.jpg,%v,%v,%d\n", i, strings.Repeat("word ", i%20), i, float64(i)/7, 1/float64(i+3), i%10)
	}
	want := make(map[string]read.Want)
	for name, kind := range map[string]schema.Kind{"id": schema.Int64, "prompt": schema.String, "image": schema.String, "s1": schema.Float64, "s2": schema.Float64, "k": schema.Int8} {
		want[name] = read.Want{Type: schema.Type{Kind: kind}}
	}
	for name, opts := range map[string]read.Options{"wanted": {Want: want}, "inferred": {}, "two": {Columns: []string{"image", "k"}, Want: want}} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(text.Len()))
			for range b.N {
				res, err := csv.New().Read(b.Context(), []*read.File{readtest.File(b, "x.csv", text.String())}, opts)
				if err != nil {
					b.Fatal(err)
				}
				res.Table.Release()
			}
		})
	}
}
