package main

import "testing"

func TestGarbagePercent(t *testing.T) {
	t.Parallel()
	for alive, want := range map[uint64]int{0: 100, 10 << 20: 100, 16 << 20: 100, 32 << 20: 50, 160 << 20: 10, 640 << 20: 3, 1 << 40: 3} {
		if got := garbagePercent(alive); got != want {
			t.Errorf("%d bytes alive: %d %%, want %d %%", alive, got, want)
		}
	}
}
