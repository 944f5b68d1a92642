//go:build !linux && !darwin

package pipeline

import (
	"errors"
	"os"
)

// canMap says whether files can be seen as memory: elsewhere all is held.
const canMap = false

func mapFile(*os.File, int64, int) (*mapping, error) { return nil, errors.ErrUnsupported }

func (m *mapping) giveBack() {}
