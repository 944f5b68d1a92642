package main

import "testing"

func TestGarbagePercent(t *testing.T) {
	t.Parallel()
	for alive, want := range map[uint64]int{0: 100, 10 << 20: 100, 20 << 20: 50, 100 << 20: 10, 500 << 20: 2, 1 << 40: 2} {
		if got := garbagePercent(alive); got != want {
			t.Errorf("%d bytes alive: %d %%, want %d %%", alive, got, want)
		}
	}
}
