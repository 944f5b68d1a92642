package validate

import "encoding/binary"

// A broken copy leaves holes: blocks of a disk, a page cache or a transfer that
// were never written and read as zeros. They are as long as such blocks are, 512
// bytes and more, and begin where those begin.
//
// In a PNG the CRC finds them, in a GIF and a WebP mostly the lengths. In the
// entropy-coded data of a JPEG nothing does: a run of zero bits is a sequence of
// valid codes, and libjpeg paints it without a word. But zeros alone prove
// nothing either. The all-zero code is the shortest of its table, so an image
// that is flat and has tables of its own (one bit for "DC as before", one for
// "end of block") is zeros throughout, and the refinement of a progressive
// image writes plain bits.
//
// So a run of zeros in a scan is a suspicion only, and then that one image's
// codes are walked from the first to the last (entropy.go), without computing a
// pixel. The rule: every MCU that the header promises must be there, and every
// byte must have been used. The bits that a hole replaced hardly ever have as
// many blocks in them as the zeros, so after a hole the image is over before
// its data is, or the data before the image. A flat image comes out even.
//
// What stays unfound: a hole that lies within plain bits (refinement scans of a
// progressive image), and one that by chance holds as many blocks; measured on
// images of Pillow in all its settings, none of 4 KiB in sequential images, 4 in
// a thousand in progressive ones without restart markers.

// zeroSpan is the least run of zeros that is looked into: aligned to its own
// length, so that a hole of 128 bytes or more cannot be missed, and one look at
// 8 bytes passes over a cache line.
const zeroSpan = 64

// zeroBlock returns the offset of an aligned block of zeroSpan zeros in
// data[from:to], or -1.
func zeroBlock(data []byte, from, to int) int {
	for pos := (from + zeroSpan - 1) &^ (zeroSpan - 1); pos+zeroSpan <= to; pos += zeroSpan {
		block := data[pos : pos+zeroSpan : pos+zeroSpan]
		if binary.LittleEndian.Uint64(block) == 0 && isZeroBlock(block) {
			return pos
		}
	}
	return -1
}

func isZeroBlock(block []byte) bool {
	for i := 8; i+8 <= len(block); i += 8 {
		if binary.LittleEndian.Uint64(block[i:]) != 0 {
			return false
		}
	}
	return true
}
