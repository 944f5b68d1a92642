package validate

import (
	"bytes"
	"encoding/binary"
	"slices"

	"github.com/pickshard/pickshard/pipeline"
)

// Sections are those of ITU-T T.81.

// Markers (table B.1), without their 0xff.
const (
	jpegSOF0 = 0xc0 // baseline; up to 0xcf but for DHT, JPG and DAC
	jpegSOF2 = 0xc2 // progressive
	jpegDHT  = 0xc4
	jpegJPG  = 0xc8
	jpegDAC  = 0xcc
	jpegRST0 = 0xd0 // up to 0xd7
	jpegSOI  = 0xd8
	jpegEOI  = 0xd9
	jpegSOS  = 0xda
	jpegDQT  = 0xdb
	jpegDRI  = 0xdd
	jpegDHP  = 0xde // hierarchical
	jpegEXP  = 0xdf // hierarchical
	jpegAPP0 = 0xe0 // up to 0xef
	jpegJPG0 = 0xf0 // up to 0xfd, reserved for extensions
	jpegLS   = 0xf7 // a frame of JPEG-LS (ITU-T T.87)
	jpegCOM  = 0xfe
	jpegTEM  = 0x01
)

// isSOF says whether a marker begins a frame (section B.2.2).
func isSOF(m byte) bool {
	return m >= jpegSOF0 && m <= 0xcf && m != jpegDHT && m != jpegJPG && m != jpegDAC
}

// headJPEG reads the first frame header. Heads of JPEG can stand far inside the
// file, behind profiles and previews.
func headJPEG(data []byte) (pipeline.Head, *pipeline.Fault) {
	head := pipeline.Head{Format: pipeline.FormatJPEG}
	for pos := 2; ; {
		m, body, next, fault := jpegSegment(data, pos)
		if fault != nil {
			return head, fault
		}
		switch {
		case isSOF(m):
			f, fault := parseFrame(m, body, pos)
			if fault != nil {
				return head, fault
			}
			head.Width, head.Height = f.width, f.height
			return head, nil
		case m == jpegSOS, m == jpegEOI:
			return head, broken("no frame header before byte %s", count(pos))
		}
		pos = next
	}
}

// jpegSegment reads the marker segment at pos (section B.1.1.4): its marker,
// what follows its length, and where the next begins. Markers that stand alone
// have no body.
func jpegSegment(data []byte, pos int) (m byte, body []byte, next int, fault *pipeline.Fault) {
	at := pos
	if pos < len(data) && data[pos] != 0xff {
		return 0, nil, 0, broken("no marker at byte %s, where one must stand: found 0x%02x", count(pos), data[pos])
	}
	for pos < len(data) && data[pos] == 0xff { // fill bytes, section B.1.1.2
		pos++
	}
	if pos >= len(data) {
		return 0, nil, 0, cut(data, pos+1, "no end of image")
	}
	m = data[pos]
	pos++
	switch {
	case m == jpegEOI, m == jpegTEM, m >= jpegRST0 && m < jpegSOI:
		return m, nil, pos, nil
	case m == 0, m == jpegSOI, m < jpegSOF0:
		return 0, nil, 0, broken("marker ff%02x at byte %s cannot stand there", m, count(at))
	}
	if len(data)-pos < 2 {
		return 0, nil, 0, cut(data, pos+2, "segment ff%02x begins at byte %s", m, count(at))
	}
	n := int(binary.BigEndian.Uint16(data[pos:]))
	if n < 2 {
		return 0, nil, 0, broken("segment ff%02x at byte %s has a length of %d", m, count(at), n)
	}
	if n > len(data)-pos {
		return 0, nil, 0, cut(data, pos+n, "segment ff%02x at byte %s has %s bytes", m, count(at), count(n))
	}
	body, next = data[pos+2:pos+n], pos+n
	if m >= jpegAPP0 && m < jpegJPG0 || m == jpegCOM {
		next += strayBytes(data[next:])
	}
	return m, body, next, nil
}

// maxStray is how many bytes that belong to nothing may follow a segment of an
// application, or a comment: there are programs that write into such a segment
// more than they said it has. Decoders search for the next marker; anywhere else, and for longer, such
// bytes are damage.
const maxStray = 64

// strayBytes returns how many bytes stand in front of the next marker, 0 when
// none is near.
func strayBytes(rest []byte) int {
	for i := 0; i <= maxStray && i+1 < len(rest); i++ {
		if rest[i] == 0xff && rest[i+1] != 0 {
			return i
		}
	}
	return 0
}

// frame is a frame header (section B.2.2).
type frame struct {
	marker        byte
	precision     int // bits a sample
	width, height int
	n             int // components
	comp          [4]component
	maxH, maxV    int
}

// component is one of the colours of a frame; a scan covers some of them.
type component struct {
	id      byte
	h, v    int  // sampling factors
	table   byte // of quantisation
	covered bool // by a scan
}

func parseFrame(m byte, body []byte, at int) (f frame, fault *pipeline.Fault) {
	if len(body) < 6 || len(body) != 6+3*int(body[5]) {
		return f, broken("the frame header at byte %s has %s bytes, its number of components says otherwise", count(at), count(len(body)))
	}
	f = frame{marker: m, precision: int(body[0]), n: int(body[5]), maxH: 1, maxV: 1,
		height: int(binary.BigEndian.Uint16(body[1:])), width: int(binary.BigEndian.Uint16(body[3:]))}
	if f.n < 1 || f.n > len(f.comp) {
		return f, broken("the frame header at byte %s tells of %d components, an image has 1 to 4", count(at), f.n)
	}
	for i := range f.n {
		p := body[6+3*i:]
		c := component{id: p[0], h: int(p[1] >> 4), v: int(p[1] & 15), table: p[2]}
		if c.h < 1 || c.h > 4 || c.v < 1 || c.v > 4 || p[2] > 3 {
			return f, broken("the frame header at byte %s has a component that cannot be: sampling %dx%d, table %d", count(at), c.h, c.v, p[2])
		}
		f.maxH, f.maxV = max(f.maxH, c.h), max(f.maxV, c.v)
		f.comp[i] = c
	}
	return f, nil
}

// isDCT says whether the frame's data units are blocks of 8x8 (table B.1; not
// those of the lossless and hierarchical modes).
func (f *frame) isDCT() bool { return f.marker <= jpegSOF2 || f.marker == 0xc9 || f.marker == 0xca }

// isProgressive says whether several scans refine each other.
func (f *frame) isProgressive() bool { return f.marker == jpegSOF2 || f.marker == 0xca }

// isArithmetic says whether the codes are not Huffman's.
func (f *frame) isArithmetic() bool { return f.marker >= 0xc9 }

// blocks returns the size in blocks of 8x8 that component c has by itself
// (section A.2.2, a scan of one component).
func (f *frame) blocks(c component) (w, h int) {
	return ceilDiv(ceilDiv(f.width*c.h, f.maxH), 8), ceilDiv(ceilDiv(f.height*c.v, f.maxV), 8)
}

// units returns the size of the frame in MCUs of several components (A.2.3).
func (f *frame) units() (w, h int) {
	return ceilDiv(f.width, 8*f.maxH), ceilDiv(f.height, 8*f.maxV)
}

func ceilDiv(a, b int) int { return (a + b - 1) / b }

// scan is a scan header (section B.2.3).
type scan struct {
	n      int
	comp   [4]int  // indexes of components of the frame
	tables [4]byte // DC table <<4 | AC table
	// Spectral band and successive approximation; of meaning in progressive
	// frames.
	bandFrom, bandTo, high, low int
}

func (f *frame) parseScan(body []byte, at int) (s scan, fault *pipeline.Fault) {
	if len(body) < 1 || len(body) != 4+2*int(body[0]) || body[0] < 1 || body[0] > 4 {
		return s, broken("the scan header at byte %s has %s bytes, its number of components says otherwise", count(at), count(len(body)))
	}
	s.n = int(body[0])
	for i := range s.n {
		// Where numbers are not unique, each stands for the next of that number.
		id := body[1+2*i]
		k := 0
		for k < f.n && (f.comp[k].id != id || slices.Contains(s.comp[:i], k)) {
			k++
		}
		if k == f.n {
			return s, broken("the scan header at byte %s names component %d, the frame has none of that number", count(at), id)
		}
		s.comp[i], s.tables[i] = k, body[2+2*i]
	}
	p := body[1+2*s.n:]
	s.bandFrom, s.bandTo, s.high, s.low = int(p[0]), int(p[1]), int(p[2]>>4), int(p[2]&15)
	if f.isProgressive() && (s.bandTo > 63 || s.bandFrom > s.bandTo || s.bandFrom == 0 && s.bandTo != 0 || s.bandFrom > 0 && s.n != 1 || s.low > 13) {
		return s, broken("the scan header at byte %s has an impossible band %d-%d", count(at), s.bandFrom, s.bandTo)
	}
	return s, nil
}

// mcus returns how many MCUs a scan has.
func (f *frame) mcus(s *scan) int {
	w, h := f.units()
	if s.n == 1 {
		w, h = f.blocks(f.comp[s.comp[0]])
	}
	return w * h
}

// jpegFile is what a walk over the markers of a JPEG knows.
type jpegFile struct {
	data     []byte
	depth    Depth
	walkers  *walkers
	frame    frame
	interval int // of restart markers, in MCUs
	tables   jpegTables
	exif     exifBlock
	scanAt   int             // the first entropy-coded data
	trace    trace           // of a bad copy, in entropy-coded data
	zeros    bool            // there are runs of zeros
	refused  *pipeline.Fault // what decoders do not take, though it is intact
}

// checkJPEG walks the markers from SOI to EOI. In entropy-coded data only markers
// are 0xff without a 0 stuffed after it (section F.1.2.3), so a cut and all damage
// that hits a header shows, as do restart markers that are missing or out of turn
// (section E.1.4). Traces of a bad copy make it suspicious, see sector.go and hole.go. Bytes after
// EOI are not looked at: phones and cameras put previews, depth maps and videos
// there.
func checkJPEG(data []byte, depth Depth, walkers *walkers) *pipeline.Fault {
	j := jpegFile{data: data, depth: depth, walkers: walkers}
	for pos := 2; ; {
		m, body, next, fault := jpegSegment(data, pos)
		if fault != nil {
			return fault
		}
		switch {
		case isSOF(m):
			if j.frame.n > 0 {
				return broken("a second frame header at byte %s", count(pos))
			}
			if j.frame, fault = parseFrame(m, body, pos); fault == nil {
				j.refuse(refusedFrame(&j.frame))
			}
		case m == jpegDRI:
			if len(body) != 2 {
				return broken("the restart interval at byte %s has %s bytes", count(pos), count(len(body)))
			}
			j.interval = int(binary.BigEndian.Uint16(body))
		case m == jpegDQT:
			fault = checkQuantisation(body, pos)
			j.tables.addQuantisation(body)
		case m == jpegDHT:
			if fault = checkHuffman(body, pos); fault == nil {
				j.tables.addHuffman(body)
			}
		case m == jpegSOS:
			next, fault = j.scan(body, pos, next)
		case m == jpegEOI:
			return j.finish(pos)
		case m >= jpegAPP0 && m < jpegJPG0:
			if j.scanAt == 0 {
				j.refuse(j.exif.addSegment(m, body, pos))
			}
		default:
			j.refuse(refusedMarker(m, pos))
		}
		if fault != nil {
			return fault
		}
		pos = next
	}
}

// refuse keeps the first reason for which decoders refuse the image.
func (j *jpegFile) refuse(fault *pipeline.Fault) {
	if j.refused == nil {
		j.refused = fault
	}
}

// scan looks at a scan's header and its data, which begin at begin, and returns
// where the marker after it stands.
func (j *jpegFile) scan(body []byte, at, begin int) (end int, fault *pipeline.Fault) {
	s, fault := j.frame.parseScan(body, at)
	if fault != nil {
		return 0, fault
	}
	j.refuse(j.tables.refusedScan(&j.frame, &s, at))
	if j.scanAt == 0 {
		j.scanAt = begin
		j.refuse(j.exif.refused())
	}
	if end, fault = j.walkScan(at, begin, &s); fault != nil {
		return 0, fault
	}
	if j.frame.isArithmetic() && end > pillowBlock {
		j.refuse(undecodable("arithmetic coding beyond byte %s: Pillow refuses it", count(pillowBlock)))
	}
	return end, nil
}

// finish judges an image whose EOI stands at a byte.
func (j *jpegFile) finish(at int) *pipeline.Fault {
	if fault := j.frame.checkCovered(at); fault != nil {
		return fault
	}
	if convertedLines(j.data[j.scanAt:at]) {
		return broken("line ends were converted on the way: after byte %s all 0a bytes follow a 0d", count(j.scanAt))
	}
	if j.trace.found() || j.depth >= DepthCodes {
		w := j.walkers.take()
		v := w.walk(j.data, j.zeros)
		j.walkers.put(w)
		switch {
		case v.outcome == comesUneven && j.trace.found():
			return broken("%s (%s)", j.trace.describe(j.data), v.detail)
		case v.outcome == comesUneven:
			return broken("its codes do not come out even: %s", v.detail)
		}
	}
	return j.refused
}

// walkScan searches the entropy-coded data of a scan that begins at begin and
// returns where the marker after it stands.
func (j *jpegFile) walkScan(at, begin int, s *scan) (end int, fault *pipeline.Fault) {
	f, data := &j.frame, j.data
	restarts := 0
	for pos := begin; ; {
		n := nextMarker(data[pos:])
		if n < 0 {
			return 0, j.checkEnd(at)
		}
		pos += n
		switch m := data[pos+1]; {
		case m == 0xff: // fill byte before a marker
			pos++
			continue
		case m >= jpegRST0 && m < jpegSOI:
			if j.interval == 0 {
				return 0, broken("a restart marker at byte %s, the image has no restart interval", count(pos))
			}
			if int(m-jpegRST0) != restarts%8 {
				return 0, broken("restart marker %d at byte %s, number %d is due", m-jpegRST0, count(pos), restarts%8)
			}
			restarts++
			pos += 2
			continue
		}
		end = pos
		break
	}
	for _, k := range s.comp[:s.n] {
		c := &f.comp[k]
		if c.covered && f.isDCT() && !f.isProgressive() {
			return 0, broken("the scan at byte %s gives data of component %d a second time", count(at), k+1)
		}
		c.covered = true
	}
	// There are encoders that go on after the last row of a height that was
	// lowered later, and ones that end the last interval with a marker too.
	if j.interval > 0 && f.isDCT() {
		if due := ceilDiv(f.mcus(s), j.interval) - 1; restarts < due {
			return 0, broken("the scan at byte %s has %s restart markers, %s are due", count(at), count(restarts), count(due))
		}
	}
	if end == begin {
		return 0, broken("the scan at byte %s has no data", count(at))
	}
	if !j.trace.found() {
		j.trace = findTrace(data, begin, end)
		j.zeros = j.trace.found() && !j.trace.repeated
	}
	return end, nil
}

// checkEnd is the verdict on a file that ends within the data of a scan: all of
// the image may be there.
func (j *jpegFile) checkEnd(at int) *pipeline.Fault {
	w := j.walkers.take()
	v := w.walk(j.data, true)
	j.walkers.put(w)
	if j.refused == nil && v.outcome == lacksEnd {
		return unended("all data of the image is there, the end mark ffd9 after byte %s is not: Pillow calls that truncated", count(len(j.data)))
	}
	return cut(j.data, len(j.data)+2, "the scan at byte %s has no end", count(at))
}

// checkCovered sees that the scans gave data for every component.
func (f *frame) checkCovered(at int) *pipeline.Fault {
	for i := range f.n {
		if !f.comp[i].covered {
			return broken("the image ends at byte %s, no scan has data of its component %d of %d", count(at), i+1, f.n)
		}
	}
	if f.n == 0 {
		return broken("the image ends at byte %s without a frame", count(at))
	}
	return nil
}

// checkQuantisation: tables of 64 values that are not zero (section B.2.4.1).
func checkQuantisation(body []byte, at int) *pipeline.Fault {
	for len(body) > 0 {
		size := 1 + 64<<(body[0]>>4)
		if body[0]>>4 > 1 || body[0]&15 > 3 || len(body) < size {
			return broken("the quantisation tables at byte %s have a wrong length", count(at))
		}
		if body[0]>>4 == 0 && bytes.IndexByte(body[1:size], 0) >= 0 {
			return broken("a quantisation table at byte %s holds a zero", count(at))
		}
		body = body[size:]
	}
	return nil
}

// checkHuffman: codes of 1 to 16 bits that fit their lengths (section B.2.4.2).
func checkHuffman(body []byte, at int) *pipeline.Fault {
	for len(body) > 0 {
		if len(body) < 17 || body[0]>>4 > 1 || body[0]&15 > 3 {
			return broken("the Huffman tables at byte %s have a wrong length", count(at))
		}
		codes, room := 0, 1
		for _, n := range body[1:17] {
			codes += int(n)
			room = room*2 - int(n)
			if room < 0 {
				return broken("a Huffman table at byte %s has more codes than fit", count(at))
			}
		}
		if codes > 256 || len(body) < 17+codes {
			return broken("the Huffman tables at byte %s have a wrong length", count(at))
		}
		body = body[17+codes:]
	}
	return nil
}
