package json_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/pickshard/pickshard/schema"
	"github.com/pickshard/pickshard/stages/read"
	"github.com/pickshard/pickshard/stages/read/internal/readtest"
	"github.com/pickshard/pickshard/stages/read/json"
)

// BenchmarkRead reads 100,000 objects of two texts, two floats and two ints.
func BenchmarkRead(b *testing.B) {
	var text strings.Builder
	for i := range 100_000 {
		fmt.Fprintf(&text, "{\"id\":%d,\"prompt\":\"%s, \\u00e9\",\"image\":\"images/%08d.jpg\",\"s1\":%v,\"s2\":%v,\"k\":%d}\n", i, strings.Repeat("word ", i%20), i, float64(i)/7, 1/float64(i+3), i%10)
	}
	want := make(map[string]read.Want)
	var columns []string
	for name, kind := range map[string]schema.Kind{"id": schema.Int64, "prompt": schema.String, "image": schema.String, "s1": schema.Float64, "s2": schema.Float64, "k": schema.Int8} {
		want[name] = read.Want{Type: schema.Type{Kind: kind}}
		columns = append(columns, name)
	}
	for name, opts := range map[string]read.Options{"wanted": {Columns: columns, Want: want}, "inferred": {}, "two": {Columns: []string{"image", "k"}, Want: want}} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(text.Len()))
			for range b.N {
				res, err := json.New().Read(b.Context(), []*read.File{readtest.File(b, "x.jsonl", text.String())}, opts)
				if err != nil {
					b.Fatal(err)
				}
				res.Table.Release()
			}
		})
	}
}
