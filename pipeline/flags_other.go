//go:build !unix

package pipeline

import "os"

const (
	readFlags = os.O_RDONLY
	lockFlags = os.O_RDONLY
)
