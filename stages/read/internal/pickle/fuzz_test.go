package pickle

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/pickshard/pickshard/stages/read/internal/readtest"
)

func addSeeds(f *testing.F) {
	f.Helper()
	files, _ := filepath.Glob(filepath.Join(readtest.Pickles(f), "pandas-*", "*.pkl"))
	for _, path := range files {
		if data, err := os.ReadFile(path); err == nil && len(data) < 1<<10 {
			f.Add(data)
		}
	}
	for _, s := range []string{small, "(lp0\nI1\naL5L\naF1.5\naV\\u20ac\np1\nag1\na.", "(S'a\\n\\x41'\nU\x01aT\x01\x00\x00\x00bt.",
		"(dp0\nVk\nI1\ns.(dp0\ng0\nNs.", "\x80\x04]\x94.\x80\x04K\x01\x94h\x00\x86.", "\x80\x02N.N.\x80",
		"\x80\x02\x8a\x00\x8b\x00\x00\x00\x00\x86.", "\x80\x05\x96\x01\x00\x00\x00\x00\x00\x00\x00a.", "(dp0\nS'k'\nNs."} {
		f.Add([]byte(s))
	}
}

// FuzzTokenizer: the tokens of an input are the same from a file, from memory and
// from a stream of small reads, cover it without gaps, and claim nothing that is
// not there.
func FuzzTokenizer(f *testing.F) {
	addSeeds(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		a := newTokenizer(inputOf(data), Limits{})
		b := newTokenizer(Input{Stream: &slow{bytes.NewReader(data)}}, Limits{})
		c := newTokenizer(BytesInput("test", data), Limits{})
		for {
			errA, errB, errC := a.Next(), b.Next(), c.Next()
			if errA != nil && errB == nil && b.pending > 0 {
				errB = b.Next() // a stream's end is known when a long body gets there
			}
			if (errA == nil) != (errB == nil) || (errA == nil) != (errC == nil) {
				t.Fatalf("at %d: file %v, stream %v, memory %v", a.Pos(), errA, errB, errC)
			}
			if errA != nil {
				return
			}
			for _, o := range []*Tokenizer{b, c} {
				if a.Op() != o.Op() || a.Pos() != o.Pos() || a.Arg() != o.Arg() || !bytes.Equal(a.Body(), o.Body()) {
					t.Fatalf("at %d: tokens differ", a.Pos())
				}
			}
			if a.Pos() >= int64(len(data)) || a.offset()+a.pending > int64(len(data)) {
				t.Fatalf("token at %d of %d bytes", a.Pos(), len(data))
			}
		}
	})
}

// slow reads a byte or two at a time.
type slow struct{ r io.Reader }

func (s *slow) Read(b []byte) (int, error) { return s.r.Read(b[:min(len(b), 2)]) }

// FuzzRead: no input panics; what the scan says agrees with the machine, and a
// file gives the same values with the scan and without, and from memory.
func FuzzRead(f *testing.F) {
	addSeeds(f)
	limits := Limits{Stack: 1 << 16, WorkBase: 4 << 20}
	f.Fuzz(func(t *testing.T, data []byte) {
		streamed, errStream := Decode(t.Context(), streamOf(data), limits, nil)
		scan, err := ScanInput(t.Context(), inputOf(data), limits)
		if err == nil {
			err = scan.Refused()
		}
		if err != nil {
			return // the scan may refuse more: keys far apart, names from afar
		}
		doc, err := Decode(t.Context(), inputOf(data), limits, scan)
		checkBytes(t, data, limits, scan, doc, err)
		if scan.Dumps > 1 { // a stream is read up to the end of the first
			if err == nil && (doc.Dumps() != scan.Dumps || doc.Size() != scan.End || doc.Opcodes() != scan.Opcodes) {
				t.Fatalf("scan %+v, machine ends at %d", scan, doc.Size())
			}
			return
		}
		if (err == nil) != (errStream == nil) {
			if errors.Is(err, ErrLimit) || errors.Is(errStream, ErrLimit) {
				return
			}
			t.Fatalf("file %v, stream %v", err, errStream)
		}
		if err != nil {
			return
		}
		if a, b := bounded(doc), bounded(streamed); a != b {
			t.Fatalf("file and stream differ:\n%s\n%s", a, b)
		}
		if doc.Size() != scan.End || doc.Opcodes() != scan.Opcodes {
			t.Fatalf("scan ends at %d, machine at %d", scan.End, doc.Size())
		}
	})
}

// checkBytes: data in memory, where text and bytes stay, scan and decode as from a
// file.
func checkBytes(t *testing.T, data []byte, limits Limits, want *Scan, file *Doc, errFile error) {
	t.Helper()
	in := BytesInput("test", data)
	in.leaveBytes = true
	scan, err := ScanInput(t.Context(), in, limits)
	if err != nil || scan.Opcodes != want.Opcodes || scan.Puts != want.Puts || scan.Strings != want.Strings ||
		scan.Protocol != want.Protocol || scan.End != want.End || !slices.Equal(scan.Globals, want.Globals) {
		t.Fatalf("scans differ: %+v, from memory %+v, %v", want, scan, err)
	}
	doc, err := Decode(t.Context(), in, limits, scan)
	if fmt.Sprint(err) != fmt.Sprint(errFile) {
		t.Fatalf("file %v, memory %v", errFile, err)
	}
	if err != nil {
		return
	}
	if a, b := bounded(file), bounded(doc); a != b {
		t.Fatalf("file and memory differ:\n%s\n%s", a, b)
	}
	if doc.Opcodes() != scan.Opcodes || doc.Puts() != scan.Puts {
		t.Fatalf("%d opcodes and %d puts in memory, the scan has %d and %d", doc.Opcodes(), doc.Puts(), scan.Opcodes, scan.Puts)
	}
}

// bounded dumps a document unless its memo makes it explode.
func bounded(d *Doc) string {
	if d.Puts() > 0 && d.Opcodes() > 40 {
		return d.Describe(d.Root())
	}
	return dump(d)
}
