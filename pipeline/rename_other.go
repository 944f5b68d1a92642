//go:build !linux

package pipeline

// renameIfAbsent publishes where there are no hard links.
func renameIfAbsent(from, to string) error { return renameLocked(from, to) }
