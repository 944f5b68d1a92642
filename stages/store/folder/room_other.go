//go:build !linux && !darwin

package folder

// Room is not known here.
func (*Store) Room() int64 { return -1 }
