package read

import (
	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
)

// TextBuilder gathers the text of a column for a batch, for readers whose columns are
// of a Form other than Typed. The zero value is empty.
type TextBuilder struct {
	offsets []int32
	text    []byte
	valid   []byte // bits; nil while nothing is null
	nulls   int
}

// Len is how many values were added.
func (b *TextBuilder) Len() int { return max(0, len(b.offsets)-1) }

// Add adds a value, which is copied.
func (b *TextBuilder) Add(text []byte) {
	if b.offsets == nil {
		b.offsets = make([]int32, 1, 1024)
	}
	if b.valid != nil {
		b.mark(b.Len(), true)
	}
	b.text = append(b.text, text...)
	b.offsets = append(b.offsets, int32(len(b.text)))
}

// AddNull adds a null.
func (b *TextBuilder) AddNull() {
	if b.offsets == nil {
		b.offsets = make([]int32, 1, 1024)
	}
	if b.valid == nil {
		b.valid = make([]byte, 0, cap(b.offsets)/8+1)
		for i := range b.Len() {
			b.mark(i, true)
		}
	}
	b.mark(b.Len(), false)
	b.nulls++
	b.offsets = append(b.offsets, int32(len(b.text)))
}

// mark notes whether value i is valid.
func (b *TextBuilder) mark(i int, valid bool) {
	if i/8 >= len(b.valid) {
		b.valid = append(b.valid, 0)
	}
	if valid {
		b.valid[i/8] |= 1 << (i % 8)
	}
}

// Array returns what was added and begins again.
func (b *TextBuilder) Array() arrow.Array {
	if b.offsets == nil {
		b.offsets = []int32{0}
	}
	var valid *memory.Buffer
	if b.nulls > 0 {
		valid = memory.NewBufferBytes(b.valid)
	}
	data := array.NewData(arrow.BinaryTypes.String, b.Len(), []*memory.Buffer{
		valid, memory.NewBufferBytes(arrow.Int32Traits.CastToBytes(b.offsets)), memory.NewBufferBytes(b.text),
	}, nil, b.nulls, 0)
	defer data.Release()
	// The array keeps the memory; the next is likely as large.
	*b = TextBuilder{offsets: make([]int32, 1, max(1024, len(b.offsets))), text: make([]byte, 0, len(b.text)+len(b.text)/8)}
	return array.NewStringData(data)
}
