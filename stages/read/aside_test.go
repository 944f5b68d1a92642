package read_test

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/ipc"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/pickshard/pickshard/stages/read"
	arrowfile "github.com/pickshard/pickshard/stages/read/arrow"
)

// images writes an Arrow stream of batches of images of 1 MiB: bytes, lists of them in a
// struct, and pixels; some are null.
func images(t *testing.T, batches int) []byte {
	t.Helper()
	element := arrow.StructOf(arrow.Field{Name: "bytes", Type: arrow.BinaryTypes.Binary, Nullable: true})
	schema := arrow.NewSchema([]arrow.Field{
		{Name: "image", Type: arrow.BinaryTypes.Binary, Nullable: true},
		{Name: "several", Type: arrow.ListOf(element), Nullable: true},
		{Name: "pixels", Type: arrow.ListOf(arrow.PrimitiveTypes.Uint8), Nullable: true},
		{Name: "name", Type: arrow.BinaryTypes.String},
	}, nil)
	var out bytes.Buffer
	w := ipc.NewWriter(&out, ipc.WithSchema(schema))
	b := array.NewRecordBuilder(memory.DefaultAllocator, schema)
	for k := range batches {
		image := bytes.Repeat([]byte{byte(k), 7}, 1<<19)
		b.Field(0).(*array.BinaryBuilder).Append(image)
		b.Field(0).AppendNull()
		several := b.Field(1).(*array.ListBuilder)
		several.AppendNull()
		several.Append(true)
		one := several.ValueBuilder().(*array.StructBuilder)
		one.Append(true)
		one.FieldBuilder(0).(*array.BinaryBuilder).Append(image)
		one.AppendNull()
		pixels := b.Field(2).(*array.ListBuilder)
		pixels.Append(true)
		pixels.ValueBuilder().(*array.Uint8Builder).AppendValues(image, nil)
		pixels.AppendNull()
		b.Field(3).(*array.StringBuilder).AppendValues([]string{fmt.Sprint(k), "null"}, nil)
		batch := b.NewRecordBatch()
		if err := w.Write(batch); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// TestAside: a column that is put aside has the same values as one that is held, also
// when its memory was given back, and does not count as memory.
func TestAside(t *testing.T) {
	t.Parallel()
	data := images(t, 24)
	table := func(o read.Options) (*read.Result, error) {
		f, err := read.OpenFile(read.Input{Name: "x.arrow", At: bytes.NewReader(data), Size: int64(len(data))}, read.Limits{})
		if err != nil {
			t.Fatal(err)
		}
		return arrowfile.New().Read(t.Context(), []*read.File{f}, o)
	}
	held, err := table(read.Options{})
	if err != nil {
		t.Fatal(err)
	}
	little := read.Limits{Output: 32 << 20}
	if _, err := table(read.Options{Limits: little}); err == nil {
		t.Error("72 MiB are held where 32 may be")
	}
	aside, err := table(read.Options{Limits: little, Aside: []string{"image", "several", "pixels"}})
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if !array.TableEqual(held.Table, aside.Table) {
			t.Error("not the same values")
		}
		aside.Aside.Used(1 << 30)
	}
}
