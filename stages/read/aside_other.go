//go:build !linux && !darwin

package read

import (
	"errors"
	"os"

	"github.com/apache/arrow-go/v18/arrow/memory"
)

// canMap says whether files can be seen as memory: elsewhere columns are held.
const canMap = false

func mapped(*os.File, int64, int) (*memory.Buffer, error) { return nil, errors.ErrUnsupported }

func giveBack([]byte) {}
