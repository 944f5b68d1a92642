package pipeline

import "strings"

// Nearest returns the known word with the fewest edits to word, if these are
// few enough to be a slip of the hand.
func Nearest(word string, known []string) string {
	if len(word) > 64 {
		return ""
	}
	best, fewest := "", 1+max(1, len(word)/3)
	for _, k := range known {
		if len(k) >= len(word)+fewest || len(word) >= len(k)+fewest {
			continue // so many edits at the least; and k may be a stranger's, of any length
		}
		if d := edits(strings.ToLower(word), strings.ToLower(k)); d < fewest {
			best, fewest = k, d
		}
	}
	return best
}

// edits is the number of bytes to insert, delete, change or swap with a
// neighbour to turn a into b.
func edits(a, b string) int {
	var two []int
	one := make([]int, len(b)+1)
	for j := range one {
		one[j] = j
	}
	for i := range len(a) {
		row := make([]int, len(b)+1)
		row[0] = i + 1
		for j := range len(b) {
			change := one[j]
			if a[i] != b[j] {
				change++
			}
			row[j+1] = min(change, one[j+1]+1, row[j]+1)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				row[j+1] = min(row[j+1], two[j-1]+1)
			}
		}
		two, one = one, row
	}
	return one[len(b)]
}
