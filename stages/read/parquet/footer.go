package parquet

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"

	"github.com/pickshard/pickshard/stages/read"
)

const magic = "PAR1"

// mostFooter is the longest footer that is read. One of a thousand row groups with a
// hundred columns has some 20 MB.
const mostFooter = 128 << 20

// readFooter reads what the end of a file tells of it.
func readFooter(r io.ReaderAt, size int64) (*format.FileMetaData, error) {
	const ends = 2*len(magic) + 4
	if size < int64(ends) {
		return nil, &read.PlaceError{Err: read.ErrTruncated, Offset: size, Detail: fmt.Sprintf("%d bytes are not a Parquet file", size)}
	}
	var tail [8]byte
	if err := readFull(r, tail[:], size-8); err != nil {
		return nil, err
	}
	switch string(tail[4:]) {
	case magic:
	case "PARE":
		return nil, &read.PlaceError{Err: read.ErrUnsupported, Offset: size - 4, Detail: "the footer is encrypted"}
	default:
		return nil, &read.PlaceError{Err: read.ErrTruncated, Offset: size - 4, Detail: "it does not end as a Parquet file does: copy or download it again"}
	}
	n := int64(binary.LittleEndian.Uint32(tail[:]))
	at := size - 8 - n
	if n > size-int64(ends) {
		return nil, read.Malformed(size-8, "a footer of %d bytes in a file of %d", n, size)
	}
	if n > mostFooter {
		return nil, read.OverLimit("a footer of %d bytes, more than %d", n, mostFooter)
	}
	footer := make([]byte, n)
	if err := readFull(r, footer, at); err != nil {
		return nil, err
	}
	n2, err := structLen(footer)
	if err != nil {
		return nil, read.Malformed(at, "the footer: %v", err)
	}
	meta := &format.FileMetaData{}
	if err := thrift.Unmarshal(new(thrift.CompactProtocol), footer[:n2], meta); err != nil {
		return nil, read.Malformed(at, "the footer: %v", err)
	}
	if meta.EncryptionAlgorithm.Value != nil && int64(n2) != n && n-int64(n2) != signature {
		return nil, &read.PlaceError{Err: read.ErrUnsupported, Offset: at, Detail: "the file is encrypted"}
	}
	return meta, nil
}

// signature is the length of what stands behind a footer that is signed.
const signature = 28

func readFull(r io.ReaderAt, b []byte, at int64) error {
	n, err := r.ReadAt(b, at)
	switch {
	case n == len(b):
		return nil
	case err == nil || errors.Is(err, io.EOF):
		return &read.PlaceError{Err: read.ErrTruncated, Offset: at + int64(n), Detail: fmt.Sprintf("%d bytes are missing", len(b)-n)}
	}
	return fmt.Errorf("read at byte %d: %w", at, err)
}

// chunkOf is where a column's pages of a row group are.
type chunkOf struct {
	at, size int64
	codec    format.CompressionCodec
	values   int64
}

// findChunk checks where a column's pages are.
func findChunk(c *format.ColumnChunk, size int64) (chunkOf, error) {
	m := &c.MetaData
	if c.CryptoMetadata.Value != nil {
		return chunkOf{}, &read.PlaceError{Err: read.ErrUnsupported, Offset: -1, Detail: "the column is encrypted"}
	}
	if c.FilePath != "" {
		return chunkOf{}, &read.PlaceError{Err: read.ErrUnsupported, Offset: -1, Detail: fmt.Sprintf("its values are in another file, %q", c.FilePath)}
	}
	at := m.DataPageOffset
	if d := m.DictionaryPageOffset; d > 0 && d < at {
		at = d
	}
	if at < int64(len(magic)) || m.TotalCompressedSize < 0 || m.NumValues < 0 || at > size || m.TotalCompressedSize > size-at {
		return chunkOf{}, read.Malformed(-1, "its pages are said to be %d bytes from byte %d on, in a file of %d", m.TotalCompressedSize, at, size)
	}
	return chunkOf{at, m.TotalCompressedSize, m.Codec, m.NumValues}, nil
}
