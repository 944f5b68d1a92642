package main

import (
	"bufio"
	"encoding/csv"
	"errors"
	"io"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"github.com/pickshard/pickshard/stages/read/pandas"
	"github.com/pickshard/pickshard/stages/read/pickle"
)

// wideRow is a pickle of one row with one text in every column.
func wideRow(columns int, text string) []byte {
	var b strings.Builder
	b.WriteString("(l(dS'0'\nV" + text + "\np1\ns")
	for c := 1; c < columns; c++ {
		b.WriteString("S'" + strconv.Itoa(c) + "'\ng1\ns")
	}
	b.WriteString("a.")
	return []byte(b.String())
}

// TestRowsAreNotHeld: a text takes memory once a column, not its JSON of six times
// the length. Not parallel: it measures memory.
func TestRowsAreNotHeld(t *testing.T) {
	const columns, length = 200, 100_000
	in := pickle.BytesInput("test", wideRow(columns, strings.Repeat("\x01", length)))
	err := pandas.Look(t.Context(), in, pandas.Options{}, func(v *pandas.View) error {
		rows := rowRange{0, 1}
		for name, write := range map[string]func(io.Writer) error{
			"cat":       func(w io.Writer) error { return writeRows(w, v.Table(), rows) },
			"inspect":   func(w io.Writer) error { return writeRecords(w, v.Table(), rows) },
			"cat --csv": func(w io.Writer) error { return writeCSV(w, v.Table(), rows) },
		} {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			if err := write(io.Discard); err != nil {
				return err
			}
			runtime.ReadMemStats(&after)
			if n := after.TotalAlloc - before.TotalAlloc; n > 2*columns*length {
				t.Errorf("%s: %d bytes of memory for a row of %d", name, n, columns*length)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestWriteField: fields are written as encoding/csv writes them.
func TestWriteField(t *testing.T) {
	t.Parallel()
	for _, s := range []string{"", "plain", ",", `"`, `a"b""`, "a\nb", "a\r\n", " a", "\u00a0a", "\\.", "\\.x", "é", "\xff", "a b"} {
		var got, want strings.Builder
		w, c := bufio.NewWriter(&got), csv.NewWriter(&want)
		writeField(w, s)
		_ = w.WriteByte('\n')
		if err := errors.Join(w.Flush(), c.Write([]string{s}), c.Error()); err != nil {
			t.Fatal(err)
		}
		if c.Flush(); got.String() != want.String() {
			t.Errorf("%q: got %q, want %q", s, &got, &want)
		}
	}
}

func TestShorten(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		s    string
		most int
		want string
	}{{"héé", 0, "héé"}, {"héé", 3, "héé"}, {"héé", 2, "hé…"}, {"", 2, ""}} {
		if got := shorten(tt.s, tt.most); got != tt.want {
			t.Errorf("%q to %d: got %q, want %q", tt.s, tt.most, got, tt.want)
		}
	}
}

// TestLongNested: a nested value that is not held whole reads back as its JSON.
func TestLongNested(t *testing.T) {
	t.Parallel()
	list := "(l(dS'a'\n(lp1\n" + "V\"x\",\\u000ay\np2\na" + strings.Repeat("g2\na", 20_000) + "sa."
	in := pickle.BytesInput("test", []byte(list))
	err := pandas.Look(t.Context(), in, pandas.Options{}, func(v *pandas.View) error {
		var asJSON, asCSV strings.Builder
		if err := errors.Join(writeRows(&asJSON, v.Table(), rowRange{0, 1}), writeCSV(&asCSV, v.Table(), rowRange{0, 1})); err != nil {
			return err
		}
		rows, err := csv.NewReader(strings.NewReader(asCSV.String())).ReadAll()
		if err != nil {
			return err
		}
		if want := `{"a":` + rows[1][0] + "}\n"; asJSON.String() != want || len(want) < 100_000 {
			t.Errorf("CSV has %.100s (%d bytes), JSON %.100s (%d bytes)", want, len(want), asJSON.String(), asJSON.Len())
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
