package pipeline

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"hash"

	"github.com/pickshard/pickshard/schema"
)

// A shard's content is described by two digests that do not depend on its
// number or on its file names: one over its records, known once they are loaded,
// and one over its images' bytes, known once they are read. With the same
// config, layout and tool, the same digests are the same files.
//
// An image counts by its size and its CRC-32C, which every run computes anyway:
// what is as strong as the files' own digests costs nothing. That is a guard
// against accidents, not against someone who makes images to collide.

// recordsDigest is the SHA-256 over keys, values and image names of a shard, 64
// hexadecimal digits.
func recordsDigest(s *Shard) string {
	h := sha256.New()
	var line []byte
	line = appendText(line, s.Split)
	for _, row := range s.Order.All() {
		line = s.appendContent(line, row)
		h.Write(line)
		line = line[:0]
	}
	h.Write(line)
	return hex.EncodeToString(h.Sum(nil))
}

// appendContent appends all of a record but the bytes of its images, in a form
// that no other record has.
func (s *Shard) appendContent(dst []byte, row int64) []byte {
	mark := len(dst)
	dst = s.AppendKey(binary.LittleEndian.AppendUint32(dst, 0), row)
	binary.LittleEndian.PutUint32(dst[mark:], uint32(len(dst)-mark-4))
	for f := range s.Schema.Len() {
		if c := s.Images[f]; c != nil {
			dst = c.appendContent(dst, row)
		} else {
			c := s.Cell(f, row)
			dst = schema.AppendValue(dst, c.Array, c.Row)
		}
	}
	return dst
}

// appendContent appends which images a row has and what they are called, of a list
// behind how many they are.
func (c *ImageColumn) appendContent(dst []byte, row int64) []byte {
	n, ok := c.Len(row)
	if c.list {
		dst = schema.AppendLength(dst, n, ok)
	}
	for item := range n {
		if c.Size(row, item) == NoImage {
			dst = append(dst, 0)
			continue
		}
		mark := len(dst)
		dst = append(dst, 0, 0, 0, 0, 0)
		if dst, ok = c.AppendName(dst, row, item); ok {
			dst[mark] = 1
			binary.LittleEndian.PutUint32(dst[mark+1:], uint32(len(dst)-mark-5))
		} else {
			dst = append(dst[:mark], 2)
		}
	}
	return dst
}

func appendText(dst []byte, text string) []byte {
	return append(binary.LittleEndian.AppendUint32(dst, uint32(len(text))), text...)
}

// imageSums holds the CRC-32C of a shard's images, by the number of the asset. Each
// entry is written once, by whoever reads the image.
type imageSums []uint32

// contentsDigest is the SHA-256 over size and sum of a shard's images, asset by
// asset, 64 hexadecimal digits.
func contentsDigest(s *Shard, sums imageSums) string {
	c := newContents(s.Schema)
	for n, sum := range sums {
		c.add(s.AssetSize(s.Asset(n)), sum)
	}
	return c.sum()
}

// contents digests images one after another.
type contents struct {
	h    hash.Hash
	line [12]byte
}

func newContents(s *schema.Schema) *contents {
	c := &contents{h: sha256.New()}
	binary.LittleEndian.PutUint32(c.line[:], uint32(len(s.Images())))
	c.h.Write(c.line[:4])
	return c
}

// add takes the next image: its size, NoImage where there is none, and its sum.
func (c *contents) add(size int64, sum uint32) {
	binary.LittleEndian.PutUint64(c.line[:], uint64(size))
	binary.LittleEndian.PutUint32(c.line[8:], sum)
	c.h.Write(c.line[:])
}

func (c *contents) sum() string { return hex.EncodeToString(c.h.Sum(nil)) }
