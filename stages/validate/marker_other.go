//go:build !amd64

package validate

func nextMarker(data []byte) int { return nextMarkerPlain(data) }
