package join

import (
	"fmt"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
)

func BenchmarkPath(b *testing.B) {
	const n = 1000
	var uids, ids []any
	for i := range n {
		uids, ids = append(uids, fmt.Sprintf("%032d.jpg", i)), append(ids, fmt.Sprint(i))
	}
	tm, err := ParseTemplate("pick_easy_img/{folder}/{id:06}/{uid}", map[string]string{"folder": "train"})
	if err != nil {
		b.Fatal(err)
	}
	name, err := tm.Bind(columns(map[string]*arrow.Chunked{
		"uid": chunked(b, arrow.BinaryTypes.String, uids...), "id": chunked(b, arrow.PrimitiveTypes.Int64, ids...),
	}))
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	var buf []byte
	row := int64(0)
	for b.Loop() {
		buf, _ = name.Append(buf[:0], row%n, 0)
		row++
	}
}
