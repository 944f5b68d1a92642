package pandas

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// zonedCells is a column of two aware datetimes (2020-07-01 12:00 and, with fold
// 1, 2020-10-25 02:30) of zoneinfo.ZoneInfo._unpickle(name, 1).
func zonedCells(name string) []byte {
	return oneColumn(func(a *assembler) {
		for _, packed := range []string{"\x07\xe4\x07\x01\x0c\x00\x00\x00\x00\x00", "\x07\xe4\x8a\x19\x02\x1e\x00\x00\x00\x00"} {
			a.global("datetime", "datetime").op("(").bin([]byte(packed))
			a.global("builtins", "getattr").op("(").global("zoneinfo", "ZoneInfo").text("_unpickle").op("tR(").text(name).op("K\x01tRtR")
		}
	})
}

func TestZonedCells(t *testing.T) {
	t.Parallel()
	typ, cells, _ := values(t, zonedCells("Europe/Berlin"), Options{})
	if got := typ.String(); got != "timestamp[us, tz=Europe/Berlin]" {
		t.Errorf("type %s", got)
	}
	for i, want := range []string{"2020-07-01T10:00:00Z", "2020-10-25T01:30:00Z"} {
		if got := time.Unix(0, int64(cells[i].(float64))).UTC().Format(time.RFC3339); got != want {
			t.Errorf("cell %d: %s, want %s", i, got, want)
		}
	}
}

// The name of a zone comes from the file: nothing may be opened for it. A zone of
// that name lies ready where time.LoadLocation looks first.
func TestZoneNamesAreNoPaths(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "Planted"), planted(t), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("ZONEINFO", dir)
	for _, name := range []string{"Planted", "../Planted", filepath.Join(dir, "Planted"), "Local", "", "Europe/", "Europe"} {
		_, err := readBytes(t, zonedCells(name), Options{})
		if err == nil || !strings.Contains(err.Error(), "not in the zone database") {
			t.Errorf("zone %q: %v", name, err)
		}
	}
}

// planted is a zone file that time.LoadLocation would take.
func planted(t *testing.T) []byte {
	t.Helper()
	files, err := zoneFiles()
	if err != nil {
		t.Fatal(err)
	}
	r, err := files["Asia/Tokyo"].Open()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	data, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return data
}
