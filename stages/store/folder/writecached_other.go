//go:build !linux || (!amd64 && !arm64)

package folder

import "os"

// writesToCache has no counterpart here.
func writesToCache(*os.File) bool { return false }

// writeToCache is not called here.
func writeToCache(f *os.File, p []byte, offset int64) (int, error) { return f.WriteAt(p, offset) }
