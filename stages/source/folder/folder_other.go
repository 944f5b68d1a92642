//go:build !linux || !(amd64 || arm64)

package folder

import (
	"os"

	"github.com/pickshard/pickshard/pipeline"
)

// fastPath: there is none but on Linux (amd64, arm64).
type fastPath struct{}

func (*fastPath) open(*os.Root) error { return nil }
func (*fastPath) close()              {}

func (f *Folder) stat(name string) (pipeline.FileStat, error) { return f.statPortable(name) }

func (f *Folder) readFile(name string, want pipeline.FileStat, dst []byte) (cached bool, err error) {
	return false, f.readPortable(name, want, dst)
}
