package webdataset

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/pickshard/pickshard/pipeline"
	"github.com/pickshard/pickshard/schema"
	"github.com/pickshard/pickshard/stages/write/internal/fill"
	"github.com/pickshard/pickshard/stages/write/internal/jsontext"
)

// reader reads a shard sample by sample; it fulfils pipeline.ShardReader. It
// takes no byte on trust: what is not exactly what Create writes for the
// sample it reads is an error with its offset. It holds one sample in memory,
// and never more than the file has bytes left.
type reader struct {
	*members
	r      io.ReaderAt
	size   int64
	offset int64 // of the block in next
	next   [blockSize]byte
	err    error // that ended the reading

	data   [][]byte // by image field: the room its images are read into
	items  [][]item // by image field: the images of the sample
	text   []byte
	again  []byte // the JSON member as Create would write it
	decode *jsontext.Decoder
	sample pipeline.Sample
	browse bool // tell where images lie, in place of their bytes
	seen   seen
}

// item is an image in the room of its field, or while browsing in the file: the n-th
// of a list.
type item struct{ n, begin, end int64 }

// Open returns a reader of a shard with that schema and the extensions that the
// traits tell. It reads the first block alone.
func (f *Format) Open(r io.ReaderAt, size int64, s *schema.Schema, t pipeline.Traits) (pipeline.ShardReader, error) {
	m := newMembers(s, t)
	if err := errors.Join(checkExts(s, t), checkNames(m)); err != nil {
		return nil, fmt.Errorf("open webdataset shard: %w", err)
	}
	if size < endSize || size%blockSize != 0 {
		return nil, fmt.Errorf("open webdataset shard: %d bytes are not a whole tar file", size)
	}
	rd := &reader{
		members: m, r: r, size: size,
		data: make([][]byte, len(m.images)), items: make([][]item, len(m.images)), decode: jsontext.NewDecoder(s),
		sample: pipeline.Sample{Values: make([]pipeline.Cell, s.Len()), Images: make([][]pipeline.SampleImage, s.Len())},
	}
	if err := fill.At(rd.r, rd.next[:], 0); err != nil {
		return nil, fmt.Errorf("open webdataset shard: %w", err)
	}
	return rd, nil
}

// Browse is Open, but that images are not read.
func (f *Format) Browse(r io.ReaderAt, size int64, s *schema.Schema, t pipeline.Traits) (pipeline.ShardReader, error) {
	opened, err := f.Open(r, size, s, t)
	if err != nil {
		return nil, err
	}
	rd := opened.(*reader)
	rd.browse = true
	return rd, nil
}

// Len is unknown: a tar does not say how many members it has.
func (rd *reader) Len() int64 { return -1 }

// Next reads the next sample.
func (rd *reader) Next() (pipeline.Sample, error) {
	if rd.err == nil {
		at := rd.offset
		rd.seen.place(at)
		err := rd.readSample()
		if err == nil {
			rd.seen.sample()
		}
		if err != nil && err != io.EOF {
			err = fmt.Errorf("read webdataset shard: sample at byte %d: %w", at, err)
		}
		rd.err = err
	}
	if rd.err != nil {
		return pipeline.Sample{}, rd.err
	}
	return rd.sample, nil
}

func (rd *reader) readSample() error {
	if isZero(rd.next[:]) {
		return rd.readEnd()
	}
	key, err := rd.nextKey()
	if err != nil {
		return err
	}
	for k := range rd.images {
		if err := rd.readImages(key, k); err != nil {
			return err
		}
	}
	if err := rd.readTexts(key); err != nil {
		return err
	}
	if len(rd.values) > 0 {
		name, size, err := rd.header()
		if err != nil {
			return err
		}
		if string(name) != string(key)+jsonSuffix {
			return rd.faultf("member %q where %s%s was due", name, key, jsonSuffix)
		}
		at := rd.offset + blockSize
		if rd.text, err = rd.body(rd.text[:0], size); err != nil {
			return err
		}
		if err := rd.readJSON(rd.text[:size]); err != nil {
			return fmt.Errorf("member %s.json at byte %d: %w", key, at, err)
		}
	}
	for k := range rd.images {
		if err := rd.fill(key, k); err != nil {
			return err
		}
	}
	if name, _, err := parseHeader(rd.next[:]); err == nil && bytes.HasPrefix(name, append(key, '.')) {
		return rd.faultf("member %q: key %q again, and not one of its sample's members: readers would take both for one", name, key)
	}
	rd.sample.Key = string(key)
	return nil
}

// nextKey is the key of the member in hand, which begins a sample.
func (rd *reader) nextKey() ([]byte, error) {
	name, _, err := rd.header()
	if err != nil {
		return nil, err
	}
	key, rest, _ := bytes.Cut(name, []byte("."))
	if fault := keyFault(key, len(rest)+1); fault != "" {
		return nil, rd.faultf("member %q: key %q: %s", name, key, fault)
	}
	return key, nil
}

// member takes the member in hand for one whose name begins so; ok is false for
// another member, and at the archive's end.
func (rd *reader) member(key []byte, prefix string) (rest string, size int64, ok bool, err error) {
	if isZero(rd.next[:]) {
		return "", 0, false, nil
	}
	name, size, err := rd.header()
	if err != nil {
		return "", 0, false, err
	}
	text := string(name)
	if rest, ok = strings.CutPrefix(text, string(key)); ok {
		rest, ok = strings.CutPrefix(rest, prefix)
	}
	return rest, size, ok, nil
}

// readImages reads the members of the k-th image field, as many as there are.
func (rd *reader) readImages(key []byte, k int) error {
	f := &rd.images[k]
	rd.items[k], rd.data[k] = rd.items[k][:0], rd.data[k][:0]
	for last := int64(-1); ; {
		rest, size, ok, err := rd.member(key, f.name)
		if err != nil || !ok {
			return err
		}
		name := string(key) + f.name + rest
		n := int64(0)
		if f.list {
			number, ext, _ := strings.Cut(rest, ".")
			if n, err = strconv.ParseInt(number, 10, 32); err != nil || n <= last || n >= maxItems || strconv.FormatInt(n, 10) != number {
				return rd.faultf("member %q is not KEY%sN.EXT of a list's next image", name, f.name)
			}
			rest = ext
		}
		last = n
		if size > maxImage {
			return rd.faultf("image %q of %d bytes: at most %d fit", name, size, maxImage)
		}
		if rd.browse {
			at := rd.offset + blockSize
			rd.items[k] = append(rd.items[k], item{n, at, at + size})
			err = rd.pass(size)
		} else {
			err = rd.readImage(k, n, size, name, rest)
		}
		if err != nil {
			return err
		}
		if !f.list {
			return nil
		}
	}
}

// readImage reads the member in hand, of that name and extension, as the n-th image of
// the k-th image field.
func (rd *reader) readImage(k int, n, size int64, name, ext string) (err error) {
	begin := int64(len(rd.data[k]))
	if rd.data[k], err = rd.body(rd.data[k], size); err != nil {
		return err
	}
	rd.data[k] = rd.data[k][:begin+size]
	rd.items[k] = append(rd.items[k], item{n, begin, begin + size})
	if fault := checkExt(rd.data[k][begin:], ext, rd.images[k].ext); fault != "" {
		return rd.faultf("member %q: %s", name, fault)
	}
	return nil
}

// pass moves on to the block behind a member.
func (rd *reader) pass(size int64) error {
	at := rd.offset + blockSize + padded(size)
	if err := fill.At(rd.r, rd.next[:], at); err != nil {
		return err
	}
	rd.offset = at
	return nil
}

// checkExt says what is wrong with an image's extension: it is the one that was asked
// for, or else that of the bytes.
func checkExt(data []byte, ext, asked string) string {
	is := sniff(data)
	switch {
	case asked != "" && ext != asked:
		return "its extension is not ." + asked
	case !fits(data, ext) || asked == "" && is != "" && is != ext:
		return "the image is a " + is
	case extFault(ext) != "":
		return "extension: " + extFault(ext)
	}
	return ""
}

// fill points the sample at the images of the k-th image field. How many a list has,
// and which of them are null, stands in the JSON.
func (rd *reader) fill(key []byte, k int) error {
	f, items := &rd.images[k], rd.items[k]
	images := rd.sample.Images[f.field][:0]
	rd.sample.Images[f.field] = nil
	if !f.list {
		if len(items) > 0 {
			rd.sample.Images[f.field] = append(images, rd.image(k, 0))
		}
		return nil
	}
	c := rd.sample.Values[f.field]
	rd.sample.Values[f.field] = pipeline.Cell{}
	names := c.Array.(*array.List)
	from, to := names.ValueOffsets(c.Row)
	if names.IsNull(c.Row) {
		to = from
	} else {
		rd.sample.Images[f.field] = slices.Grow(images, 1)[:0]
	}
	texts := names.ListValues().(*array.String)
	next := 0
	for i := from; i < to; i++ {
		var image pipeline.SampleImage
		there := next < len(items) && items[next].n == i-from
		if there == texts.IsNull(int(i)) {
			return rd.faultf("key %s: image %d of %s is a member or has a name, not both", key, i-from, rd.schema.Field(f.field).Name)
		}
		if there {
			image = rd.image(k, next)
			image.Name = texts.Value(int(i))
			next++
		}
		rd.sample.Images[f.field] = append(rd.sample.Images[f.field], image)
	}
	if next < len(items) {
		return rd.faultf("%d images of %s, its names are of %d", len(items), rd.schema.Field(f.field).Name, next)
	}
	return nil
}

// image is the i-th image of the k-th image field, without a name; its bytes are never
// nil but while browsing.
func (rd *reader) image(k, i int) pipeline.SampleImage {
	at := rd.items[k][i]
	if rd.browse {
		return pipeline.SampleImage{At: at.begin, Size: at.end - at.begin}
	}
	return pipeline.SampleImage{Bytes: rd.data[k][at.begin:at.end:at.end]}
}

// readTexts reads the members of fields of their own.
func (rd *reader) readTexts(key []byte) error {
	for i := range rd.texts {
		t := &rd.texts[i]
		rest, size, ok, err := rd.member(key, t.suffix)
		if err != nil {
			return err
		}
		var text []byte
		if ok = ok && rest == ""; ok {
			if rd.text, err = rd.body(rd.text[:0], size); err != nil {
				return err
			}
			text = rd.text[:size]
		}
		rd.decode.Begin()
		cell := pipeline.Cell{}
		if ok {
			cell, err = rd.decode.Text(t.field, text)
		} else {
			cell = rd.decode.Null(t.field)
		}
		if err != nil {
			return fmt.Errorf("member %s%s: %w", key, t.suffix, err)
		}
		rd.sample.Values[t.field] = cell
		if rd.again, _, err = appendText(rd.again[:0], cell); err != nil || !bytes.Equal(rd.again, text) {
			return fmt.Errorf("member %s%s is not what its value is written as", key, t.suffix)
		}
	}
	return nil
}

// header parses the header in hand.
func (rd *reader) header() (name []byte, size int64, err error) {
	if isZero(rd.next[:]) {
		return nil, 0, rd.faultf("the archive ends within a sample")
	}
	if name, size, err = parseHeader(rd.next[:]); err != nil {
		return nil, 0, fmt.Errorf("header at byte %d: %w", rd.offset, err)
	}
	if left := rd.size - rd.offset - blockSize - endSize; padded(size) > left {
		return nil, 0, rd.faultf("member %q of %d bytes does not fit the %d left", name, size, left)
	}
	return bytes.Clone(name), size, nil
}

// body reads a member's bytes behind what is in room, and the block behind them, in
// one go, checks the padding, and moves on to that block.
func (rd *reader) body(room []byte, size int64) ([]byte, error) {
	rd.seen.member(trimmed(rd.next[nameOffset:nameOffset+maxName]), rd.offset, size)
	n, at := padded(size), int64(len(room))
	if int64(cap(room)) < at+n+blockSize {
		room = append(make([]byte, 0, at+n+blockSize+at/2), room...)
	}
	room = room[:at+n+blockSize]
	read := room[at:]
	if err := fill.At(rd.r, read, rd.offset+blockSize); err != nil {
		return room, err
	}
	if !isZero(read[size:n]) {
		return room, rd.faultf("the padding of the member's %d bytes is not zero", size)
	}
	copy(rd.next[:], read[n:])
	rd.offset += blockSize + n
	return room, nil
}

// readJSON reads the JSON member into the sample's values, and compares it with
// what Create would write for them: spelling, order and blanks are all checked
// by that.
func (rd *reader) readJSON(text []byte) error {
	if err := rd.members.readJSON(rd.decode, text, rd.sample.Values); err != nil {
		return err
	}
	again := rd.again[:0]
	for k, f := range rd.values {
		again = append(again, rd.labels[k]...)
		c := rd.sample.Values[f] // of a list of images its names
		var err error
		if again, err = schema.AppendJSON(again, c.Array, c.Row, schema.PythonFloats); err != nil {
			return err
		}
	}
	rd.again = append(again, '}')
	if !bytes.Equal(rd.again, text) {
		i := 0
		for i < len(text) && i < len(rd.again) && text[i] == rd.again[i] {
			i++
		}
		return fmt.Errorf("byte %d of the JSON is not what its value is written as", i)
	}
	return nil
}

// readEnd checks that two blocks of zeros end the archive and the file.
func (rd *reader) readEnd() error {
	if rd.offset+endSize != rd.size {
		return rd.faultf("the archive's end is not the file's end at %d", rd.size)
	}
	if err := fill.At(rd.r, rd.next[:], rd.offset+blockSize); err != nil {
		return err
	}
	if !isZero(rd.next[:]) {
		return rd.faultf("the second block of the archive's end is not zero")
	}
	return io.EOF
}

func (rd *reader) faultf(format string, args ...any) error {
	return fmt.Errorf("byte %d: "+format, append([]any{rd.offset}, args...)...)
}
