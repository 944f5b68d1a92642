package joint

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/pickshard/pickshard/pipeline"
	"github.com/pickshard/pickshard/stages/write/internal/fill"
	"github.com/pickshard/pickshard/stages/write/internal/jsontext"
)

// reader reads a file sample by sample; it fulfils pipeline.ShardReader. It takes no byte
// on trust: what is not exactly what Create writes for the sample it reads is an error
// with its offset. It holds one sample in memory, and of the places a window.
type reader struct {
	layout *Layout
	r      io.ReaderAt
	size   int64
	n, i   int64 // samples, and the next of them
	offset int64 // where that begins
	browse bool
	err    error // that ended the reading

	window  []byte // places from windowAt on
	at      int64
	text    []byte // a sample, or while browsing a value
	heads   []byte // sizes in front of a sample
	items   []byte // sizes in front of a list's images
	again   []byte // a value as Create would write it
	numbers []array.Builder
	decode  *jsontext.Decoder
	sample  pipeline.Sample
}

// windowSize is how many bytes of places are read at once.
const windowSize = 64 << 10

// Open returns a reader of a file. It reads what stands in front of the samples, but for
// the places.
func (l *Layout) Open(r io.ReaderAt, size int64) (pipeline.ShardReader, error) {
	rd, err := l.reader(r, size)
	if err != nil {
		return nil, err
	}
	return rd, nil
}

// Browse is Open for who looks at records: images stay where they are.
func (l *Layout) Browse(r io.ReaderAt, size int64) (pipeline.ShardReader, error) {
	rd, err := l.reader(r, size)
	if err != nil {
		return nil, err
	}
	rd.browse = true
	return rd, nil
}

func (l *Layout) reader(r io.ReaderAt, size int64) (*reader, error) {
	rd := &reader{
		layout: l, r: r, size: size, decode: jsontext.NewDecoder(l.Schema), numbers: make([]array.Builder, l.Schema.Len()),
		sample: pipeline.Sample{Values: make([]pipeline.Cell, l.Schema.Len()), Images: make([][]pipeline.SampleImage, l.Schema.Len())},
	}
	for i := range l.Columns {
		if c := &l.Columns[i]; l.width(c) > 0 {
			rd.numbers[c.Field] = array.NewBuilder(memory.DefaultAllocator, l.Schema.Field(c.Field).Type.Arrow())
		}
	}
	if err := rd.open(); err != nil {
		return nil, fmt.Errorf("open %s shard: %w", l.Format, err)
	}
	return rd, nil
}

func (rd *reader) open() error {
	if rd.size > maxFile {
		return fmt.Errorf("%d bytes are more than its places can count", rd.size)
	}
	var count [word]byte
	if err := fill.At(rd.r, count[:], 0); err != nil {
		return err
	}
	rd.n = int64(binary.LittleEndian.Uint32(count[:]))
	if rd.offset = rd.layout.front(rd.n); rd.offset > rd.size {
		return fmt.Errorf("%d samples cannot be in %d bytes", rd.n, rd.size)
	}
	config := make([]byte, len(rd.layout.Config))
	if err := fill.At(rd.r, config, rd.offset-int64(len(config))); err != nil {
		return err
	}
	if !bytes.Equal(config, rd.layout.Config) {
		return errors.New("its config is not that of these fields")
	}
	first, err := rd.place(0)
	if err != nil {
		return err
	}
	if first != rd.offset {
		return fmt.Errorf("its samples begin at byte %d, must begin at %d", first, rd.offset)
	}
	last, err := rd.place(rd.n)
	if err == nil && last != rd.size {
		err = fmt.Errorf("its samples end at byte %d, the file at %d", last, rd.size)
	}
	return err
}

// place reads the place of a sample, or the end.
func (rd *reader) place(i int64) (int64, error) {
	at := word * (1 + i)
	if at < rd.at || at+word > rd.at+int64(len(rd.window)) {
		rd.window = make([]byte, min(windowSize, word*(rd.n+2)-at))
		rd.at = at
		if err := fill.At(rd.r, rd.window, at); err != nil {
			return 0, err
		}
	}
	return int64(binary.LittleEndian.Uint32(rd.window[at-rd.at:])), nil
}

// Len is the number of samples.
func (rd *reader) Len() int64 { return rd.n }

// Next reads the next sample.
func (rd *reader) Next() (pipeline.Sample, error) {
	if rd.err == nil && rd.i == rd.n {
		rd.err = io.EOF
	}
	if rd.err == nil {
		if err := rd.next(); err != nil {
			rd.err = fmt.Errorf("read %s shard: sample %d at byte %d: %w", rd.layout.Format, rd.i, rd.offset, err)
		}
	}
	if rd.err != nil {
		return pipeline.Sample{}, rd.err
	}
	return rd.sample, nil
}

func (rd *reader) next() error {
	end, err := rd.place(rd.i + 1)
	if err != nil {
		return err
	}
	if end < rd.offset+rd.layout.heads() || end > rd.size {
		return fmt.Errorf("it ends at byte %d", end)
	}
	s := span{rd: rd, at: rd.offset, end: end}
	if !rd.browse {
		if s.whole, err = rd.read(&rd.text, s.at, end-s.at); err != nil {
			return err
		}
	}
	rd.decode.Begin()
	heads, err := s.take(&rd.heads, rd.layout.heads())
	if err != nil {
		return err
	}
	for i := range rd.layout.Columns {
		c := &rd.layout.Columns[i]
		size := rd.layout.width(c)
		if c.Sized {
			told := int64(binary.LittleEndian.Uint32(heads))
			heads = heads[word:]
			if size > 0 && told != size {
				return fmt.Errorf("field %s: its size is %d", rd.layout.Schema.Field(c.Field).Name, told)
			}
			size = told
		}
		if err := rd.column(c, &s, size); err != nil {
			return fmt.Errorf("field %s at byte %d: %w", rd.layout.Schema.Field(c.Field).Name, s.at, err)
		}
	}
	if s.at != end {
		return fmt.Errorf("%d bytes are left of it", end-s.at)
	}
	rd.i, rd.offset = rd.i+1, end
	return nil
}

func (rd *reader) column(c *Column, s *span, size int64) error {
	switch c.Encoding {
	case Image:
		rd.sample.Images[c.Field] = nil
		if size == 0 {
			if !rd.layout.Schema.Field(c.Field).Nullable {
				return errors.New("no image")
			}
			return nil
		}
		image, err := s.image(size)
		rd.sample.Images[c.Field] = []pipeline.SampleImage{image}
		return err
	case Images:
		return rd.list(c, s, size)
	}
	text, err := s.take(&rd.text, size)
	if err != nil {
		return err
	}
	cell, err := rd.value(c, text)
	if err != nil {
		return err
	}
	if rd.again, err = appendValue(rd.again[:0], c.Encoding, cell); err != nil || !bytes.Equal(rd.again, text) {
		return errors.New("its bytes are not what its value is written as")
	}
	rd.sample.Values[c.Field] = cell
	return nil
}

func (rd *reader) value(c *Column, text []byte) (pipeline.Cell, error) {
	switch c.Encoding {
	case Text:
		return rd.decode.Text(c.Field, text)
	case JSON:
		cell, rest, err := rd.decode.Value(c.Field, append(text[:len(text):len(text)], ','))
		if err == nil && string(rest) != "," {
			err = fmt.Errorf("%.40q where its end was due", rest)
		}
		return cell, err
	}
	return takeNumber(rd.numbers[c.Field], c.Encoding, text)
}

// list reads a list of images.
func (rd *reader) list(c *Column, s *span, size int64) error {
	end := s.at + size
	head, err := s.take(&rd.items, c.listHead(0))
	if err != nil {
		return err
	}
	n := int64(binary.LittleEndian.Uint32(head[word*c.Zeros:]))
	if !isZero(head[:word*c.Zeros]) || n > maxItems || word*n > end-s.at || c.NonEmpty && n == 0 {
		return fmt.Errorf("a list of %d images in %d bytes", n, size)
	}
	sizes, err := s.take(&rd.items, word*n)
	if err != nil {
		return err
	}
	images := make([]pipeline.SampleImage, n)
	for i := range images {
		if images[i], err = s.image(int64(binary.LittleEndian.Uint32(sizes[word*i:]))); err != nil {
			return err
		}
	}
	if s.at != end {
		return fmt.Errorf("images up to byte %d in a list that ends at %d", s.at, end)
	}
	rd.sample.Images[c.Field] = images
	return nil
}

func isZero(p []byte) bool {
	for _, c := range p {
		if c != 0 {
			return false
		}
	}
	return true
}

// span is what is left of a sample.
type span struct {
	rd      *reader
	at, end int64
	whole   []byte // its bytes; nil while browsing
}

// take returns the next bytes, valid until room is used again.
func (s *span) take(room *[]byte, size int64) ([]byte, error) {
	if size < 0 || size > s.end-s.at {
		return nil, fmt.Errorf("%d bytes where %d are left of the sample", size, s.end-s.at)
	}
	at := s.at
	s.at += size
	if s.whole != nil {
		from := int64(len(s.whole)) - (s.end - at)
		return s.whole[from : from+size : from+size], nil
	}
	return s.rd.read(room, at, size)
}

// image takes an image, or while browsing its place.
func (s *span) image(size int64) (pipeline.SampleImage, error) {
	at := s.at
	if s.whole == nil {
		if size > s.end-at {
			return pipeline.SampleImage{}, fmt.Errorf("an image of %d bytes where %d are left of the sample", size, s.end-at)
		}
		s.at += size
		return pipeline.SampleImage{At: at, Size: size}, nil
	}
	p, err := s.take(nil, size)
	return pipeline.SampleImage{Bytes: p}, err
}

// read reads into room, which it makes larger where it must.
func (rd *reader) read(room *[]byte, at, size int64) ([]byte, error) {
	if int64(cap(*room)) < size+1 {
		*room = make([]byte, size+1+size/4)
	}
	p := (*room)[:size]
	return p, fill.At(rd.r, p, at)
}
