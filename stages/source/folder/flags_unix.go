//go:build unix

package folder

import (
	"os"
	"syscall"
)

// openFlags: a named pipe opens at once, a terminal does not become ours.
const openFlags = os.O_RDONLY | syscall.O_NONBLOCK | syscall.O_NOCTTY

// onlyDir makes an open fail for anything but a folder.
const onlyDir = syscall.O_DIRECTORY
