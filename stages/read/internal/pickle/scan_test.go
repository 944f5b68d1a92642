package pickle

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// large is a list of records as CPython writes them, long enough to be mapped and
// skimmed: the same keys by memo, text of all lengths, floats, None.
func large(t testing.TB, rows int) []byte {
	t.Helper()
	var b bytes.Buffer
	b.WriteString("\x80\x04]\x94(")
	for i := range rows {
		if i == 0 {
			b.WriteString("}\x94(\x8c\x01a\x94\x8c\x05hello\x94\x8c\x01b\x94G\x3f\xf0\x00\x00\x00\x00\x00\x00u")
			continue
		}
		n := i % 200
		b.WriteString("}\x94(h\x02\x8c")
		b.WriteByte(byte(n))
		b.WriteString(strings.Repeat("x", n))
		b.WriteString("\x94h\x04N")
		b.WriteString("u")
	}
	b.WriteString("e.")
	return b.Bytes()
}

// TestScanSkims: what a scan counts in strides is what the opcodes one by one say,
// and a mapped file is scanned and decoded like one in memory.
func TestScanSkims(t *testing.T) {
	t.Parallel()
	data := large(t, 20_000)
	var opcodes, puts, strings int64
	tokens := newTokenizer(inputOf(data), Limits{})
	for tokens.Next() == nil {
		opcodes++
		switch tokens.Op() {
		case opMemoize:
			puts++
		case opShortBinUnicode:
			strings++
		}
	}
	path := filepath.Join(t.TempDir(), "x.pkl")
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	file, closer, err := OpenInput(path)
	if err != nil {
		t.Fatal(err)
	}
	defer closer.Close()
	inputs := map[string]Input{"window": inputOf(data), "bytes": BytesInput("test", data)}
	if err := Mapped(file, false, func(in Input) error {
		inputs["file"] = in
		checkSkims(t, inputs, data, opcodes, puts, strings)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
}

func checkSkims(t *testing.T, inputs map[string]Input, data []byte, opcodes, puts, strings int64) {
	t.Helper()
	for name, in := range inputs {
		s, err := ScanInput(t.Context(), in, Limits{})
		if err != nil {
			t.Fatal(err)
		}
		if s.Opcodes != opcodes || s.Puts != puts || s.Strings != strings || s.Fetched() != 2 || s.End != int64(len(data)) || s.Protocol != 4 {
			t.Errorf("%s: %d opcodes, %d puts, %d strings, %d fetched, end %d, want %d, %d, %d, 2, %d", name,
				s.Opcodes, s.Puts, s.Strings, s.Fetched(), s.End, opcodes, puts, strings, len(data))
		}
		doc, err := Decode(t.Context(), in, Limits{}, s)
		if err != nil {
			t.Fatal(err)
		}
		if doc.Opcodes() != opcodes || doc.Puts() != puts {
			t.Errorf("%s: the machine ran %d opcodes, %d puts", name, doc.Opcodes(), doc.Puts())
		}
		items := doc.Items(doc.Root())
		for i := range items.Len() {
			d := doc.Dict(items.At(i))
			if got := d.Get("a"); i > 0 && got.Len() != i%200 || d.Len() != 2 {
				t.Fatalf("%s: row %d has %d bytes", name, i, got.Len())
			}
		}
	}
}

// TestScanNamesAfterSkim: globals whose names stand right behind what was skimmed.
func TestScanNamesAfterSkim(t *testing.T) {
	t.Parallel()
	data := large(t, 3000)
	data = append(data[:len(data)-2], "h\x02h\x04\x93\x8c\x05posix\x94\x8c\x06system\x94\x93e."...)
	s, err := ScanInput(t.Context(), inputOf(data), Limits{})
	if err != nil {
		t.Fatal(err)
	}
	if len(s.Globals) != 2 || s.Globals[0].Module+"."+s.Globals[0].Name != "posix.system" || s.Globals[1].Module+s.Globals[1].Name != "ab" {
		t.Errorf("globals %+v", s.Globals)
	}
}

// TestCutWhileMapped: a file that is cut short while it is mapped is an error, not
// a crash.
func TestCutWhileMapped(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "x.pkl")
	data := large(t, 100_000)
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	in, closer, err := OpenInput(path)
	if err != nil {
		t.Fatal(err)
	}
	defer closer.Close()
	scan, err := ScanInput(t.Context(), in, Limits{})
	if err != nil {
		t.Fatal(err)
	}
	for name, use := range map[string]func(Input) error{
		"scan": func(in Input) error {
			_, err := ScanInput(t.Context(), in, Limits{})
			return err
		},
		"decode": func(in Input) error {
			_, err := Decode(t.Context(), in, Limits{}, scan)
			return err
		},
		"use": func(in Input) error { // one that does not look at the file in the end
			return nil
		},
	} {
		err := Mapped(in, false, func(in Input) error {
			if err := os.Truncate(path, 100_000); err != nil {
				t.Fatal(err)
			}
			return use(in)
		})
		if !errors.Is(err, ErrTruncated) {
			t.Errorf("%s: %v", name, err)
		}
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// TestChangedWhileMapped: a file that is written to while it is mapped is an error,
// though each of its states can be read.
func TestChangedWhileMapped(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "x.pkl")
	data := large(t, 1000)
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	in, closer, err := OpenInput(path)
	if err != nil {
		t.Fatal(err)
	}
	defer closer.Close()
	err = Mapped(in, false, func(in Input) error {
		if in.file == nil {
			t.Skip("NOT TESTED: files are mapped on Linux alone")
		}
		return os.Chtimes(path, time.Time{}, time.Unix(1, 0))
	})
	if !errors.Is(err, errChanged) {
		t.Errorf("got %v", err)
	}
}
