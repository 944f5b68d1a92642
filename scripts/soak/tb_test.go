package soak

import (
	"context"
	"fmt"
	"os"
	"testing"
)

// quietTB is a testing.TB for code that runs in a process of its own, where a
// failure ends the process.
type quietTB struct{ testing.TB }

func (*quietTB) Helper()                  {}
func (*quietTB) Context() context.Context { return context.Background() }
func (*quietTB) Fatal(args ...any) {
	fmt.Fprintln(os.Stderr, args...)
	os.Exit(2)
}
