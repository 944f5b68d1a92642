package pipelinetest

import (
	"bytes"
	"context"
	"errors"

	"github.com/pickshard/pickshard/pipeline"
)

// Names are images that have a name for each row and nothing behind it; it fulfils
// pipeline.Images for who lays out shards without reading images.
type Names func(dst []byte, row int64) (name []byte, ok bool)

var _ pipeline.Images = Names(nil)

// Len is 1.
func (Names) Len(int64) (int, bool) { return 1, true }

// AppendFile appends a row's name.
func (n Names) AppendFile(dst []byte, row int64, _ int) ([]byte, bool) { return n(dst, row) }

// AppendName appends what follows the last slash of a row's name.
func (n Names) AppendName(dst []byte, row int64, _ int) ([]byte, bool) {
	mark := len(dst)
	name, ok := n(dst, row)
	if !ok {
		return name[:mark], false
	}
	slash := bytes.LastIndexByte(name[mark:], '/')
	return append(name[:mark], name[mark+slash+1:]...), true
}

var errNothing = errors.New("nothing stands behind the name")

// Stat fails.
func (Names) Stat(context.Context, int64, int) (pipeline.FileStat, error) {
	return pipeline.FileStat{}, errNothing
}

// Read fails.
func (Names) Read(context.Context, int64, int, pipeline.FileStat, []byte) (bool, error) {
	return false, errNothing
}
