package validate

import (
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

// eachDuplicate finds the keys that more than one record has, across all the
// splits given: it calls found for each record but the first, by place of the
// second. Memory is 8 bytes a key and the text of those that repeat. Keys are
// compared by hash first and confirmed by their text, so the result is exact and
// does not depend on the hash.
func eachDuplicate(splits []Keys, found func(Duplicate)) {
	seed := maphash.MakeSeed()
	hash := func(key string) uint64 { return maphash.String(seed, key) }
	if repeated := repeatedHashes(splits, hash); len(repeated) > 0 {
		confirm(splits, hash, repeated, found)
	}
}

// repeatedHashes returns the hashes that more than one key has, sorted.
func repeatedHashes(splits []Keys, hash func(string) uint64) []uint64 {
	var rows int64
	for _, s := range splits {
		rows += max(s.Rows, 0)
	}
	hashes := make([]uint64, 0, rows)
	for _, s := range splits {
		for _, key := range s.All() {
			hashes = append(hashes, hash(key))
		}
	}
	slices.Sort(hashes)
	kept := hashes[:0]
	for i := 1; i < len(hashes); i++ {
		// kept never reaches i-1: it holds at most one of each two.
		if h := hashes[i]; h == hashes[i-1] && (len(kept) == 0 || kept[len(kept)-1] != h) {
			kept = append(kept, h)
		}
	}
	return kept
}

// confirm reads the keys again and compares the text of those whose hash is
// repeated.
func confirm(splits []Keys, hash func(string) uint64, repeated []uint64, found func(Duplicate)) {
	first := make(map[string]Place)
	for _, s := range splits {
		for row, key := range s.All() {
			if _, ok := slices.BinarySearch(repeated, hash(key)); !ok {
				continue
			}
			here := Place{Split: s.Split, Row: row}
			at, again := first[key]
			if !again {
				first[key] = here
				continue
			}
			found(Duplicate{Key: key, First: at, Second: here})
		}
	}
}
