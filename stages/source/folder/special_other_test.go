//go:build !linux || !(amd64 || arm64)

package folder

import "testing"

func makeSpecial(*testing.T, string) []string { return nil }
func withoutOpenat2(*Folder) bool             { return false }
func checkHandles(*testing.T, *Folder)        {}
