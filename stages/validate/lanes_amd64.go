package validate

// laneSteps makes so many steps of each lane, and returns which one met what its table
// does not know, -1 for none. A step takes at most laneMost bits, and 8 bytes are read
// from where it begins.
//
//go:noescape
func laneSteps(buf *byte, entries, next *uint32, all *[lanes]lane, steps int) (slow int)

// run runs lanes until one of them is near its end (-1), or meets what its table
// does not know: which one.
func (t *laneTables) run(buf []byte, all *[lanes]lane) int {
	for {
		steps := laneSpan(all) / laneMost
		if steps <= 0 {
			return -1
		}
		if slow := laneSteps(&buf[0], &t.entries[0], &t.next[0], all, steps); slow >= 0 {
			return slow
		}
	}
}
