package join

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/maphash"
	"math"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/pickshard/pickshard/pipeline"
	"github.com/pickshard/pickshard/schema"
)

// A Side joins records with rows of a side table that have the same key. It looks up
// the side table's rows among the records' keys, not the other way round: memory
// holds the keys of the records and the side values that some record wants, so that a
// side table may be much larger than memory.
//
//	records   prompt_id ──► slots: hash ► entry {hash, a record with that key, match}
//	side table, batch by batch: key ──► entry? ──► append its values, note the match
//	records again: entry ► match ──► values in the records' order
type Side struct {
	// Left are the records' key columns, Right those of the side table, in pairs.
	Left, Right []string
	// Fields are the side table's columns that the records get.
	Fields []string
	// Repeats says what a key is that the side table has twice.
	Repeats Repeats
	// MaxBytes bounds the memory that the records' keys and what they get take; 0 is
	// no bound.
	MaxBytes int64
}

// ErrRepeated is RepeatsFail's.
var ErrRepeated = errors.New("has a key that another row has")

// SizeError says that a join takes more memory than it may.
type SizeError struct {
	Max  int64
	What string
}

func (e *SizeError) Error() string {
	return fmt.Sprintf("%s, the limit is %s bytes", e.What, pipeline.Grouped(e.Max))
}

// Repeats says what happens where the side table has several rows for a key.
type Repeats uint8

const (
	// RepeatsFail is an error.
	RepeatsFail Repeats = iota
	// RepeatsFirst takes the first of them.
	RepeatsFirst
)

// Joined is what records get from a side table.
type Joined struct {
	// Columns has one column for each of Side.Fields, as long as the records, null
	// where a record has no match.
	Columns []*arrow.Chunked
	// matched has, by record, the entry of its key.
	entryOf []uint32
	entries []entry
}

// Matched says whether a record has a row in the side table.
func (j *Joined) Matched(row int64) bool {
	e := j.entryOf[row]
	return e != noEntry && j.entries[e].match != 0
}

// entry is a key of the records.
type entry struct {
	hash  uint64
	row   uint32 // the first record that has it
	match uint32 // the number of the side row that fits, from 1
}

const (
	noEntry    = math.MaxUint32 // of a record whose key is null
	maxRecords = math.MaxUint32 - 1
)

// joining is a join under way.
type joining struct {
	*Side
	Joined
	seed  maphash.Seed
	slots []uint32 // entries by hash, with one more than their number; 0 is free
	left  []cells
	room  [2][]byte
	found gathered
}

// cells reads a key column.
type cells struct {
	name string
	kind keyKind
	rows values[arrow.Array]
}

// keyKind is the family of a key's values: those of two cannot be equal.
type keyKind uint8

const (
	keyText keyKind = iota
	keyNumber
	keyNull
)

// Join joins records with a side table. column finds a column of the records; batches
// calls each with the side table's rows, with the columns of Right and Fields, from the
// first to the last.
func (s *Side) Join(rows int64, column func(name string) (*arrow.Chunked, bool), batches func(each func(arrow.RecordBatch) error) error) (*Joined, error) {
	if rows > maxRecords {
		return nil, fmt.Errorf("%d records: at most %d can be joined", rows, int64(maxRecords))
	}
	j := &joining{Side: s, seed: maphash.MakeSeed()}
	for _, name := range s.Left {
		c, ok := column(name)
		if !ok {
			return nil, fmt.Errorf("the records have no column %s", name)
		}
		kind, err := kindOf(c.DataType())
		if err != nil {
			return nil, fmt.Errorf("column %s of the records: %w", name, err)
		}
		j.left = append(j.left, cells{name, kind, newValues[arrow.Array](c)})
	}
	// Of a record: two slots at most, the number of its entry, and the entry.
	if index := rows * (2*4 + 4 + 16); s.MaxBytes > 0 && index > s.MaxBytes {
		return nil, &SizeError{s.MaxBytes, fmt.Sprintf("the keys of %s records take %s bytes", pipeline.Grouped(rows), pipeline.Grouped(index))}
	}
	j.index(rows)
	var at int64
	err := batches(func(b arrow.RecordBatch) error {
		err := j.match(b, at)
		at += b.NumRows()
		return err
	})
	if err != nil {
		return nil, err
	}
	if err := j.finish(rows); err != nil {
		return nil, err
	}
	return &j.Joined, nil
}

// index makes an entry for each key of the records.
func (j *joining) index(rows int64) {
	size := 16
	for int64(size) < rows+rows/2 {
		size *= 2
	}
	j.slots = make([]uint32, size)
	j.entryOf = make([]uint32, rows)
	for row := range rows {
		key, ok := j.leftKey(0, row)
		if !ok {
			j.entryOf[row] = noEntry
			continue
		}
		hash := maphash.Bytes(j.seed, key)
		slot, e := j.find(hash, key)
		if e == noEntry {
			e = uint32(len(j.entries))
			j.entries = append(j.entries, entry{hash: hash, row: uint32(row)})
			j.slots[slot] = e + 1
		}
		j.entryOf[row] = e
	}
}

// leftKey spells a record's key into one of the two rooms.
func (j *joining) leftKey(room int, row int64) (key []byte, ok bool) {
	key = j.room[room][:0]
	for i := range j.left {
		a, at, has := j.left[i].rows.find(row)
		if !has {
			return nil, false
		}
		if key, ok = appendKey(key, a, at); !ok {
			return nil, false
		}
	}
	j.room[room] = key
	return key, true
}

// find looks a key up: its entry, or noEntry and the slot where it would be.
func (j *joining) find(hash uint64, key []byte) (slot int, e uint32) {
	mask := len(j.slots) - 1
	for slot = int(hash) & mask; ; slot = (slot + 1) & mask {
		if j.slots[slot] == 0 {
			return slot, noEntry
		}
		e = j.slots[slot] - 1
		if j.entries[e].hash != hash {
			continue
		}
		if other, _ := j.leftKey(1, int64(j.entries[e].row)); bytes.Equal(other, key) {
			return slot, e
		}
	}
}

// match looks up the rows of a batch; at is the number of the first.
func (j *joining) match(b arrow.RecordBatch, at int64) error {
	keys, err := j.rightColumns(b)
	if err != nil {
		return err
	}
	if err := j.found.open(b, j.Fields); err != nil {
		return err
	}
	for i := range int(b.NumRows()) {
		key, ok := j.room[0][:0], true
		for _, a := range keys {
			if key, ok = appendKey(key, a, i); !ok {
				break
			}
		}
		j.room[0] = key
		if !ok {
			continue // a null key fits nothing
		}
		_, e := j.find(maphash.Bytes(j.seed, key), key)
		if e == noEntry {
			continue
		}
		if j.entries[e].match != 0 {
			if j.Repeats == RepeatsFirst {
				continue
			}
			return fmt.Errorf("row %d %w: %s", at+int64(i), ErrRepeated, j.spell(keys, i))
		}
		if err := j.found.add(i); err != nil {
			return err
		}
		if j.MaxBytes > 0 && j.found.held > j.MaxBytes {
			return &SizeError{j.MaxBytes, fmt.Sprintf("what %s records get, up to row %s of the table, takes %s bytes",
				pipeline.Grouped(int64(j.found.n)), pipeline.Grouped(at+int64(i)), pipeline.Grouped(j.found.held))}
		}
		j.entries[e].match = j.found.n
	}
	return nil
}

// rightColumns finds the key columns of a batch and checks that their values can be
// equal to the records'.
func (j *joining) rightColumns(b arrow.RecordBatch) ([]arrow.Array, error) {
	keys := make([]arrow.Array, len(j.Right))
	for k, name := range j.Right {
		at := b.Schema().FieldIndices(name)
		if len(at) == 0 {
			return nil, fmt.Errorf("the side table has no column %s", name)
		}
		keys[k] = b.Column(at[0])
		kind, err := kindOf(keys[k].DataType())
		if err != nil {
			return nil, fmt.Errorf("column %s: %w", name, err)
		}
		if left := j.left[k]; kind != left.kind && kind != keyNull && left.kind != keyNull {
			return nil, fmt.Errorf("column %s is %s, and %s of the records is another kind of value: text and numbers are never equal", name, typeName(keys[k].DataType()), left.name)
		}
	}
	return keys, nil
}

func (j *joining) spell(keys []arrow.Array, i int) string {
	var text strings.Builder
	for k, a := range keys {
		if k > 0 {
			text.WriteString(", ")
		}
		text.WriteString(fmt.Sprintf("%s %.80q", j.Right[k], a.ValueStr(i)))
	}
	return text.String()
}

// finish puts the values that were found into the records' order.
func (j *joining) finish(rows int64) error {
	const chunk = 1 << 16
	for f := range j.Fields {
		dt, chunks := j.found.types(f), []arrow.Array{}
		for lo := int64(0); lo < rows; lo += chunk {
			n := int(min(chunk, rows-lo))
			a, err := schema.Take(dt, n, func(k int) (arrow.Array, int) {
				e := j.entryOf[lo+int64(k)]
				if e == noEntry {
					return j.found.at(f, 0)
				}
				return j.found.at(f, j.entries[e].match)
			})
			if err != nil {
				return fmt.Errorf("column %s: %w", j.Fields[f], err)
			}
			chunks = append(chunks, a)
		}
		j.Columns = append(j.Columns, arrow.NewChunked(dt, chunks))
		j.found.forget(f)
	}
	j.slots, j.left, j.found = nil, nil, gathered{}
	return nil
}

// gathered is the side rows that were found, numbered from 1; number 0 is a row of
// nulls.
type gathered struct {
	n        uint32
	held     int64 // bytes of the blocks that are full
	builders []array.Builder
	blocks   [][]arrow.Array // by field
	nulls    []arrow.Array
	batch    []arrow.Array // the columns of the batch at hand
}

// block is how many found rows lie in an array: few enough for its offsets.
const block = 1 << 14

// open turns to a batch.
func (g *gathered) open(b arrow.RecordBatch, fields []string) error {
	g.batch = g.batch[:0]
	for f, name := range fields {
		at := b.Schema().FieldIndices(name)
		if len(at) == 0 {
			return fmt.Errorf("the side table has no column %s", name)
		}
		a := b.Column(at[0])
		g.batch = append(g.batch, a)
		if len(g.builders) <= f {
			t, ok := schema.FromArrow(a.DataType())
			if !ok && a.DataType().ID() != arrow.NULL {
				return fmt.Errorf("column %s: no field can be %s", name, typeName(a.DataType()))
			}
			dt := t.Arrow()
			if t.Kind == schema.Class {
				dt = arrow.BinaryTypes.String // a dictionary's values
			}
			g.builders = append(g.builders, array.NewBuilder(memory.DefaultAllocator, dt))
			g.blocks = append(g.blocks, nil)
			g.nulls = append(g.nulls, array.MakeArrayOfNull(memory.DefaultAllocator, dt, 1))
		}
	}
	return nil
}

// add takes a row of the batch.
func (g *gathered) add(i int) error {
	if g.n == math.MaxUint32 {
		return errors.New("more matches than can be counted")
	}
	for f, a := range g.batch {
		if err := copyAs(g.builders[f], a, i); err != nil {
			return err
		}
		if g.n%block == block-1 {
			full := g.builders[f].NewArray()
			g.held += schema.ValueBytes(full, 0, full.Len())
			g.blocks[f] = append(g.blocks[f], full)
		}
	}
	g.n++
	return nil
}

// copyAs copies a value that may be of a larger sibling of the builder's type.
func copyAs(b array.Builder, a arrow.Array, i int) error {
	if a.IsNull(i) {
		b.AppendNull()
		return nil
	}
	switch v := a.(type) {
	case *array.Dictionary:
		return copyAs(b, v.Dictionary(), v.GetValueIndex(i))
	case textArray:
		b.(*array.StringBuilder).Append(v.Value(i))
		return nil
	case interface{ Value(int) []byte }:
		b.(*array.BinaryBuilder).Append(v.Value(i))
		return nil
	}
	return schema.CopyValue(b, a, i)
}

func (g *gathered) types(f int) arrow.DataType {
	if f >= len(g.builders) {
		return arrow.Null // no batch was there to tell
	}
	return g.builders[f].Type()
}

// at returns where a found row's value stands.
func (g *gathered) at(f int, n uint32) (arrow.Array, int) {
	if n == 0 || f >= len(g.builders) {
		if f >= len(g.nulls) {
			return array.NewNull(1), 0
		}
		return g.nulls[f], 0
	}
	if len(g.blocks[f]) <= int((g.n-1)/block) { // the open one
		g.blocks[f] = append(g.blocks[f], g.builders[f].NewArray())
	}
	return g.blocks[f][(n-1)/block], int((n - 1) % block)
}

// forget lets go of a field's values.
func (g *gathered) forget(f int) {
	if f < len(g.blocks) {
		g.blocks[f] = nil
	}
}

// kindOf says of which family a key column's values are.
func kindOf(dt arrow.DataType) (keyKind, error) {
	if d, ok := dt.(*arrow.DictionaryType); ok {
		dt = d.ValueType
	}
	switch id := dt.ID(); {
	case id == arrow.NULL:
		return keyNull, nil
	case id == arrow.STRING, id == arrow.LARGE_STRING, id == arrow.STRING_VIEW:
		return keyText, nil
	case arrow.IsInteger(id), id == arrow.FLOAT32, id == arrow.FLOAT64:
		return keyNumber, nil
	}
	return 0, fmt.Errorf("%s cannot be a key: keys are text or whole numbers", typeName(dt))
}

// appendKey appends a key's value such that equal values have equal bytes: text behind
// its length, numbers as integers. ok is false for null and for what is not a whole number.
func appendKey(dst []byte, a arrow.Array, i int) ([]byte, bool) {
	v, ok := valueAt(a, i)
	if !ok {
		return dst, false
	}
	switch v := v.(type) {
	case string:
		return append(binary.LittleEndian.AppendUint32(dst, uint32(len(v))), v...), true
	case int64:
		return binary.LittleEndian.AppendUint64(dst, uint64(v)), true
	case uint64:
		return binary.LittleEndian.AppendUint64(dst, v), true
	case float64:
		n, ok := whole(v)
		return binary.LittleEndian.AppendUint64(dst, uint64(n)), ok
	}
	return dst, false
}
