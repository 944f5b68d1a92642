//go:build !linux

package main

// dieWithParent does nothing: only Linux tells of a parent's end; --tied does elsewhere.
func dieWithParent() error { return nil }
