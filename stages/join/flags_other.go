//go:build !unix

package join

import "os"

const (
	openFlags = os.O_RDONLY
	onlyDir   = 0
)
