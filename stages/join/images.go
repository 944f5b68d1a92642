package join

import (
	"context"
	"sync"

	"github.com/pickshard/pickshard/pipeline"
)

// Files are the images of a field whose template names a file for each record, or for
// each value of a record's list; it fulfils pipeline.Images.
type Files struct {
	source pipeline.Source
	names  *Names
	room   sync.Pool // of *[]byte: room to spell a name in
}

var _ pipeline.Images = (*Files)(nil)

// NewFiles returns the images in source that names spells.
func NewFiles(source pipeline.Source, names *Names) *Files {
	return &Files{source: source, names: names, room: sync.Pool{New: func() any { return new([]byte) }}}
}

// Len is how many names a row has.
func (f *Files) Len(row int64) (int, bool) { return f.names.Len(row) }

// AppendFile appends the name of a file.
func (f *Files) AppendFile(dst []byte, row int64, item int) ([]byte, bool) {
	return f.names.Append(dst, row, item)
}

// AppendName appends the base name of a file.
func (f *Files) AppendName(dst []byte, row int64, item int) ([]byte, bool) {
	return f.names.appendBase(dst, row, item)
}

// Stat looks at a file.
func (f *Files) Stat(ctx context.Context, row int64, item int) (stat pipeline.FileStat, err error) {
	name, ok := f.spell(row, item)
	if !ok {
		return pipeline.FileStat{Size: pipeline.NoImage}, nil
	}
	return f.source.Stat(ctx, name)
}

// Read reads a file.
func (f *Files) Read(ctx context.Context, row int64, item int, want pipeline.FileStat, dst []byte) (cached bool, err error) {
	name, _ := f.spell(row, item)
	return f.source.ReadFile(ctx, name, want, dst)
}

func (f *Files) spell(row int64, item int) (string, bool) {
	room := f.room.Get().(*[]byte)
	defer f.room.Put(room)
	name, ok := f.names.Append((*room)[:0], row, item)
	*room = name
	return string(name), ok
}

// appendBase appends the base of a name.
func (n *Names) appendBase(dst []byte, row int64, item int) ([]byte, bool) {
	mark := len(dst)
	name, ok := n.Append(dst, row, item)
	if !ok {
		return name[:mark], false
	}
	from, to := base(name[mark:])
	if from == to {
		return append(name[:mark], '.'), true
	}
	return append(name[:mark], name[mark+from:mark+to]...), true
}

// base finds the base name in a name, as path.Base does but for a name without any.
func base(name []byte) (from, to int) {
	to = len(name)
	for to > 1 && name[to-1] == '/' {
		to--
	}
	for from = to; from > 0 && name[from-1] != '/'; from-- {
	}
	if from == to && to == 1 { // "/"
		return 0, 1
	}
	return from, to
}
