package stages

import (
	"fmt"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
)

// repeat makes an array of n times a field's constant. The config has checked
// that the value is of the field's type and in its range.
func repeat(f Field, n int) (arrow.Array, error) {
	b := array.NewBuilder(memory.DefaultAllocator, f.Type.Arrow())
	defer b.Release()
	b.Reserve(n)
	for range n {
		if err := appendConstant(b, f.Constant); err != nil {
			return nil, err
		}
	}
	return b.NewArray(), nil
}

func appendConstant(b array.Builder, v any) error {
	switch v := v.(type) {
	case string:
		// Text, and whatever else has a text form that Arrow reads: dates,
		// timestamps, binary as base64 is refused by the config.
		return b.AppendValueFromString(v)
	case bool, int64, uint64:
		return b.AppendValueFromString(fmt.Sprint(v))
	case float64:
		switch b := b.(type) {
		case *array.Float64Builder:
			b.Append(v)
			return nil
		case *array.Float32Builder:
			b.Append(float32(v))
			return nil
		}
	}
	return fmt.Errorf("no constant of Go type %T for type %s", v, b.Type())
}

// constant makes a column of one value: one chunk, used again.
func constant(f Field, rows int64) (*arrow.Chunked, error) {
	const chunk = 65536
	full, err := repeat(f, int(min(rows, chunk)))
	if err != nil {
		return nil, err
	}
	chunks := make([]arrow.Array, 0, rows/chunk+1)
	for ; rows >= chunk; rows -= chunk {
		chunks = append(chunks, full)
	}
	chunks = append(chunks, array.NewSlice(full, 0, rows))
	return arrow.NewChunked(f.Type.Arrow(), chunks), nil
}
