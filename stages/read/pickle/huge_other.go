//go:build !linux

package pickle

// adviseHuge has no counterpart here.
func adviseHuge[T any]([]T) {}
