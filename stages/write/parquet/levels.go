package parquet

import (
	"encoding/binary"
	"errors"
)

// The RLE / bit-packing hybrid (parquet-format: Encodings.md): definition
// levels and dictionary indexes are runs of one value, or of groups of eight
// values packed to their width, lowest bit first.

// minRun is the shortest run that is written as one. A run may cut a packed
// stretch in two and so costs up to eight bytes, which 64 values of any width
// make up for: so n values never take more than n*width/8 bytes and
// hybridSlack.
const minRun = 64

// hybridSlack is what n values may take beyond n*width/8 bytes: the first
// header and the padding of the last group.
const hybridSlack = 5 + 32

// appendHybrid appends the values at(0) to at(n-1), each below 1<<width, with
// 1 <= width <= 32. The same values always give the same bytes.
func appendHybrid(dst []byte, width, n int, at func(int) uint32) []byte {
	packed := 0 // values before are written, those from here on wait to be packed
	for i := 0; i < n; {
		v, end := at(i), i+1
		for end < n && at(end) == v {
			end++
		}
		start := i // of the run, once the waiting groups of eight are full
		if r := (i - packed) % 8; r != 0 {
			start = min(end, i+8-r)
		}
		if end-start >= minRun || packed == i && end == n {
			dst = appendPacked(dst, width, packed, start, at)
			dst = binary.AppendUvarint(dst, uint64(end-start)<<1)
			for b := 0; b < width; b += 8 {
				dst = append(dst, byte(v>>b))
			}
			packed = end
		}
		i = end
	}
	return appendPacked(dst, width, packed, n, at)
}

// appendPacked appends values lo to hi in groups of eight, the last one filled
// up with zeros.
func appendPacked(dst []byte, width, lo, hi int, at func(int) uint32) []byte {
	if lo >= hi {
		return dst
	}
	groups := (hi - lo + 7) / 8
	dst = binary.AppendUvarint(dst, uint64(groups)<<1|1)
	var acc uint64
	bits := 0
	for i := lo; i < lo+8*groups; i++ {
		if i < hi {
			acc |= uint64(at(i)) << bits
		}
		for bits += width; bits >= 8; bits -= 8 {
			dst = append(dst, byte(acc))
			acc >>= 8
		}
	}
	return dst
}

var errHybrid = errors.New("run of levels or indexes is cut or too long")

// decodeHybrid appends the n values that p holds, which must be all it holds. Their
// width is at most that of T.
func decodeHybrid[T uint8 | uint32](dst []T, p []byte, width, n int) ([]T, error) {
	for n > 0 {
		head, size := binary.Uvarint(p)
		if size <= 0 {
			return dst, errHybrid
		}
		p = p[size:]
		var err error
		var taken, used int
		if head&1 == 0 {
			dst, used, taken, err = decodeRun(dst, p, width, n, head>>1)
		} else {
			dst, used, taken, err = decodePacked(dst, p, width, n, head>>1)
		}
		if err != nil {
			return dst, err
		}
		p, n = p[used:], n-taken
	}
	if len(p) > 0 {
		return dst, errHybrid
	}
	return dst, nil
}

func decodeRun[T uint8 | uint32](dst []T, p []byte, width, n int, count uint64) (_ []T, used, taken int, err error) {
	used = (width + 7) / 8
	if count == 0 || count > uint64(n) || len(p) < used {
		return dst, 0, 0, errHybrid
	}
	var v uint32
	for b := range used {
		v |= uint32(p[b]) << (8 * b)
	}
	for range count {
		dst = append(dst, T(v))
	}
	return dst, used, int(count), nil
}

func decodePacked[T uint8 | uint32](dst []T, p []byte, width, n int, groups uint64) (_ []T, used, taken int, err error) {
	if groups == 0 || groups > uint64(n+7)/8 || groups > uint64(len(p)/width) {
		return dst, 0, 0, errHybrid
	}
	used, taken = int(groups)*width, min(int(groups)*8, n)
	mask := uint64(1)<<width - 1
	var acc uint64
	bits := 0
	for left, next := taken, 0; left > 0; left-- {
		for bits < width {
			acc |= uint64(p[next]) << bits
			next++
			bits += 8
		}
		dst = append(dst, T(acc&mask))
		acc >>= width
		bits -= width
	}
	return dst, used, taken, nil
}
