package pandas

import (
	"github.com/pickshard/pickshard/stages/read/pickle"
)

// arrowArray reads a column backed by pyarrow.
func (r *reader) arrowArray(v pickle.Value) (source, error) {
	return nil, unsupported("pyarrow columns")
}
