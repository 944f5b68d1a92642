//go:build !linux || race

package main

import "errors"

func notePeak() func() { return func() {} }

func inTurn(string) error { return errors.ErrUnsupported }
