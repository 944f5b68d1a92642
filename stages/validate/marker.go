package validate

import "bytes"

// nextMarkerPlain is nextMarker without vector instructions.
func nextMarkerPlain(data []byte) int {
	for at := 0; ; at += 2 {
		n := bytes.IndexByte(data[at:], 0xff)
		if n < 0 || at+n+1 >= len(data) {
			return -1
		}
		if at += n; data[at+1] != 0 {
			return at
		}
	}
}
