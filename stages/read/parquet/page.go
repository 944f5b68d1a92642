package parquet

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/snappy"
	"github.com/klauspost/compress/zstd"
	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"
	"github.com/pierrec/lz4/v4"

	"github.com/pickshard/pickshard/stages/read"
)

const (
	// mostPage is the largest page that is unpacked.
	mostPage = 1 << 30
	// mostHeader is the longest header of a page: statistics may be in it.
	mostHeader = 16 << 20
)

// pageReader gives the pages of a column in a row group, unpacked.
type pageReader struct {
	r       io.ReaderAt
	at, end int64
	codec   format.CompressionCodec
	limits  read.Limits
	buf     []byte // of what was read at at and not yet used
	zstd    *zstd.Decoder
}

// Close gives back what unpacking took.
func (p *pageReader) close() {
	if p.zstd != nil {
		p.zstd.Close()
		p.zstd = nil
	}
}

// next returns the next page's header and its bytes as they lie, io.EOF at the end.
func (p *pageReader) next() (*format.PageHeader, []byte, error) {
	if p.at >= p.end {
		return nil, nil, io.EOF
	}
	began := p.at
	header, err := p.header()
	if err != nil {
		return nil, nil, err
	}
	if header.CompressedPageSize < 0 || int64(header.CompressedPageSize) > p.end-p.at || header.UncompressedPageSize < 0 {
		return nil, nil, read.Malformed(began, "a page of %d bytes, the column has %d left", header.CompressedPageSize, p.end-p.at)
	}
	packed := int64(header.CompressedPageSize)
	if most := min(p.limits.ExpandBase+p.limits.ExpandRatio*packed, mostPage); int64(header.UncompressedPageSize) > most {
		return nil, nil, &read.PlaceError{Err: read.ErrLimit, Offset: began, Detail: fmt.Sprintf("a page of %d bytes, unpacked from %d", header.UncompressedPageSize, packed)}
	}
	data := make([]byte, packed)
	n := copy(data, p.buf)
	p.buf = p.buf[n:]
	if err := readFull(p.r, data[n:], p.at+int64(n)); err != nil {
		return nil, nil, err
	}
	p.at += packed
	if header.CRC != 0 && crc32.ChecksumIEEE(data) != uint32(header.CRC) {
		return nil, nil, read.Malformed(began, "the page is not what its checksum says: the file is damaged")
	}
	return header, data, nil
}

// header reads the header at hand.
func (p *pageReader) header() (*format.PageHeader, error) {
	const usual = 16 << 10
	for size := usual; ; size *= 4 {
		if want := int(min(int64(size), p.end-p.at)); len(p.buf) < want {
			more := make([]byte, want)
			n := copy(more, p.buf)
			if err := readFull(p.r, more[n:], p.at+int64(n)); err != nil {
				return nil, err
			}
			p.buf = more
		}
		n, err := structLen(p.buf)
		if errors.Is(err, errCut) && int64(len(p.buf)) < p.end-p.at && size < mostHeader {
			continue
		}
		header := &format.PageHeader{}
		if err == nil {
			err = thrift.Unmarshal(new(thrift.CompactProtocol), p.buf[:n], header)
		}
		if err != nil {
			return nil, read.Malformed(p.at, "the header of a page: %v", err)
		}
		p.buf = p.buf[n:]
		p.at += int64(n)
		return header, nil
	}
}

// unpack returns what is inside of a page of n bytes.
func (p *pageReader) unpack(data []byte, n int32) ([]byte, error) {
	if p.codec == format.Uncompressed {
		return data, nil
	}
	if len(data) == 0 && n == 0 {
		return nil, nil
	}
	out := make([]byte, n)
	var r io.Reader
	var err error
	switch p.codec {
	case format.Snappy:
		if claimed, err := snappy.DecodedLen(data); err != nil || claimed != int(n) {
			return nil, fmt.Errorf("a page of %d bytes as snappy of %d (%w)", n, claimed, errOr(err))
		}
		return snappy.Decode(out, data)
	case format.Lz4Raw:
		k, err := lz4.UncompressBlock(data, out)
		if err == nil && k != int(n) {
			err = errLength
		}
		return out, err
	case format.Gzip:
		r, err = gzip.NewReader(bytes.NewReader(data))
	case format.Brotli:
		r = brotli.NewReader(bytes.NewReader(data))
	case format.Zstd:
		if p.zstd == nil {
			p.zstd, err = zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(128<<20))
		}
		if err == nil {
			err = p.zstd.Reset(bytes.NewReader(data))
		}
		r = p.zstd
	default:
		return nil, fmt.Errorf("%w: pages compressed with %s", read.ErrUnsupported, p.codec)
	}
	if err != nil {
		return nil, err
	}
	if _, err := io.ReadFull(r, out); err != nil {
		return nil, err
	}
	var more [1]byte
	if k, err := io.ReadFull(r, more[:]); k > 0 {
		return nil, errLength
	} else if !errors.Is(err, io.EOF) {
		return nil, err
	}
	return out, nil
}

var errLength = errors.New("another length than its header says")

func errOr(err error) error {
	if err == nil {
		return errLength
	}
	return err
}

// page is a page of values.
type page struct {
	rep, def hybrid
	left     int // values, nulls among them
	dec      decoder
}

// openPage takes apart a data page.
func (l *leafReader) openPage(h *format.PageHeader, data []byte) (*page, error) {
	var encoding format.Encoding
	n := 0
	p := &page{}
	switch {
	case h.Type == format.DataPage && h.DataPageHeader.Valid:
		v1 := &h.DataPageHeader.V
		encoding, n = v1.Encoding, int(v1.NumValues)
		plain, err := l.unpack(data, h.UncompressedPageSize)
		if err != nil {
			return nil, err
		}
		data = plain
		if p.rep, data, err = levelsV1(data, l.leaf.maxRep, v1.RepetitionLevelEncoding); err != nil {
			return nil, err
		}
		if p.def, data, err = levelsV1(data, l.leaf.maxDef, v1.DefinitionLevelEncoding); err != nil {
			return nil, err
		}
	case h.Type == format.DataPageV2 && h.DataPageHeaderV2.Valid:
		v2 := &h.DataPageHeaderV2.V
		encoding, n = v2.Encoding, int(v2.NumValues)
		reps, defs := int64(v2.RepetitionLevelsByteLength), int64(v2.DefinitionLevelsByteLength)
		if reps < 0 || defs < 0 || reps+defs > int64(len(data)) || reps+defs > int64(h.UncompressedPageSize) {
			return nil, fmt.Errorf("levels of %d and %d bytes in a page of %d", reps, defs, len(data))
		}
		p.rep = hybrid{b: data[:reps], width: widthOf(l.leaf.maxRep)}
		p.def = hybrid{b: data[reps : reps+defs], width: widthOf(l.leaf.maxDef)}
		data = data[reps+defs:]
		if !v2.IsCompressed.Valid || v2.IsCompressed.V {
			var err error
			if data, err = l.unpack(data, h.UncompressedPageSize-int32(reps+defs)); err != nil {
				return nil, err
			}
		}
	default:
		return nil, fmt.Errorf("a page of type %s", h.Type)
	}
	if n < 0 {
		return nil, fmt.Errorf("%d values", n)
	}
	p.left = n
	var err error
	p.dec, err = newDecoder(l.leaf.physical, encoding, data, n, l.dict)
	return p, err
}

// levelsV1 finds levels at the beginning of a page, behind their length.
func levelsV1(data []byte, most int, encoding format.Encoding) (hybrid, []byte, error) {
	if most == 0 {
		return hybrid{}, data, nil
	}
	if encoding != format.RLE {
		return hybrid{}, nil, fmt.Errorf("%w: levels with encoding %s", read.ErrUnsupported, encoding)
	}
	if len(data) < 4 {
		return hybrid{}, nil, errFewValues
	}
	n := binary.LittleEndian.Uint32(data)
	if uint64(n) > uint64(len(data)-4) {
		return hybrid{}, nil, fmt.Errorf("levels of %d bytes in a page with %d left", n, len(data)-4)
	}
	return hybrid{b: data[4 : 4+n], width: widthOf(most)}, data[4+n:], nil
}
