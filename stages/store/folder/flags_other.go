//go:build !unix

package folder

import "os"

const (
	readFlags = os.O_RDONLY
	lockFlags = os.O_RDONLY
)
