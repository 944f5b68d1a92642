package validate

// markerIn returns the offset of the first of n bytes that is 0xff with another
// byte than 0 after it, or -1. n is a multiple of 32, and one byte follows them.
//
//go:noescape
func markerIn(data *byte, n int) int

// nextMarker returns the offset of the first 0xff that another byte than 0
// follows, or -1. Stuffed bytes (0xff 0) come every 256 bytes or so, and a search
// for 0xff alone would stop at each of them: it took twice as long.
func nextMarker(data []byte) int {
	wide := (len(data) - 1) &^ 31
	if wide > 0 {
		if n := markerIn(&data[0], wide); n >= 0 {
			return n
		}
	} else {
		wide = 0
	}
	n := nextMarkerPlain(data[wide:])
	if n >= 0 {
		n += wide
	}
	return n
}
