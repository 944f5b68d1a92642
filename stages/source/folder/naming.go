package folder

import (
	"errors"
	"fmt"
	"io/fs"
	"runtime"

	"github.com/pickshard/pickshard/pipeline"
)

// Lengths in bytes that no common system goes beyond (PATH_MAX and NAME_MAX of
// Linux). Checking them first bounds what one record can make us do.
const (
	maxName      = 4095
	maxComponent = 255
)

// An unsafeName says why a name cannot be that of a file under the root.
type unsafeName struct{ reason string }

func (e *unsafeName) Error() string { return e.reason }
func (e *unsafeName) Unwrap() error { return pipeline.ErrUnsafePath }

// checkName refuses what needs no look at the disk. Names may hold "." and
// empty components ("a//b"), and ".." where it stays inside.
func checkName(name string) error {
	switch {
	case name == "":
		return &unsafeName{"the name is empty"}
	case len(name) > maxName:
		return &unsafeName{fmt.Sprintf("the name has %s bytes, more than any file system takes", pipeline.Grouped(int64(len(name))))}
	case name[0] == '/':
		return &unsafeName{"the name is absolute, and in no folder that the config lists under `paths: {roots: [...]}`"}
	}
	depth, start := 0, 0
	for i := 0; i <= len(name); i++ {
		if i < len(name) && name[i] != '/' {
			if name[i] == 0 {
				return &unsafeName{fmt.Sprintf("the name has a NUL byte at position %d", i)}
			}
			// On windows these separate too, or name a drive or a stream.
			if runtime.GOOS == "windows" && (name[i] == '\\' || name[i] == ':') {
				return &unsafeName{fmt.Sprintf("the name has %q at position %d: folders are separated by '/'", name[i], i)}
			}
			continue
		}
		switch part := name[start:i]; {
		case part == "" || part == ".":
		case part == "..":
			if depth--; depth < 0 {
				return &unsafeName{"the name leaves the input folder by '..'"}
			}
		case len(part) > maxComponent:
			return &unsafeName{fmt.Sprintf("a part of the name has %d bytes, more than any file system takes", len(part))}
		default:
			depth++
		}
		start = i + 1
	}
	return nil
}

// leavesByLink is the error for a name whose symbolic links lead outside.
func leavesByLink() error {
	return &unsafeName{"a symbolic link leads out of the input folder, to none that the config lists under `paths: {roots: [...]}`"}
}

// notRegular says what stands where a file should.
func notRegular(mode fs.FileMode) error {
	kind := "of an unknown kind"
	switch {
	case mode.IsDir():
		kind = "a folder"
	case mode&fs.ModeNamedPipe != 0:
		kind = "a named pipe"
	case mode&fs.ModeSocket != 0:
		kind = "a socket"
	case mode&fs.ModeDevice != 0:
		kind = "a device"
	}
	return fmt.Errorf("%w: it is %s", pipeline.ErrNotRegular, kind)
}

// cause strips the operation and the path that package os wraps around an
// error: ours are told once, by the caller.
func cause(err error) error {
	var pe *fs.PathError
	if errors.As(err, &pe) {
		return pe.Err
	}
	return err
}
