// Package soak tries to make a conversion lose or lie: its tests let every
// operation fail, cut the power, kill the real program, change the input
// underneath, flip bytes of finished outputs, and compare what is left with an
// undisturbed run, byte for byte. `go test` takes a fast part of it; `make soak`
// sets PICKSHARD_SOAK=1 and takes all.
//
// It holds tests only, and never touches anything outside of the test's own
// temporary folders but loop devices and mounts that it takes away again.
package soak
