package webdataset

import (
	"bytes"
	"fmt"
	"io"

	"github.com/pickshard/pickshard/pipeline"
	"github.com/pickshard/pickshard/schema"
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
	key    []byte // of the sample before, to notice one that is torn
	err    error  // that ended the reading

	data   [][]byte // by field: the room images are read into
	text   []byte
	again  []byte // the JSON member as Create would write it
	decode *decoder
	sample pipeline.Sample
}

// Open returns a reader of a shard with that schema, whose images have the
// extensions that the traits tell, any where there are none. It reads the first
// block alone.
func (f *Format) Open(r io.ReaderAt, size int64, s *schema.Schema, t pipeline.Traits) (pipeline.ShardReader, error) {
	if err := f.Check(s); err != nil {
		return nil, fmt.Errorf("open webdataset shard: %w", err)
	}
	if t != nil {
		if err := checkExts(s, t); err != nil {
			return nil, fmt.Errorf("open webdataset shard: %w", err)
		}
	}
	if size < endSize || size%blockSize != 0 {
		return nil, fmt.Errorf("open webdataset shard: %d bytes are no whole tar file", size)
	}
	rd := &reader{
		members: newMembers(s, t), r: r, size: size,
		data: make([][]byte, s.Len()), decode: newDecoder(s),
		sample: pipeline.Sample{Values: make([]pipeline.Cell, s.Len()), Images: make([][]pipeline.SampleImage, s.Len())},
	}
	if err := rd.readAt(rd.next[:], 0); err != nil {
		return nil, fmt.Errorf("open webdataset shard: %w", err)
	}
	return rd, nil
}

// Len is unknown: a tar does not say how many members it has.
func (rd *reader) Len() int64 { return -1 }

// Next reads the next sample.
func (rd *reader) Next() (pipeline.Sample, error) {
	if rd.err == nil {
		at := rd.offset
		err := rd.readSample()
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
	var key []byte
	for k, f := range rd.images {
		name, size, err := rd.header()
		if err != nil {
			return err
		}
		if size > maxImage {
			return rd.faultf("image %q of %d bytes: at most %d fit", name, size, maxImage)
		}
		if key, err = rd.imageName(key, name, k); err != nil {
			return err
		}
		if rd.data[f], err = rd.body(rd.data[f], size); err != nil {
			return err
		}
		rd.sample.Images[f] = []pipeline.SampleImage{{Bytes: rd.data[f][:size:size]}}
	}
	if len(rd.values) > 0 {
		name, size, err := rd.header()
		if err != nil {
			return err
		}
		if key, err = rd.memberKey(key, name, jsonSuffix); err != nil {
			return err
		}
		at := rd.offset + blockSize
		if rd.text, err = rd.body(rd.text, size); err != nil {
			return err
		}
		if err := rd.readJSON(rd.text[:size]); err != nil {
			return fmt.Errorf("member %s.json at byte %d: %w", key, at, err)
		}
	}
	if bytes.Equal(key, rd.key) {
		return rd.faultf("key %q again: readers would take both samples for one", key)
	}
	rd.key = append(rd.key[:0], key...)
	rd.sample.Key = string(key)
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

// body reads a member's bytes and the block behind them, in one go, checks the
// padding, and moves on to that block.
func (rd *reader) body(room []byte, size int64) ([]byte, error) {
	n := padded(size)
	if int64(cap(room)) < n+blockSize {
		room = make([]byte, n+blockSize)
	}
	room = room[:n+blockSize]
	if err := rd.readAt(room, rd.offset+blockSize); err != nil {
		return room, err
	}
	if !isZero(room[size:n]) {
		return room, rd.faultf("the padding of the member's %d bytes is not zero", size)
	}
	copy(rd.next[:], room[n:])
	rd.offset += blockSize + n
	return room, nil
}

// imageName takes the key, and from the first sample the extension, out of the
// name of the k-th image.
func (rd *reader) imageName(key, name []byte, k int) ([]byte, error) {
	if len(rd.suffix) == k { // not known yet: this is the first sample
		field := rd.schema.Field(rd.images[k]).Name
		dot := bytes.IndexByte(name, '.')
		last := bytes.LastIndexByte(name, '.')
		if dot < 0 || last <= dot || string(name[dot+1:last]) != field {
			return nil, rd.faultf("member %q is not KEY.%s.EXT", name, field)
		}
		exts := make(pipeline.Traits)
		for _, f := range rd.images {
			exts[rd.schema.Field(f).Name] = string(name[last+1:])
		}
		if err := checkExts(rd.schema, exts); err != nil {
			return nil, rd.faultf("member %q: %w", name, err)
		}
		rd.suffix = append(rd.suffix, string(name[dot:]))
	}
	return rd.memberKey(key, name, rd.suffix[k])
}

// memberKey checks that a member is called key and suffix; key is nil for the
// first of a sample, which tells it.
func (rd *reader) memberKey(key, name []byte, suffix string) ([]byte, error) {
	got, ok := bytes.CutSuffix(name, []byte(suffix))
	if !ok || key != nil && !bytes.Equal(got, key) {
		return nil, rd.faultf("member %q where %s%s was due", name, keyOr(key), suffix)
	}
	if key == nil {
		if fault := keyFault(got, len(suffix)); fault != "" {
			return nil, rd.faultf("member %q: key %q: %s", name, got, fault)
		}
	}
	return got, nil
}

func keyOr(key []byte) string {
	if key == nil {
		return "KEY"
	}
	return string(key)
}

// readJSON reads the JSON member into the sample's values, and compares it with
// what Create would write for them: spelling, order and blanks are all checked
// by that.
func (rd *reader) readJSON(text []byte) error {
	if err := rd.decode.record(rd.members, text, rd.sample.Values); err != nil {
		return err
	}
	again := rd.again[:0]
	for k, f := range rd.values {
		again = append(again, rd.labels[k]...)
		c := rd.sample.Values[f]
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
	if err := rd.readAt(rd.next[:], rd.offset+blockSize); err != nil {
		return err
	}
	if !isZero(rd.next[:]) {
		return rd.faultf("the second block of the archive's end is not zero")
	}
	return io.EOF
}

// readAt fills p; a file that is shorter than its size is an error.
func (rd *reader) readAt(p []byte, offset int64) error {
	n, err := rd.r.ReadAt(p, offset)
	if n == len(p) {
		return nil
	}
	if err == nil || err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	return fmt.Errorf("read %d bytes at byte %d: %w", len(p), offset, err)
}

func (rd *reader) faultf(format string, args ...any) error {
	return fmt.Errorf("byte %d: "+format, append([]any{rd.offset}, args...)...)
}
