package pandas

import (
	"context"
	"fmt"
)

// ReadAll reads several files that hold the parts of one split and returns their
// rows in the order given. All parts must have the same columns with types that
// agree.
func ReadAll(ctx context.Context, ins []Input, opts Options) (*Result, error) {
	return nil, fmt.Errorf("read pickle: %w", ErrUnsupported)
}

// Inspect describes a file. It reads the table when it can; when it cannot, Info
// still tells what the scan found, with the reason in Info.Problem. An error
// means that not even that was possible (the file cannot be read).
func Inspect(ctx context.Context, in Input, opts Options) (*Info, error) {
	return nil, fmt.Errorf("inspect pickle: %w", ErrUnsupported)
}
