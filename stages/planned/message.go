package planned

import (
	"encoding/binary"
	"errors"
)

// errTooLong: a message says that it is longer than the bytes that there are.
var errTooLong = errors.New("it is longer than its line in the index says")

// fits checks that the metadata of a message lies in data: arrow-go makes room for what
// the first bytes say.
func fits(data []byte) error {
	const continuation = 0xffffffff
	if len(data) < 8 || binary.LittleEndian.Uint32(data) != continuation || binary.LittleEndian.Uint32(data[4:]) > uint32(min(len(data)-8, 1<<30)) {
		return errTooLong
	}
	return nil
}
