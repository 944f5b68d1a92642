package join

import (
	"context"
	"sync"

	"github.com/pickshard/pickshard/pipeline"
)

// Files are the images of a field whose template names one file for each record; it
// fulfils pipeline.Images.
type Files struct {
	source pipeline.Source
	name   Name
	room   sync.Pool // of *[]byte: room to spell a name in
}

var _ pipeline.Images = (*Files)(nil)

// NewFiles returns the images in source that name spells.
func NewFiles(source pipeline.Source, name Name) *Files {
	return &Files{source: source, name: name, room: sync.Pool{New: func() any { return new([]byte) }}}
}

// Len is 1: a file for each row.
func (*Files) Len(int64) (int, bool) { return 1, true }

// AppendFile appends the name of a row's file.
func (f *Files) AppendFile(dst []byte, row int64, _ int) ([]byte, bool) { return f.name(dst, row) }

// AppendName appends the base name of a row's file.
func (f *Files) AppendName(dst []byte, row int64, _ int) ([]byte, bool) {
	mark := len(dst)
	name, ok := f.name(dst, row)
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

// Stat looks at a row's file.
func (f *Files) Stat(ctx context.Context, row int64, _ int) (stat pipeline.FileStat, err error) {
	name, ok := f.spell(row)
	if !ok {
		return pipeline.FileStat{Size: pipeline.NoImage}, nil
	}
	return f.source.Stat(ctx, name)
}

// Read reads a row's file.
func (f *Files) Read(ctx context.Context, row int64, _ int, want pipeline.FileStat, dst []byte) (cached bool, err error) {
	name, _ := f.spell(row)
	return f.source.ReadFile(ctx, name, want, dst)
}

func (f *Files) spell(row int64) (string, bool) {
	room := f.room.Get().(*[]byte)
	defer f.room.Put(room)
	name, ok := f.name((*room)[:0], row)
	*room = name
	return string(name), ok
}
