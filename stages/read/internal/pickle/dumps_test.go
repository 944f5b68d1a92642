package pickle

import (
	"errors"
	"strings"
	"testing"
)

// TestSeveralDumps: pickles that lie one after the other are a list of them, each with a
// memo of its own; what follows one pickle and is none is left alone.
func TestSeveralDumps(t *testing.T) {
	t.Parallel()
	const row = "\x80\x02}q\x00X\x02\x00\x00\x00idq\x01K\x01s."
	const shared = "\x80\x04\x8c\x01a\x94h\x00\x86\x94."
	for data, want := range map[string]string{
		row + row + row:                           "[dict{\"id\": 1}, dict{\"id\": 1}, dict{\"id\": 1}]",
		row + shared + "(lp0\nI5\nag0\na.":        "",
		shared + shared:                           "[(\"a\", \"a\"), (\"a\", \"a\")]",
		shared + row:                              "[(\"a\", \"a\"), dict{\"id\": 1}]",
		"(dp0\nVk\nI1\ns.(dp0\nVk\nI2\ns.":        "[dict{\"k\": 1}, dict{\"k\": 2}]",
		row + "\n":                                "dict{\"id\": 1}",
		row + "trailing":                          "dict{\"id\": 1}",
		row + row[:10]:                            "dict{\"id\": 1}",
		row + "\x80\x02h\x00.":                    "dict{\"id\": 1}", // another's memo is not to be had
		strings.Repeat("\x80\x02K\x07.", 100_000): "list of 100000",
	} {
		doc, err := decodeScanned(t, []byte(data))
		if err != nil {
			t.Errorf("%.40q: %v", data, err)
			continue
		}
		got := doc.Describe(doc.Root())
		if len(data) < 1000 {
			got = dump(doc)
		}
		if want != "" && got != want {
			t.Errorf("%.40q: %s, want %s", data, got, want)
		}
	}
	for _, data := range []string{row + row + row[:10], row + row + "trailing", row + row + "\x80\x02h\x00."} {
		if _, err := decodeScanned(t, []byte(data)); err == nil || !strings.Contains(err.Error(), "pickle 3 of those in the file") || !errors.Is(err, ErrTruncated) && !errors.Is(err, ErrMalformed) {
			t.Errorf("%.60q: %v", data, err)
		}
	}
	if scan, err := ScanInput(t.Context(), inputOf([]byte(row+"cos\nsystem\n.")), Limits{}); err != nil || scan.Dumps != 2 || scan.Refused() == nil {
		t.Errorf("a second pickle of os.system: %+v, %v", scan, err)
	}
}
