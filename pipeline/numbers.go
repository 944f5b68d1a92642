package pipeline

import "encoding/binary"

// Numbers holds a number for each row of a split in as few bytes as they need:
// the sizes and times of ten million images would take 240 MB as they are, beside
// 440 MB of columns. What belongs together is much alike, so a block of rows keeps
// its least number and, for each row, the bytes by which its own exceeds that.
//
// Different blocks may be set at the same time.
type Numbers struct {
	blocks  []numberBlock
	scratch *Scratch // has the blocks' bytes; nil where they are held
}

// blockRows is how many rows are looked at, and kept, together.
const blockRows = 1024

type numberBlock struct {
	least int64
	width int    // bytes a row, 0 where all rows have the least
	above []byte // little-endian, with room behind it to be read in eights
}

// makeNumbers returns numbers for that many rows, all the same.
func makeNumbers(rows, all int64) Numbers {
	return makeNumbersIn(nil, rows, all)
}

// makeNumbersIn is makeNumbers for so many rows that what is set is put into a file.
func makeNumbersIn(s *Scratch, rows, all int64) Numbers {
	n := Numbers{blocks: make([]numberBlock, (rows+blockRows-1)/blockRows), scratch: s}
	for i := range n.blocks {
		n.blocks[i].least = all
	}
	return n
}

// At returns a row's number.
func (n Numbers) At(row int64) int64 {
	b := &n.blocks[row/blockRows]
	if b.width == 0 {
		return b.least
	}
	above := binary.LittleEndian.Uint64(b.above[int(row%blockRows)*b.width:])
	return b.least + int64(above&(1<<(8*b.width)-1))
}

// Set changes one row's number. Who has many sets them by the block.
func (n Numbers) Set(row, v int64) {
	var values [blockRows]int64
	lo := row / blockRows * blockRows
	for i := range values {
		values[i] = n.at(lo, i)
	}
	values[row-lo] = v
	n.setBlock(lo, values[:])
}

// at is At for a row that the block may not have.
func (n Numbers) at(lo int64, i int) int64 {
	b := &n.blocks[lo/blockRows]
	if b.width != 0 && (i+1)*b.width > len(b.above)-8 {
		return b.least
	}
	return n.At(lo + int64(i))
}

// setBlock sets the numbers of the block that begins at row lo, at most
// blockRows of them. It keeps no reference to values.
func (n Numbers) setBlock(lo int64, values []int64) {
	b := packBlock(values)
	if n.scratch != nil {
		b.above = n.scratch.Put(b.above)
	}
	n.blocks[lo/blockRows] = b
}

func packBlock(values []int64) numberBlock {
	least, most := values[0], values[0]
	for _, v := range values {
		least, most = min(least, v), max(most, v)
	}
	b := numberBlock{least: least}
	for above := uint64(most - least); above > 0; above >>= 8 {
		b.width++
	}
	if b.width > 0 {
		b.above = make([]byte, len(values)*b.width+8)
		for i, v := range values {
			// Later rows overwrite the zeros that earlier ones leave behind.
			binary.LittleEndian.PutUint64(b.above[i*b.width:], uint64(v-least))
		}
	}
	return b
}

// A NumbersBuilder makes Numbers of what is appended, row by row.
type NumbersBuilder struct {
	made Numbers
	open []int64 // of the block that is not full yet
}

// Append takes the next row's number.
func (b *NumbersBuilder) Append(v int64) {
	if b.open == nil {
		b.open = make([]int64, 0, blockRows)
	}
	if b.open = append(b.open, v); len(b.open) == blockRows {
		b.close()
	}
}

// Numbers returns what was appended. Nothing may be appended after that.
func (b *NumbersBuilder) Numbers() Numbers {
	if len(b.open) > 0 {
		b.close()
	}
	return b.made
}

func (b *NumbersBuilder) close() {
	b.made.blocks = append(b.made.blocks, packBlock(b.open))
	b.open = b.open[:0]
}
