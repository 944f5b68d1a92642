package pandas

import (
	"github.com/pickshard/pickshard/stages/read/internal/pickle"
)

// pictureCell is a PIL image as the array that numpy makes of it: rows of pixels, or of
// pixels of channels. Its state is [info, mode, size, palette, data] (Pillow: Image.py,
// Image.__getstate__), its data rows of pixels from top to bottom.
func (r *reader) pictureCell(v pickle.Value) (cell, error) {
	state := r.doc.Object(v).State
	var parts []pickle.Value
	switch state.Kind() {
	case pickle.KindList, pickle.KindTuple:
		items := r.doc.Items(state)
		for i := range min(items.Len(), 6) {
			parts = append(parts, items.At(i))
		}
	}
	if len(parts) < 5 || parts[2].Kind() != pickle.KindTuple || len(r.doc.Tuple(parts[2])) != 2 {
		return cell{}, unsupported("a PIL image without its pixels; call image.load() before pickling")
	}
	mode, _ := r.text(parts[1])
	w, okW := r.integer(r.doc.Tuple(parts[2])[0])
	h, okH := r.integer(r.doc.Tuple(parts[2])[1])
	const most = 1 << 16
	if !okW || !okH || w < 1 || h < 1 || w > most || h > most {
		return cell{}, invalid("a PIL image of size %s", r.doc.Describe(parts[2]))
	}
	if k := parts[4].Kind(); k != pickle.KindBytes && k != pickle.KindByteArray && k != pickle.KindStr8 {
		return cell{}, unsupported("a PIL image without its pixels; call image.load() before pickling")
	}
	data := r.doc.Bytes(parts[4])
	channels := map[string]int{"L": 1, "RGB": 3, "RGBA": 4, "1": 1, "P": 1}[mode]
	size := w * h * int64(channels)
	if mode == "1" {
		size = (w + 7) / 8 * h
	}
	switch {
	case channels == 0:
		return cell{}, unsupported("a PIL image of mode %s; call image.convert(\"RGB\") before pickling", quote(mode))
	case int64(len(data)) != size:
		return cell{}, invalid("a PIL image of %d by %d pixels of mode %s with %d bytes", w, h, mode, len(data))
	}
	var err error
	switch mode {
	case "1":
		if data, err = r.bits(data, int(w), int(h)); err != nil {
			return cell{}, err
		}
	case "P":
		if data, channels, err = r.palette(data, parts[3]); err != nil {
			return cell{}, err
		}
	}
	a := &ndarray{dt: dtype{kind: 'u', size: 1}, shape: []int{int(h), int(w)}, data: data, n: len(data)}
	if channels > 1 {
		a.shape = append(a.shape, channels)
	}
	a.strides = stridesOf(a.shape, 1, false)
	return cell{class: classList, arr: a}, nil
}

// bits spreads a bit a pixel to a byte.
func (r *reader) bits(data []byte, w, h int) ([]byte, error) {
	if err := r.visit(4 * w * h / bytesPerVisit); err != nil {
		return nil, err
	}
	out := make([]byte, 0, w*h)
	for y := range h {
		row := data[y*((w+7)/8):]
		for x := range w {
			out = append(out, -(row[x/8] >> (7 - x%8) & 1))
		}
	}
	return out, nil
}

// palette replaces each pixel's place in the palette by its color.
func (r *reader) palette(data []byte, colors pickle.Value) ([]byte, int, error) {
	if k := colors.Kind(); k != pickle.KindList && k != pickle.KindTuple {
		return nil, 0, unsupported("a PIL image of mode P without a palette; call image.convert(\"RGB\") before pickling")
	}
	if err := r.visit(4 * len(data) / bytesPerVisit); err != nil {
		return nil, 0, err
	}
	var table [256][3]byte
	items := r.doc.Items(colors)
	for i := range min(items.Len(), 768) {
		if n, ok := r.integer(items.At(i)); ok {
			table[i/3][i%3] = byte(n)
		}
	}
	out := make([]byte, 0, 3*len(data))
	for _, p := range data {
		out = append(out, table[p][:]...)
	}
	return out, 3, nil
}
