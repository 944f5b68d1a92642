package conformance

import (
	"bytes"
	"context"
	"errors"
	"strconv"

	"github.com/pickshard/pickshard/pipeline"
)

// tableImages are the images of a Table's field; it fulfils pipeline.Images.
type tableImages struct {
	t     *Table
	field int
	src   pipeline.Source // nil: the table itself
}

func (m tableImages) Len(row int64) (int, bool) {
	if !m.t.Fields[m.field].Type.ImageList() {
		return 1, true
	}
	list, ok := m.t.Rows[row][m.field].([]any)
	return len(list), ok
}

func (m tableImages) AppendFile(dst []byte, row int64, item int) ([]byte, bool) {
	switch v := m.t.cell(int(row), m.field, item).(type) {
	case nil:
		return dst, false
	case Image:
		return append(dst, v.Name...), true
	}
	dst = append(append(append(dst, "img/"...), m.t.Fields[m.field].Name...), '/')
	dst = strconv.AppendInt(dst, row, 10)
	if item > 0 {
		dst = strconv.AppendInt(append(dst, '_'), int64(item), 10)
	}
	return append(dst, ".png"...), true
}

func (m tableImages) AppendName(dst []byte, row int64, item int) ([]byte, bool) {
	at := len(dst)
	dst, ok := m.AppendFile(dst, row, item)
	if i := bytes.LastIndexByte(dst[at:], '/'); ok && i >= 0 {
		dst = append(dst[:at], dst[at+i+1:]...)
	}
	return dst, ok
}

func (m tableImages) name(row int64, item int) string {
	name, _ := m.AppendFile(nil, row, item)
	return string(name)
}

// Stat tells no time: a Table's images do not change.
func (m tableImages) Stat(ctx context.Context, row int64, item int) (pipeline.FileStat, error) {
	data := m.t.Image(int(row), m.field, item)
	if data == nil {
		return pipeline.FileStat{Size: pipeline.NoImage}, nil
	}
	if m.src != nil {
		return m.src.Stat(ctx, m.name(row, item))
	}
	return pipeline.FileStat{Size: int64(len(data))}, nil
}

func (m tableImages) Read(ctx context.Context, row int64, item int, want pipeline.FileStat, dst []byte) (bool, error) {
	if m.src != nil {
		return m.src.ReadFile(ctx, m.name(row, item), want, dst)
	}
	if copy(dst, m.t.Image(int(row), m.field, item)) != len(dst) {
		return false, errors.New("not the size that was planned with")
	}
	return true, nil
}
