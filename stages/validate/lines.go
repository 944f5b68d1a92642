package validate

import "bytes"

// enoughLines is how many line ends must agree: in compressed data one byte in
// 256 is a 0x0a, and one in 256 of those follows a 0x0d.
const enoughLines = 4

// convertedLines says whether each 0x0a of compressed data follows a 0x0d: the
// mark of a copy that took the file for a text. It stops at the first that
// does not, so it reads next to nothing of an image that is in order.
func convertedLines(data []byte) bool {
	lines := 0
	for {
		n := bytes.IndexByte(data, '\n')
		switch {
		case n < 0:
			return lines >= enoughLines
		case n == 0 || data[n-1] != '\r':
			return false
		}
		lines++
		data = data[n+1:]
	}
}
