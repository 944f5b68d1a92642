package validate

import (
	"cmp"
	"hash/maphash"
	"iter"
	"slices"
)

// Keys are the keys of one split, by row from 0. All is called twice where keys
// repeat and must yield the same both times.
type Keys struct {
	Split string
	Rows  int64 // how many All yields, for the size of the table; a guess is fine
	All   func() iter.Seq2[int64, string]
}

// Place is where a key stands.
type Place struct {
	Split string
	Row   int64
}

// Duplicate is a key that a later record has again.
type Duplicate struct {
	Key           string
	First, Second Place // First is the first of all, Second any later one
}

// keyRef stands for a key: 16 bytes, whatever the key's length.
type keyRef struct {
	hash uint64
	ref  uint64 // split<<rowBits | row
}

const rowBits = 48

// DuplicateKeys finds the keys that more than one record has, across all the
// splits given: one Duplicate for each record but the first, by place of the
// second, at most most of them; total counts all. Memory is 16 bytes a key and
// the text of those that repeat. Keys are compared by hash first and confirmed
// by their text, so the result is exact.
func DuplicateKeys(splits []Keys, most int) (found []Duplicate, total int64) {
	refs := hashKeys(splits)
	slices.SortFunc(refs, func(a, b keyRef) int { return cmp.Compare(a.hash, b.hash) })
	refs = slices.Clip(keepRepeated(refs))
	if len(refs) == 0 {
		return nil, 0
	}
	slices.SortFunc(refs, func(a, b keyRef) int { return cmp.Compare(a.ref, b.ref) })
	return confirm(splits, refs, most)
}

func hashKeys(splits []Keys) []keyRef {
	var rows int64
	for _, s := range splits {
		rows += max(s.Rows, 0)
	}
	seed := maphash.MakeSeed()
	refs := make([]keyRef, 0, rows)
	for i, s := range splits {
		for row, key := range s.All() {
			refs = append(refs, keyRef{hash: maphash.String(seed, key), ref: uint64(i)<<rowBits | uint64(row)})
		}
	}
	return refs
}

// keepRepeated keeps, of references sorted by hash, those whose hash another
// has too, in place.
func keepRepeated(refs []keyRef) []keyRef {
	kept := refs[:0]
	for i := 0; i < len(refs); {
		j := i + 1
		for j < len(refs) && refs[j].hash == refs[i].hash {
			j++
		}
		if j-i > 1 {
			kept = append(kept, refs[i:j]...)
		}
		i = j
	}
	return kept
}

// confirm reads the keys again and compares the text of the candidates, which
// are sorted by place.
func confirm(splits []Keys, refs []keyRef, most int) (found []Duplicate, total int64) {
	first := make(map[string]Place)
	next := 0
	for i, s := range splits {
		for row, key := range s.All() {
			if next == len(refs) {
				return found, total
			}
			if refs[next].ref != uint64(i)<<rowBits|uint64(row) {
				continue
			}
			next++
			here := Place{Split: s.Split, Row: row}
			at, repeated := first[key]
			if !repeated {
				first[key] = here
				continue
			}
			if total++; len(found) < most {
				found = append(found, Duplicate{Key: key, First: at, Second: here})
			}
		}
	}
	return found, total
}
