package pickle

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
)

// mixture is a pickled list as plan says: each byte is a kind of item and how often
// it comes, or ends a batch of APPENDS.
func mixture(plan []byte) []byte {
	var b bytes.Buffer
	long := strings.Repeat("long", 1<<14)
	text := func(s string) {
		b.WriteByte(byte(opBinUnicode))
		b.Write(binary.LittleEndian.AppendUint32(nil, uint32(len(s))))
		b.WriteString(s)
	}
	b.WriteString("\x80\x04]\x94(\x8c\x05first\x94")
	longs := 0
	for n, c := range plan {
		for i := range 1 + int(c>>3)*16 {
			switch c % 8 {
			case 0, 1:
				text(fmt.Sprint("text ", n, " ", i))
			case 2:
				b.WriteByte(byte(opNone))
			case 3:
				b.WriteByte(byte(opBinFloat))
				b.Write(binary.BigEndian.AppendUint64(nil, math.Float64bits(math.NaN())))
			case 4:
				b.WriteString("h\x01") // first
			case 5:
				b.WriteString("K" + string([]byte{byte(i)}))
			case 6:
				switch {
				case i == 0 && longs < 3:
					text(long[:len(long)-len(plan)%5]) // around 64 KiB
					longs++
				case i%100 == 0:
					text("bad \xed\xa0\x80")
				default:
					text("")
				}
			case 7:
				if i == 0 {
					b.WriteString("e(")
				}
			}
		}
	}
	b.WriteString("e.")
	return b.Bytes()
}

// FuzzPacked: lists give the same items packed (from memory) as not (from a
// window), one by one, in stretches, and copied.
func FuzzPacked(f *testing.F) {
	f.Add([]byte{0xf8})
	f.Add(bytes.Repeat([]byte{0xf8}, 20))
	f.Add([]byte{0xf8, 0x02, 0xf8, 0x0a, 0xf8, 0x03, 0x0b, 0x07, 0xfc, 0xfd, 0x07, 0x08, 0x06, 0xf9})
	f.Add([]byte{0xfa, 0xfa, 0x07, 0xfe, 0xf8, 0xf8, 0x06, 0x05, 0x07, 0xfd, 0xfd, 0xfd, 0x07, 0xfc})
	f.Add(append(bytes.Repeat([]byte{0xf8, 0x02, 0x03}, 30), 0x06, 0x07, 0xf8))
	f.Fuzz(func(t *testing.T, plan []byte) {
		data := mixture(plan[:min(len(plan), 200)])
		want, err := decodeScanned(t, data)
		if err != nil {
			t.Fatal(err)
		}
		got, err := scanAndDecode(t, BytesInput("test", data))
		if err != nil {
			t.Fatal(err)
		}
		checkItems(t, want, got)
	})
}

func checkItems(t *testing.T, want, got *Doc) {
	t.Helper()
	w, g := want.Items(want.Root()), got.Items(got.Root())
	if w.Len() != g.Len() {
		t.Fatalf("%d items, want %d", g.Len(), w.Len())
	}
	same := func(a, b Value) bool {
		return a.Kind() == b.Kind() && a.Len() == b.Len() && bytes.Equal(want.Bytes(a), got.Bytes(b)) &&
			(a.IsText() || Same(a, b))
	}
	dst := make([]Value, 700)
	for i, runs := 0, 0; i < w.Len(); runs++ { // some stretches overlap
		run, n := g.Run(i), g.Copy(dst, i)
		if len(run) == 0 || n == 0 {
			t.Fatalf("item %d: a run of %d, %d copied", i, len(run), n)
		}
		if both := min(len(run), n); !slices.EqualFunc(run[:both], dst[:both], Same) {
			t.Fatalf("from item %d: the run and the copy differ", i)
		}
		for k, v := range dst[:n] {
			if !same(w.At(i+k), v) || !Same(g.At(i+k), v) {
				t.Fatalf("item %d is %s, want %s", i+k, got.Describe(v), want.Describe(w.At(i+k)))
			}
		}
		i += max(1, n-runs%3)
	}
	if g.Run(g.Len()) != nil || g.Copy(dst, g.Len()) != 0 {
		t.Fatal("there are items after the end")
	}
}

// TestPackedSize: text of a long list takes 6 bytes an item beside the file, with
// None between, and what does not fit is kept as it was.
func TestPackedSize(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		plan []byte
		most float64 // bytes an item
	}{
		{bytes.Repeat([]byte{0xf9, 0x22, 0xf8, 0x07}, 190), 6.1},
		{bytes.Repeat([]byte{0xfd, 0x22, 0xfd, 0x07}, 190), 18},
	} {
		doc, err := scanAndDecode(t, BytesInput("test", mixture(c.plan)))
		if err != nil {
			t.Fatal(err)
		}
		items := doc.Items(doc.Root())
		const rest = 500_000 // the chunk that is not full
		if got := float64(doc.Held()-rest) / float64(items.Len()); got > c.most {
			t.Errorf("%.1f bytes an item of %d, at most %.1f", got, items.Len(), c.most)
		}
	}
}

// TestPackedFarApart: text 6 GB apart in one file.
func TestPackedFarApart(t *testing.T) {
	t.Parallel()
	if runtime.GOOS != "linux" || math.MaxInt == math.MaxInt32 {
		t.Skip("NOT TESTED: such a file is mapped on Linux with 64 bits alone")
	}
	const hole = int64(3 << 30)
	var want []string
	batch := func(name string) string { // 300 new texts, 300 times the very first
		var b strings.Builder
		b.WriteByte('(')
		for i := range 300 {
			s := fmt.Sprint(name, i)
			b.WriteString("\x8c" + string(rune(len(s))) + s)
			want = append(want, s)
		}
		if name != "near" {
			for range 300 {
				b.WriteString("h\x01")
				want = append(want, "first")
			}
		}
		return b.String() + "e"
	}
	path := filepath.Join(t.TempDir(), "far.pkl")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	at := int64(0)
	write := func(s string) {
		if _, err := f.WriteAt([]byte(s), at); err != nil {
			t.Fatal(err)
		}
		at += int64(len(s))
	}
	want = append(want, "first")
	write("\x80\x04]\x94(\x8c\x05first\x94e" + batch("near"))
	for _, name := range []string{"far", "farther"} {
		write("(\x8e" + string(binary.LittleEndian.AppendUint64(nil, uint64(hole))))
		want = append(want, "hole")
		at += hole
		write("e" + batch(name) + batch("near"))
	}
	write(".")
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	in, closer, err := OpenInput(path)
	if err != nil {
		t.Fatal(err)
	}
	defer closer.Close()
	err = Mapped(in, true, func(in Input) error {
		doc, err := scanAndDecode(t, in)
		if err != nil {
			return err
		}
		items := doc.Items(doc.Root())
		if items.Len() != len(want) {
			return fmt.Errorf("%d items, want %d", items.Len(), len(want))
		}
		for i, w := range want {
			v := items.At(i)
			if v.Kind() == KindBytes && w == "hole" && int64(v.Len()) == hole {
				continue
			}
			if got := string(doc.Bytes(v)); got != w {
				return fmt.Errorf("item %d is %q, want %q", i, got, w)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestRowsInPlace: rows are looked at where they lie, cell by cell, however often one
// row is repeated.
func TestRowsInPlace(t *testing.T) {
	for _, row := range []string{"}\x94", "]\x94", "N\x85\x94", "cdecimal\nDecimal\n\x8c\x011\x85R\x94"} {
		data := "\x80\x04](" + row + strings.Repeat("h\x00", 999) + "e(" + strings.Repeat("h\x00", 1000) + "e."
		doc, err := scanAndDecode(t, BytesInput("test", []byte(data)))
		if err != nil {
			t.Fatal(err)
		}
		items := doc.Items(doc.Root())
		if items.Len() != 2000 {
			t.Fatalf("%q: %d items", row, items.Len())
		}
		i := 0
		if n := testing.AllocsPerRun(100, func() { _ = items.Run(i); i += 7 }); n > 0 {
			t.Errorf("%q: %v allocations a look", row, n)
		}
	}
}
