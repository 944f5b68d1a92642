package webdataset

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"slices"
	"strconv"

	"github.com/pickshard/pickshard/pipeline"
)

// Indexes of a shard, and of the folder, that consumers would otherwise make by reading
// every tar once more.
const (
	// IndexDALI is index/SHARD.idx, which NVIDIA DALI's fn.readers.webdataset takes as
	// index_paths: the text that its wds2idx makes (version 1.2).
	IndexDALI = "dali"
	// IndexWids is index/SPLIT.json, which wids.ShardListDataset loads: the shards and
	// how many samples each has.
	IndexWids = "wids"
	// IndexEnergon is .nv-meta, and a SHARD.tar.idx beside each shard, where Megatron
	// Energon wants it: what its prepare makes. Without the card, datasets would take
	// the latter for shards, so it is written on request only.
	IndexEnergon = "energon"
)

// IndexKinds lists the kinds of index.
func IndexKinds() []string { return []string{IndexDALI, IndexWids, IndexEnergon} }

// DefaultIndexes lists those that disturb nobody.
func DefaultIndexes() []string { return []string{IndexDALI, IndexWids} }

// Indexes lists the kinds of index that each shard gets. That of wids is one of a split.
func (f *Format) Indexes() []string {
	return slices.DeleteFunc(slices.Clone(f.options.Indexes), func(kind string) bool { return kind == IndexWids })
}

// IndexName returns "index/train-00000-of-00042.idx" or
// "data/train-00000-of-00042.tar.idx".
func (f *Format) IndexName(kind, split string, index, total int) string {
	switch kind {
	case IndexDALI:
		return fmt.Sprintf("index/%s-%05d-of-%05d.idx", split, index, total)
	case IndexEnergon:
		return f.FileName(split, index, total) + ".idx"
	}
	return ""
}

// sampleLine is a sample's line of DALI's index: for each member its name behind the
// key, the place of its bytes, their number, and its name, parted by blanks.
type sampleLine struct{ text []byte }

// add adds a member whose header is at offset.
func (l *sampleLine) add(key, suffix []byte, offset, size int64) {
	if len(l.text) > 0 {
		l.text = append(l.text, ' ')
	}
	l.text = append(append(l.text, suffix[len("."):]...), ' ')
	l.text = append(strconv.AppendInt(l.text, offset+blockSize, 10), ' ')
	l.text = append(strconv.AppendInt(l.text, size, 10), ' ')
	l.text = append(append(l.text, key...), suffix...)
}

// end returns the line, and begins the next.
func (l *sampleLine) end() []byte {
	line := append(l.text, '\n')
	l.text = line[:0]
	return line
}

// daliHead is the first line of DALI's index.
func daliHead(samples int64) []byte { return fmt.Appendf(nil, "v1.2 %d\n", samples) }

// extension is that of an image, as it stands in its member's name.
type extension [maxExt]byte

func (e *extension) text() []byte {
	n := 0
	for n < maxExt && e[n] != 0 {
		n++
	}
	return e[:n]
}

// placed is what a writer keeps of a shard's members for DALI's index: the images'
// extensions, which follow their bytes, and the sizes of the other members, -1 for one
// that a sample does not have.
type placed struct {
	exts  []extension // by number of the asset
	sizes pipeline.Numbers
}

// tailSizes appends the sizes of a sample's tail.
func (m *members) tailSizes(b *pipeline.NumbersBuilder, t *tail) {
	rest := t.members
	for i := range m.texts {
		if len(rest) == 0 || rest[0].suffix != m.texts[i].suffix {
			b.Append(-1)
			continue
		}
		b.Append(rest[0].size)
		rest = rest[1:]
	}
	if len(m.values) > 0 {
		b.Append(rest[0].size)
	}
}

// WriteIndex writes an index of a shard whose images are written.
func (w *shardWriter) WriteIndex(kind string, out io.Writer) error {
	buffer := bufio.NewWriter(out)
	var err error
	switch kind {
	case IndexDALI:
		err = w.writeDALI(buffer)
	case IndexEnergon:
		err = w.writeEnergon(buffer)
	default:
		err = fmt.Errorf("no index is called %q", kind)
	}
	if err == nil {
		err = buffer.Flush()
	}
	if err != nil {
		return fmt.Errorf("index webdataset shard: %w", err)
	}
	return nil
}

func (w *shardWriter) writeDALI(out io.Writer) error {
	if _, err := out.Write(daliHead(int64(w.shard.Len()))); err != nil {
		return err
	}
	var line sampleLine
	var key, name []byte
	asset, text := 0, int64(0)
	for i, row := range w.shard.Order.All() {
		key = w.shard.AppendKey(key[:0], row)
		offset := w.starts.At(int64(i))
		for k := range w.images {
			f := &w.images[k]
			c := w.shard.Images[f.field]
			asset = w.shard.FirstAsset(i, f.field)
			for item := range c.Count(row) {
				size := c.Size(row, item)
				if size == pipeline.NoImage {
					continue
				}
				name = f.appendName(name[:0], item, string(w.placed.exts[asset+item].text()))
				line.add(key, name, offset, size)
				offset += imageSpan(size)
			}
		}
		for n := range len(w.texts) + min(len(w.values), 1) {
			suffix := jsonSuffix
			if n < len(w.texts) {
				suffix = w.texts[n].suffix
			}
			if size := w.placed.sizes.At(text); size >= 0 {
				line.add(key, append(name[:0], suffix...), offset, size)
				offset += imageSpan(size)
			}
			text++
		}
		if _, err := out.Write(line.end()); err != nil {
			return err
		}
	}
	return nil
}

// writeEnergon writes where each sample begins, and where the last one ends.
func (w *shardWriter) writeEnergon(out io.Writer) error {
	var place []byte
	for i := range w.shard.Len() + 1 {
		at := w.end
		if i < w.shard.Len() {
			at = w.starts.At(int64(i))
		}
		place = binary.LittleEndian.AppendUint64(place[:0], uint64(at))
		if _, err := out.Write(place); err != nil {
			return err
		}
	}
	return nil
}

// seen sums the indexes of a shard as it is read: what they must be, without keeping
// them.
type seen struct {
	line          sampleLine
	samples       int64
	dali, energon runningSum
}

type runningSum struct {
	size int64
	crc  uint32
}

func (s *runningSum) add(p []byte) {
	s.size += int64(len(p))
	s.crc = pipeline.UpdateCRC32C(s.crc, p)
}

// place notes where a sample begins, or the last one ends.
func (s *seen) place(offset int64) {
	var p [8]byte
	binary.LittleEndian.PutUint64(p[:], uint64(offset))
	s.energon.add(p[:])
}

// member notes a member.
func (s *seen) member(name []byte, offset, size int64) {
	key := slices.Index(name, '.')
	if key < 0 {
		return // no member of ours
	}
	s.line.add(name[:key], name[key:], offset, size)
}

// sample ends a sample.
func (s *seen) sample() {
	s.samples++
	s.dali.add(s.line.end())
}

// IndexSum returns the size and the CRC-32C of an index of what was read.
func (rd *reader) IndexSum(kind string) (size int64, crc uint32) {
	s := &rd.seen
	switch kind {
	case IndexDALI:
		head := daliHead(s.samples)
		return int64(len(head)) + s.dali.size, pipeline.NewCombiner().Combine(pipeline.CRC32C(head), s.dali.crc, s.dali.size)
	case IndexEnergon:
		return s.energon.size, s.energon.crc
	}
	return 0, 0
}
