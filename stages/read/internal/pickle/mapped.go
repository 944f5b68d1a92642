package pickle

import (
	"errors"
	"fmt"
)

var (
	errCutShort = fmt.Errorf("read pickle: the file was cut short while it was read: %w", ErrTruncated)
	errUnread   = errors.New("read pickle: a part of the file could not be read (a fault of the disk or the network?)")
	errChanged  = errors.New("read pickle: the file was written to while it was read; run again when nothing writes it")
)

// Mapped calls f with in, seen as memory where that can be: a regular file on
// Linux. The text of a [Doc] that is decoded inside f then stays in the file,
// uncopied, and with leaveBytes its bytes, too. So nothing of the Doc may be used once f has
// returned, nor in another goroutine than f's: a file that is cut short or written
// to underneath becomes an error here, and nowhere else.
func Mapped(in Input, leaveBytes bool, f func(Input) error) (err error) {
	in.leaveBytes = leaveBytes
	var m mapping
	if in.file != nil || in.At == nil || !m.open(in.At, in.Size) {
		return f(in)
	}
	// Only a mapped file may recover, so that no test over memory hides a panic.
	defer func() { m.close(recover(), &err) }()
	in.file = &m
	return f(in)
}
