package archive

import (
	"errors"
	"fmt"
	"io/fs"
	"math"

	"github.com/pickshard/pickshard/pipeline"
)

// A refusal says why a name cannot be read, with the reason that callers ask for.
type refusal struct {
	kind   error
	reason string
}

func (e *refusal) Error() string { return e.reason }
func (e *refusal) Unwrap() error { return e.kind }

var errNoMember error = &refusal{fs.ErrNotExist, "no such file in the archive"}

// A fault lies in an archive's bytes: reading them again does not help.
type fault struct{ reason string }

func (e *fault) Error() string { return e.reason }

func damaged(format string, args ...any) error { return &fault{fmt.Sprintf(format, args...)} }

// placed says where in an archive an error is.
func placed(err error, format string, args ...any) error {
	where := fmt.Sprintf(format, args...)
	if f, ok := err.(*fault); ok {
		return &fault{where + ": " + f.reason}
	}
	return fmt.Errorf("%s: %w", where, err)
}

// isFault says whether an error is the archive's own, and will come again.
func isFault(err error) bool {
	f := (*fault)(nil)
	return errors.As(err, &f)
}

// grouped spells a number that an archive tells.
func grouped(u uint64) string {
	if u > math.MaxInt64 {
		return fmt.Sprint(u)
	}
	return pipeline.Grouped(int64(u))
}
