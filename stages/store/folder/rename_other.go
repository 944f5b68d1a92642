//go:build !linux

package folder

import "os"

// renameIfAbsent publishes where there are no hard links.
func renameIfAbsent(root *os.Root, from, to string) error { return renameLocked(root, from, to) }
