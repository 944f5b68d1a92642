package archive

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"io/fs"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/pickshard/pickshard/pipeline"
)

// two is a zip of two stored members, a.png and z.png, to be spoilt.
func two(t testing.TB) (data []byte, directory, end int) {
	data = zipOf(t, []testMember{{"a.png", content(1000, 1)}, {"z.png", content(1000, 2)}}, func(int) uint16 { return zip.Store })
	return data, bytes.Index(data, []byte(directoryMagic)), bytes.LastIndex(data, []byte(endMagic))
}

func put16(b []byte, v uint16) { binary.LittleEndian.PutUint16(b, v) }
func put32(b []byte, v uint32) { binary.LittleEndian.PutUint32(b, v) }

// end64 appends the records of a large zip, with what they say.
func end64(data []byte, end int, members, size, start uint64) []byte {
	record := make([]byte, end64Len)
	copy(record, end64Magic)
	binary.LittleEndian.PutUint64(record[4:], end64Len-12)
	binary.LittleEndian.PutUint64(record[32:], members)
	binary.LittleEndian.PutUint64(record[40:], size)
	binary.LittleEndian.PutUint64(record[48:], start)
	locator := make([]byte, locatorLen)
	copy(locator, locatorMagic)
	binary.LittleEndian.PutUint64(locator[8:], uint64(end))
	put32(locator[16:], 1)
	tail := bytes.Clone(data[end:])
	put16(tail[10:], math.MaxUint16)
	put32(tail[12:], math.MaxUint32)
	put32(tail[16:], math.MaxUint32)
	return append(append(append(bytes.Clone(data[:end]), record...), locator...), tail...)
}

// withSizes writes the sum and the sizes of a.png into its own header, moved by some.
func withSizes(d []byte, directory int, sum, packed, size uint32) []byte {
	put16(d[6:], u16(d[6:])&^flagLater)
	put32(d[14:], u32(d[directory+16:])+sum)
	put32(d[18:], u32(d[directory+20:])+packed)
	put32(d[22:], u32(d[directory+24:])+size)
	return d
}

func TestHostileZips(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		spoil func(data []byte, directory, end int) []byte
		want  string // what reading a.png says; empty: it is read
	}{
		"whole":                  {func(d []byte, _, _ int) []byte { return d }, ""},
		"empty file":             {func([]byte, int, int) []byte { return nil }, "it is empty"},
		"cut":                    {func(d []byte, _, end int) []byte { return d[:end] }, "no directory at its end"},
		"cut directory":          {func(d []byte, dir, end int) []byte { return append(d[:dir+20:dir+20], d[end:]...) }, "beyond that"},
		"count":                  {func(d []byte, _, end int) []byte { put16(d[end+10:], 7); return d }, "its directory has 2 members, the record at its end says 7"},
		"size of directory":      {func(d []byte, _, end int) []byte { put32(d[end+12:], 60); return d }, "record 2 of the directory, at byte"},
		"start of directory":     {func(d []byte, _, end int) []byte { put32(d[end+16:], 1<<30); return d }, "which is beyond that"},
		"huge directory":         {func(d []byte, _, end int) []byte { put32(d[end+12:], 1<<31); return d }, "which is beyond that"},
		"zip64 that lies":        {func(d []byte, dir, end int) []byte { return end64(d, end, 2, 1<<50, uint64(dir)) }, "says that the directory has 1,125,899,906,842,624 bytes"},
		"zip64 negative":         {func(d []byte, dir, end int) []byte { return end64(d, end, 2, math.MaxUint64, math.MaxUint64) }, "says that the directory has"},
		"zip64 count":            {func(d []byte, dir, end int) []byte { return end64(d, end, 1<<40, uint64(end-dir), uint64(dir)) }, "its directory has 2 members, the record at its end says 1,099,511,627,776"},
		"zip64":                  {func(d []byte, dir, end int) []byte { return end64(d, end, 2, uint64(end-dir), uint64(dir)) }, ""},
		"spanned":                {func(d []byte, _, end int) []byte { put16(d[end+4:], 3); return d }, "it is part 4 of a spanned archive"},
		"member of another part": {func(d []byte, dir, _ int) []byte { put16(d[dir+34:], 1); return d }, "member a.png lies in part 2 of a spanned archive"},
		"first part":             {func(d []byte, _, _ int) []byte { return append([]byte("PK\x07\x08"), d...) }, "it is the first part of a spanned archive"},
		"magic":                  {func(d []byte, dir, _ int) []byte { d[dir] = 'X'; return d }, "record 1 of the directory, at byte"},
		"offset":                 {func(d []byte, dir, _ int) []byte { put32(d[dir+42:], 1<<31-1); return d }, "member a.png is said to begin at byte 2,147,483,647"},
		"offset of another": {func(d []byte, dir, _ int) []byte {
			put32(d[dir+42:], u32(d[bytes.LastIndex(d, []byte(directoryMagic))+42:]))
			return d
		}, "overlaps"},
		"too long":              {func(d []byte, dir, _ int) []byte { put32(d[dir+20:], 5000); put32(d[dir+24:], 5000); return d }, "member a.png, 5,000 bytes from byte 0 on, overlaps member z.png"},
		"sizes differ":          {func(d []byte, dir, _ int) []byte { put32(d[dir+24:], 999); return d }, "said to hold more than its bytes can stand for"},
		"deflate bomb":          {func(d []byte, dir, _ int) []byte { put16(d[dir+10:], 8); put32(d[dir+24:], 1<<31); return d }, "said to hold more than its bytes can stand for"},
		"encrypted":             {func(d []byte, dir, _ int) []byte { d[dir+8] |= 1; return d }, "it is encrypted"},
		"masked":                {func(d []byte, dir, _ int) []byte { put16(d[dir+8:], flagMasked); return d }, "it is encrypted"},
		"encrypted within":      {func(d []byte, dir, _ int) []byte { d[6] |= 1; return d }, "its header at byte 0 says that it is encrypted"},
		"Deflate64":             {func(d []byte, dir, _ int) []byte { put16(d[dir+10:], 9); return d }, "it is compressed by Deflate64"},
		"method 77":             {func(d []byte, dir, _ int) []byte { put16(d[dir+10:], 77); return d }, "it is compressed by method 77"},
		"method 300":            {func(d []byte, dir, _ int) []byte { put16(d[dir+10:], 300); return d }, "it is compressed by an unknown method"},
		"method within":         {func(d []byte, dir, _ int) []byte { put16(d[8:], 8); return d }, "its header at byte 0 says that it is compressed by method 8"},
		"name within":           {func(d []byte, _, _ int) []byte { d[30] = 'b'; return d }, "its header at byte 0 says that it is named b.png"},
		"sums and sizes within": {func(d []byte, dir, _ int) []byte { return withSizes(d, dir, 0, 0, 0) }, ""},
		"zeros within":          {func(d []byte, dir, _ int) []byte { put16(d[6:], 0); return d }, ""},
		"other sum within":      {func(d []byte, dir, _ int) []byte { return withSizes(d, dir, 1, 0, 0) }, "its header at byte 0 says that its CRC-32 is"},
		"other size within":     {func(d []byte, dir, _ int) []byte { return withSizes(d, dir, 0, 0, 7) }, "its header at byte 0 says that 1,000 bytes are stored for 1,007"},
		"other packed within":   {func(d []byte, dir, _ int) []byte { return withSizes(d, dir, 0, 9, 0) }, "its header at byte 0 says that 1,009 bytes are stored for 1,000"},
		"zip64 within": {func(d []byte, dir, _ int) []byte {
			d = withSizes(d, dir, 0, 0, 0)
			put32(d[18:], math.MaxUint32) // without the field that would say more: no size of a zip
			return d
		}, "its header at byte 0 says that 4,294,967,295 bytes are stored"},
		"no header":    {func(d []byte, _, _ int) []byte { d[2] = 9; return d }, "at byte 0 stands 50 4b 09 04, where its header should begin"},
		"not deflated": {func(d []byte, dir, _ int) []byte { put16(d[8:], 8); put16(d[dir+10:], 8); return d }, "they are not deflated data"},
		"bzip2":        {func(d []byte, dir, _ int) []byte { put16(d[8:], 12); put16(d[dir+10:], 12); return d }, "bzip2 data invalid"},
		"LZMA":         {func(d []byte, dir, _ int) []byte { put16(d[8:], 14); put16(d[dir+10:], 14); return d }, "they have no header of LZMA data"},
		"LZMA of 4 GB": {func(d []byte, dir, _ int) []byte {
			put16(d[8:], 14)
			put16(d[dir+10:], 14)
			copy(d[35:], "\x10\x02\x05\x00\x5d\xff\xff\xff\xff")
			return d
		}, "its bytes from 35 on"},
		"zstd":                       {func(d []byte, dir, _ int) []byte { put16(d[8:], 93); put16(d[dir+10:], 93); return d }, "they end after 0 of 1,000 bytes"},
		"other sum":                  {func(d []byte, _, _ int) []byte { d[100] ^= 1; return d }, "their CRC-32 is"},
		"other sum in the directory": {func(d []byte, dir, _ int) []byte { d[dir+16] ^= 1; return d }, "their CRC-32 is"},
		"comment with an end": {func(d []byte, _, end int) []byte {
			d = append(d, "PK\x05\x06 is no end\x00\x00\x00\x00\x00\x00\x00\x00\x00\xff"...)
			put16(d[end+20:], uint16(len(d)-end-endLen))
			return d
		}, ""},
		"garbage behind":   {func(d []byte, _, _ int) []byte { return append(d, make([]byte, 3000)...) }, ""},
		"something before": {func(d []byte, _, _ int) []byte { return append(content(3001, 5), d...) }, ""},
		"a name with NUL":  {func(d []byte, dir, _ int) []byte { d[30+2], d[dir+46+2] = 0, 0; return d }, "no such file in the archive"},
		"a name that leaves": {func(d []byte, dir, _ int) []byte {
			copy(d[30:], "../ab")
			copy(d[dir+46:], "../ab")
			return d
		}, "no such file in the archive"},
		"an absolute name": {func(d []byte, dir, _ int) []byte {
			copy(d[30:], "/a.pn")
			copy(d[dir+46:], "/a.pn")
			return d
		}, "no such file in the archive"},
		"7z":  {func([]byte, int, int) []byte { return []byte("7z\xbc\xaf\x27\x1c and so on") }, "it is a 7z archive"},
		"rar": {func([]byte, int, int) []byte { return []byte("Rar!\x1a\x07\x01\x00") }, "it is a RAR archive"},
	} {
		data, directory, end := two(t)
		data = c.spoil(data, directory, end)
		for _, read := range []func(*Source, string) ([]byte, error){read, readOpen} {
			files := newMemory()
			files.put("x.zip", data)
			s := New(files)
			got, err := read(s, "x.zip!/a.png")
			switch {
			case c.want == "" && (err != nil || !bytes.Equal(got, content(1000, 1))):
				t.Errorf("%s: %v", name, err)
			case c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), "x.zip")):
				t.Errorf("%s: %v\nwant %s", name, err, c.want)
			}
			s.Close()
			if files.open != 0 {
				t.Errorf("%s: %d files are still open", name, files.open)
			}
		}
	}
}

func TestHostileTars(t *testing.T) {
	t.Parallel()
	whole := tarOf(t, []testMember{{"a.png", content(1000, 1)}, {"z.png", content(1000, 2)}}, tar.FormatUSTAR)
	entry := func(h *tar.Header) []byte {
		var b bytes.Buffer
		w := tar.NewWriter(&b)
		h.Mode = 0o644
		if err := w.WriteHeader(h); err != nil {
			t.Fatal(err)
		}
		w.Flush()
		return append(b.Bytes(), whole...)
	}
	zipped := gzipOf(t, 6, whole)
	flip := func(data []byte, at int) []byte {
		data = bytes.Clone(data)
		data[at] ^= 1
		return data
	}
	for name, c := range map[string]struct {
		data         []byte
		member, want string // empty: it is read
	}{
		"whole":              {whole, "a.png", ""},
		"cut in a member":    {whole[:700], "a.png", "header behind member a.png, at about byte"},
		"cut in a header":    {whole[:1536+100], "a.png", "the archive is cut there"},
		"damaged header":     {flip(whole, 1536+3), "a.png", "header behind member a.png, at about byte 2,048: what stands there is not a header of a tar"},
		"no end":             {whole[:3072], "z.png", ""},
		"folder":             {entry(&tar.Header{Name: "d/", Typeflag: tar.TypeDir}), "d", "it is a folder"},
		"device":             {entry(&tar.Header{Name: "d", Typeflag: tar.TypeChar}), "d", "it is a device or a pipe"},
		"pipe":               {entry(&tar.Header{Name: "d", Typeflag: tar.TypeFifo}), "d", "it is a device or a pipe"},
		"link":               {entry(&tar.Header{Name: "x/d", Linkname: "../z.png", Typeflag: tar.TypeSymlink}), "x/d", ""},
		"hard link":          {entry(&tar.Header{Name: "x/d", Linkname: "z.png", Typeflag: tar.TypeLink}), "x/d", ""},
		"link out":           {entry(&tar.Header{Name: "d", Linkname: "../z.png", Typeflag: tar.TypeSymlink}), "d", "it is a link that leads out of the archive"},
		"absolute link":      {entry(&tar.Header{Name: "d", Linkname: "/etc/passwd", Typeflag: tar.TypeSymlink}), "d", "it is a link that leads out of the archive"},
		"link to nothing":    {entry(&tar.Header{Name: "d", Linkname: "none", Typeflag: tar.TypeSymlink}), "d", "no such file in the archive"},
		"circle":             {entry(&tar.Header{Name: "d", Linkname: "d", Typeflag: tar.TypeSymlink}), "d", "its links lead in a circle"},
		"member that leaves": {entry(&tar.Header{Name: "../d", Typeflag: tar.TypeReg}), "../d", "the name leaves the archive by '..'"},
		"nothing named":      {whole, "", "the name of a member is missing"},
		"cut gzip":           {zipped[:len(zipped)-300], "a.png", "compressed data, about byte"},
		"cut gzip trailer":   {zipped[:len(zipped)-3], "a.png", "ends too early"},
		"other gzip sum":     {flip(zipped, len(zipped)-6), "a.png", "the data before it is damaged"},
		"other gzip size":    {flip(zipped, len(zipped)-2), "a.png", "the data before it is damaged"},
		"garbage behind":     {append(bytes.Clone(zipped), "garbage"...), "a.png", "compressed data, about byte"},
		"zeros behind":       {append(bytes.Clone(zipped), make([]byte, 512)...), "a.png", ""},
		"no tar":             {gzipOf(t, 6, []byte("no tar")), "a.png", "it is compressed by gzip, and what it holds is not a tar"},
		"gzip of nothing":    {[]byte("\x1f\x8b"), "a.png", "ends too early"},
		"other method":       {[]byte("\x1f\x8b\x07\x00 and so on, and on"), "a.png", "where a header of gzip should begin"},
		"zstd":               {[]byte("\x28\xb5\x2f\xfd and so on"), "a.png", "it is compressed by zstd"},
		"xz":                 {[]byte("\xfd7zXZ\x00 and so on"), "a.png", "it is compressed by xz"},
		"empty":              {make([]byte, 1024), "a.png", "no such file in the archive"},
		"empty gzip":         {gzipOf(t, 6, make([]byte, 1024)), "a.png", "no such file in the archive"},
	} {
		for _, read := range []func(*Source, string) ([]byte, error){read, readOpen} {
			files := newMemory()
			files.put("x.bin", c.data)
			s := New(files)
			_, err := read(s, "x.bin!/"+c.member)
			if (c.want == "") != (err == nil) || err != nil && (!strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), "x.bin")) {
				t.Errorf("%s: %v\nwant %s", name, err, c.want)
			}
			s.Close()
		}
	}
}

// TestKinds: the reasons that callers ask for.
func TestKinds(t *testing.T) {
	t.Parallel()
	files := newMemory()
	files.put("in/x.zip", zipOf(t, []testMember{{"a.png", []byte("a")}, {"d/", nil}}, alternating))
	files.put("wow!/x.png", []byte("plain"))
	files.put("wow!/y.zip", zipOf(t, []testMember{{"b.png", []byte("b")}, {"c!/d.png", []byte("d")}}, alternating))
	files.put("file", []byte("file"))
	s := New(files)
	defer s.Close()
	for name, want := range map[string]error{
		"in/x.zip!/a.png": nil, "wow!/x.png": nil, "wow!/y.zip!/b.png": nil, "wow!/y.zip!/c!/d.png": nil, "file": nil,
		"in/x.zip!/../x.zip!/a.png": pipeline.ErrUnsafePath, "in/x.zip!/d": pipeline.ErrNotRegular, "in/x.zip!/": pipeline.ErrNotRegular,
		"in/x.zip!/none": fs.ErrNotExist, "in/none.zip!/a.png": fs.ErrNotExist, "wow!/none.png": fs.ErrNotExist, "none": fs.ErrNotExist, "in": pipeline.ErrNotRegular,
	} {
		if _, err := read(s, name); !errors.Is(err, want) || want == nil && err != nil {
			t.Errorf("%s: %v, want %v", name, err, want)
		}
	}
	if _, err := read(s, "in/x.zip!/b.zip!/c.png"); err == nil || !strings.Contains(err.Error(), "archives within archives are not read: unpack in/x.zip") {
		t.Errorf("an archive in an archive: %v", err)
	}
	if _, err := read(s, "none.zip!/a.png"); err == nil || err.Error() != "find file none.zip!/a.png: no such file: there is no archive none.zip" {
		t.Errorf("no archive: %v", err)
	}
}

// TestChanged: an archive that is replaced is noticed, even where its time and size
// are kept.
func TestChanged(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	files := newMemory()
	make := func(seed int) []byte {
		return zipOf(t, []testMember{{"a.png", content(1000, seed)}, {"b.png", content(1000, 9)}}, func(int) uint16 { return zip.Store })
	}
	files.put("x.zip", make(1))
	s := New(files)
	defer s.Close()
	stat, err := s.Stat(ctx, "x.zip!/a.png")
	if err != nil || stat.Size != 1000 || stat.ModTime.Sub(files.files["x.zip"].time) >= time.Second || stat.ModTime.Before(files.files["x.zip"].time) {
		t.Fatalf("%+v, %v", stat, err)
	}
	dst := content(1000, 0)
	files.files["x.zip"].time = files.files["x.zip"].time.Add(time.Hour)
	if _, err := s.ReadFile(ctx, "x.zip!/a.png", stat, dst); !errors.Is(err, pipeline.ErrSourceChanged) {
		t.Errorf("of another time: %v", err)
	}
	files.put("x.zip", make(2))
	other := New(files) // as another run sees it: same size, same time
	defer other.Close()
	if now, err := other.Stat(ctx, "x.zip!/a.png"); err != nil || now.ModTime.Equal(stat.ModTime) {
		t.Errorf("another content has the same time: %+v, %v", now, err)
	}
	if _, err := other.ReadFile(ctx, "x.zip!/a.png", stat, dst); !errors.Is(err, pipeline.ErrSourceChanged) {
		t.Errorf("another content: %v", err)
	}
	if _, err := other.ReadFile(ctx, "x.zip!/a.png", pipeline.FileStat{Size: 1000}, dst); err != nil || !bytes.Equal(dst, content(1000, 2)) {
		t.Errorf("without a planned time: %v", err)
	}
	if _, err := other.ReadFile(ctx, "x.zip!/a.png", pipeline.FileStat{}, dst[:999]); !errors.Is(err, pipeline.ErrSourceChanged) {
		t.Errorf("of another size: %v", err)
	}
}
