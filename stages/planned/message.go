package planned

import (
	"encoding/binary"
	"errors"

	flatbuffers "github.com/google/flatbuffers/go"
)

// errTooLong: a message says that it is longer than the bytes that there are.
var errTooLong = errors.New("it is longer than its line in the index says")

// fits checks that the metadata of a message lies in data, and that it has none for people:
// arrow-go makes room for what the first bytes say, and for as many of these.
func fits(data []byte) (err error) {
	defer func() { // flatbuffers trusts what it reads
		if recover() != nil {
			err = errTooLong
		}
	}()
	const (
		continuation   = 0xffffffff
		customMetadata = 12 // of a Message in Message.fbs, by its place in the vtable
	)
	if len(data) < 8 || binary.LittleEndian.Uint32(data) != continuation || binary.LittleEndian.Uint32(data[4:]) > uint32(min(len(data)-8, 1<<30)) {
		return errTooLong
	}
	metadata := data[8:]
	message := flatbuffers.Table{Bytes: metadata, Pos: flatbuffers.GetUOffsetT(metadata)}
	if message.Offset(customMetadata) != 0 {
		return errTooLong
	}
	return nil
}
