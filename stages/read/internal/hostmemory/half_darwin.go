package hostmemory

import (
	"encoding/binary"
	"syscall"
)

// memory is the machine's memory; 0 when the system does not tell.
func memory() int64 {
	text, err := syscall.Sysctl("hw.memsize") // takes the number for text that ends in NUL
	if err != nil {
		return 0
	}
	var b [8]byte
	copy(b[:], text)
	return int64(binary.LittleEndian.Uint64(b[:]))
}
