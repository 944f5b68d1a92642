package pickle

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
)

// Input is where a pickle is read from: random access (At and Size) or a stream
// (Stream). Random access lets the file be scanned before it is decoded; see also
// [Mapped].
type Input struct {
	Name   string      // what messages call it: a path, or "standard input"
	At     io.ReaderAt // nil for a stream; a read waits for nobody, as of a file
	Size   int64       // bytes in At
	Stream io.Reader   // used when At is nil; a read may wait, as of a pipe

	unpacked   bool     // Stream is the inside of an archive: read it to its end
	file       *mapping // At as memory, inside Mapped
	leaveBytes bool     // see Mapped
}

// BytesInput is an input over memory. Text of a [Doc] stays in data, which must not
// change.
func BytesInput(name string, data []byte) Input {
	return Input{Name: name, At: bytes.NewReader(data), Size: int64(len(data)), file: &mapping{bytes: data}}
}

// OpenInput opens a file for reading. The caller closes it.
func OpenInput(path string) (Input, io.Closer, error) {
	f, err := os.Open(path)
	if err != nil {
		return Input{}, nil, fmt.Errorf("open pickle: %w", err)
	}
	st, err := f.Stat()
	if err != nil {
		_ = f.Close()
		return Input{}, nil, fmt.Errorf("stat pickle: %w", err)
	}
	if st.IsDir() {
		_ = f.Close()
		return Input{}, nil, fmt.Errorf("open pickle: %s is a folder", path)
	}
	if !st.Mode().IsRegular() || st.Size() == 0 && holdsMore(f) {
		return Input{Name: path, Stream: f}, f, nil
	}
	return Input{Name: path, At: f, Size: st.Size()}, f, nil
}

// holdsMore tells whether a file that claims no bytes is not at its end at once:
// those of the kernel under /proc are not.
func holdsMore(f *os.File) bool {
	_, err := f.ReadAt(make([]byte, 1), 0)
	return !errors.Is(err, io.EOF)
}
