//go:build unix

package folder

import (
	"os"
	"syscall"
)

// readFlags: a named pipe that takes a file's place opens at once, a terminal
// does not become ours.
const readFlags = os.O_RDONLY | syscall.O_NONBLOCK | syscall.O_NOCTTY

// lockFlags open the lock file, which is there.
const lockFlags = readFlags | syscall.O_NOFOLLOW
