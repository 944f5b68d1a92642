package pickle

import (
	"bytes"
	"encoding/binary"
	"errors"
	"math/big"
	"math/bits"
	"strconv"
	"unicode/utf8"
)

// Text of protocol 0, and of bytes in protocols 0 to 2.

var errEscape = errors.New("bad escape")

// appendUnicodeLine decodes an UNICODE operand (raw-unicode-escape: Latin-1 with
// \uXXXX and \UXXXXXXXX) to UTF-8, lone surrogates in three bytes.
func appendUnicodeLine(dst, line []byte) ([]byte, error) {
	for i := 0; i < len(line); {
		c := line[i]
		if c != '\\' || i+1 == len(line) || line[i+1] != 'u' && line[i+1] != 'U' {
			dst = utf8.AppendRune(dst, rune(c))
			i++
			if c == '\\' && i < len(line) && line[i] == '\\' { // a pair of backslashes stands for itself
				dst = append(dst, '\\')
				i++
			}
			continue
		}
		n := 4
		if line[i+1] == 'U' {
			n = 8
		}
		if i+2+n > len(line) {
			return dst, errEscape
		}
		r, err := strconv.ParseUint(string(line[i+2:i+2+n]), 16, 32)
		if err != nil || r > utf8.MaxRune {
			return dst, errEscape
		}
		dst = appendCodePoint(dst, rune(r))
		i += 2 + n
	}
	return dst, nil
}

// appendCodePoint appends r in UTF-8 as Python's "surrogatepass" does.
func appendCodePoint(dst []byte, r rune) []byte {
	if r >= 0xd800 && r < 0xe000 {
		return append(dst, 0xe0|byte(r>>12), 0x80|byte(r>>6)&0x3f, 0x80|byte(r)&0x3f)
	}
	return utf8.AppendRune(dst, r)
}

// appendStringLine decodes a STRING operand: a quoted Python 2 repr.
func appendStringLine(dst, line []byte) ([]byte, error) {
	line = bytes.TrimSpace(line)
	if len(line) < 2 || line[0] != line[len(line)-1] || line[0] != '\'' && line[0] != '"' {
		return dst, errEscape
	}
	line = line[1 : len(line)-1]
	for i := 0; i < len(line); i++ {
		c := line[i]
		if c != '\\' {
			dst = append(dst, c)
			continue
		}
		i++
		if i == len(line) {
			return dst, errEscape
		}
		switch c = line[i]; c {
		case '\\', '\'', '"':
			dst = append(dst, c)
		case 'n':
			dst = append(dst, '\n')
		case 't':
			dst = append(dst, '\t')
		case 'r':
			dst = append(dst, '\r')
		case 'a':
			dst = append(dst, 7)
		case 'b':
			dst = append(dst, 8)
		case 'f':
			dst = append(dst, 12)
		case 'v':
			dst = append(dst, 11)
		case 'x':
			if i+2 >= len(line) {
				return dst, errEscape
			}
			b, err := strconv.ParseUint(string(line[i+1:i+3]), 16, 8)
			if err != nil {
				return dst, errEscape
			}
			dst = append(dst, byte(b))
			i += 2
		case '0', '1', '2', '3', '4', '5', '6', '7':
			n, j := 0, i
			for ; j < len(line) && j < i+3 && line[j] >= '0' && line[j] <= '7'; j++ {
				n = n*8 + int(line[j]-'0')
			}
			dst = append(dst, byte(n))
			i = j - 1
		default:
			dst = append(dst, '\\', c)
		}
	}
	return dst, nil
}

const high = 0x8080808080808080 // the highest bit of eight bytes

// validText is utf8.Valid in longer strides: most text is ASCII.
func validText(b []byte) bool {
	if len(b) < 8 {
		return utf8.Valid(b)
	}
	last := binary.LittleEndian.Uint64(b[len(b)-8:])
	rest := b
	for len(rest) >= 32 {
		w := binary.LittleEndian.Uint64(rest) | binary.LittleEndian.Uint64(rest[8:]) |
			binary.LittleEndian.Uint64(rest[16:]) | binary.LittleEndian.Uint64(rest[24:])
		if w&high != 0 {
			return validTwos(rest)
		}
		rest = rest[32:]
	}
	for len(rest) >= 8 {
		last |= binary.LittleEndian.Uint64(rest)
		rest = rest[8:]
	}
	return last&high == 0 || validTwos(b)
}

// validTwos is utf8.Valid without a branch a byte for text below U+0800, which
// Latin letters are, and bytes that were written as text.
func validTwos(b []byte) bool {
	rest, carry := b, uint64(0)
	for len(rest) >= 8 {
		w := binary.LittleEndian.Uint64(rest)
		follow := w &^ (w << 1) & high // 10xxxxxx
		lead := w & (w << 1) & high    // 11xxxxxx: has to be 110xxxxx, and not 1100000x
		odd := lead & (w<<2 | ^(w<<3 | w<<4 | w<<5 | w<<6))
		if odd != 0 || follow != lead<<8|carry {
			return utf8.Valid(b)
		}
		carry = lead >> 56
		rest = rest[8:]
	}
	return utf8.Valid(b[len(b)-len(rest)-int(carry>>7):])
}

// latin1Len is how many code points valid UTF-8 has, and whether all of them are
// below 256.
func latin1Len(text []byte) (n int, ok bool) {
	n = len(text)
	var above uint64
	for len(text) >= 8 {
		w := binary.LittleEndian.Uint64(text)
		n -= bits.OnesCount64(w &^ (w << 1) & high) // 10xxxxxx goes on with a code point
		above |= w & (w << 1) & (w<<2 | w<<3 | w<<4 | w<<5)
		text = text[8:]
	}
	for _, c := range text {
		if c > 0xc3 {
			return 0, false
		}
		if c&0xc0 == 0x80 {
			n--
		}
	}
	return n, above&high == 0
}

// latin1 turns UTF-8 that latin1Len said yes to into one byte a code point. dst has
// its length, and may be the text itself.
func latin1(dst, text []byte) {
	i := 0
	for n := range dst {
		c := text[i]
		i++
		if c >= utf8.RuneSelf {
			c = c<<6 | text[i]&0x3f
			i++
		}
		dst[n] = c
	}
}

// parseLong reads a decimal integer into little-endian two's complement, or into
// i when it fits.
func parseLong(text []byte) (i int64, twos []byte, ok bool) {
	s := string(bytes.TrimSuffix(bytes.TrimSpace(text), []byte{'L'}))
	if i, err := strconv.ParseInt(s, 10, 64); err == nil {
		return i, nil, true
	}
	n, good := new(big.Int).SetString(s, 10)
	if !good || len(s) == 0 || s[0] == '+' {
		return 0, nil, false
	}
	return 0, twosComplement(n), true
}

// twosComplement is CPython's encoding of a long: little endian, shortest.
func twosComplement(n *big.Int) []byte {
	size := n.BitLen()/8 + 1
	m := n
	if n.Sign() < 0 {
		m = new(big.Int).Add(n, new(big.Int).Lsh(big.NewInt(1), uint(8*size)))
	}
	be := m.FillBytes(make([]byte, size))
	for a, b := 0, len(be)-1; a < b; a, b = a+1, b-1 {
		be[a], be[b] = be[b], be[a]
	}
	return be
}

// BigInt is the number of a KindInt or KindBigInt.
func (d *Doc) BigInt(v Value) *big.Int {
	if v.Kind() != KindBigInt {
		return big.NewInt(v.Int())
	}
	le := d.Bytes(v)
	be := make([]byte, len(le))
	for i, b := range le {
		be[len(le)-1-i] = b
	}
	n := new(big.Int).SetBytes(be)
	if len(be) > 0 && be[0]&0x80 != 0 {
		n.Sub(n, new(big.Int).Lsh(big.NewInt(1), uint(8*len(be))))
	}
	return n
}
