//go:build !linux

package folder

import (
	"math"
	"os"
)

// keepUnsynced is without limit where the page cache takes no advice.
func keepUnsynced() int64 { return math.MaxInt64 }

// startWriting has no counterpart here.
func startWriting(*os.File) {}

// leaveCache has no counterpart here.
func leaveCache(*os.File) {}
