package validate

import "github.com/pickshard/pickshard/pipeline"

// What of JPEG, intact as it may be, is not opened by what data sets are read
// with: Pillow and the libjpeg-turbo in it.

// pillowBlock is how many bytes Pillow gives to a decoder at once
// (ImageFile.MAXBLOCK). libjpeg's arithmetic decoder cannot wait for more.
const pillowBlock = 64 << 10

// refusedFrame says why a frame is not decoded, nil when it is.
func refusedFrame(f *frame) *pipeline.Fault {
	switch {
	case f.marker == 0xc3 || f.marker == 0xcb:
		return undecodable("a lossless JPEG (SOF%d): most decoders refuse it", f.marker-jpegSOF0)
	case !f.isDCT():
		return undecodable("a hierarchical JPEG (SOF%d): no common decoder takes it", f.marker-jpegSOF0)
	case f.precision != 8:
		return undecodable("a JPEG of %d bits a sample: Pillow takes only 8", f.precision)
	case f.n == 2:
		return undecodable("a JPEG of 2 components: Pillow takes 1, 3 or 4")
	}
	return nil
}

// refusedMarker says why a marker without further meaning here is not skipped by
// decoders, nil when it is.
func refusedMarker(m byte, at int) *pipeline.Fault {
	switch {
	case m == jpegDHP || m == jpegEXP:
		return undecodable("a hierarchical JPEG (marker ff%02x at byte %s): no common decoder takes it", m, count(at))
	case m == jpegLS:
		return undecodable("a JPEG-LS image (marker fff7 at byte %s): that format is not supported", count(at))
	case m == jpegJPG || m >= jpegJPG0 && m < jpegCOM:
		return undecodable("the marker ff%02x at byte %s belongs to an extension: no common decoder takes it", m, count(at))
	}
	return nil
}

// jpegTables remembers which tables were defined, a bit each.
type jpegTables struct {
	quantisation, dc, ac uint8
	// wide are the DC tables with symbols above 15, which only the lossless
	// modes have.
	wide uint8
}

func (t *jpegTables) addQuantisation(body []byte) {
	for len(body) > 0 {
		t.quantisation |= 1 << (body[0] & 3)
		body = body[min(len(body), 1+64<<(body[0]>>4&1)):]
	}
}

// addHuffman reads definitions that checkHuffman has looked at.
func (t *jpegTables) addHuffman(body []byte) {
	for len(body) > 0 {
		bit := uint8(1) << (body[0] & 3)
		codes := 0
		for _, n := range body[1:17] {
			codes += int(n)
		}
		if body[0]>>4 == 1 {
			t.ac |= bit
		} else {
			t.dc |= bit
			t.wide &^= bit
			for _, symbol := range body[17 : 17+codes] {
				if symbol > 15 {
					t.wide |= bit
				}
			}
		}
		body = body[17+codes:]
	}
}

// standardTables are the Huffman tables, a bit each, that decoders have by
// themselves in a sequential image (section K.3; frames of Motion JPEG go
// without definitions).
const standardTables = 1<<0 | 1<<1

// refusedScan says which table that a scan needs was not defined, or cannot be,
// nil when all is well.
func (t *jpegTables) refusedScan(f *frame, s *scan, at int) *pipeline.Fault {
	if f.isProgressive() && s.high > 0 && s.low != s.high-1 {
		return undecodable("the scan at byte %s refines bit %d to bit %d, libjpeg takes only one at a time", count(at), s.high, s.low)
	}
	for i, k := range s.comp[:s.n] {
		if q := f.comp[k].table; t.quantisation>>q&1 == 0 {
			return undecodable("the scan at byte %s needs quantisation table %d, none was defined", count(at), q)
		}
		if !f.isDCT() || f.isArithmetic() {
			continue
		}
		dc, ac := s.tables[i]>>4, s.tables[i]&15
		needsDC, needsAC := f.needs(s)
		defined := jpegTables{dc: t.dc, ac: t.ac}
		if !f.isProgressive() {
			defined.dc |= standardTables
			defined.ac |= standardTables
		}
		switch {
		case needsDC && defined.dc>>dc&1 == 0:
			return undecodable("the scan at byte %s needs the Huffman table DC %d, none was defined", count(at), dc)
		case needsAC && defined.ac>>ac&1 == 0:
			return undecodable("the scan at byte %s needs the Huffman table AC %d, none was defined", count(at), ac)
		case needsDC && t.wide>>dc&1 == 1:
			return undecodable("the scan at byte %s uses the Huffman table DC %d, which has a symbol above 15", count(at), dc)
		}
	}
	return nil
}

// needs says which kinds of Huffman tables a scan reads with.
func (f *frame) needs(s *scan) (dc, ac bool) {
	if !f.isProgressive() {
		return true, true
	}
	return s.bandFrom == 0 && s.high == 0, s.bandFrom > 0
}

// addSegment looks at what Pillow reads of segments of applications: it fails
// where one is too short, and where the Exif block is none.
func (x *exifBlock) addSegment(m byte, body []byte, at int) *pipeline.Fault {
	short := 0
	switch m {
	case jpegAPP0:
		if hasPrefix(body, "JFIF") {
			short = 7
			if len(body) >= 12 && (body[7] == 1 || body[7] == 2) {
				x.resolution = true
			}
		}
	case jpegAPP0 + 1:
		if rest, ok := cutPrefix(body, "Exif\x00\x00"); ok {
			x.add(rest)
		}
	case jpegAPP0 + 2:
		if hasPrefix(body, "ICC_PROFILE\x00") {
			short = 14
		}
	case jpegAPP0 + 14:
		if hasPrefix(body, "Adobe") {
			short = 7
		}
	}
	if len(body) < short {
		return undecodable("the segment ff%02x at byte %s has %s bytes, Pillow needs %d", m, count(at), count(len(body)), short)
	}
	return nil
}

// refused judges the Exif block of a JPEG. Pillow reads it twice where the file
// does not tell its resolution otherwise, and forgives the first time.
func (x *exifBlock) refused() *pipeline.Fault {
	if !x.resolution {
		return nil
	}
	return x.check()
}

func hasPrefix(body []byte, prefix string) bool {
	return len(body) >= len(prefix) && string(body[:len(prefix)]) == prefix
}

func cutPrefix(body []byte, prefix string) (rest []byte, ok bool) {
	if !hasPrefix(body, prefix) {
		return nil, false
	}
	return body[len(prefix):], true
}
