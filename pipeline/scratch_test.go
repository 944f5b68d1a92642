package pipeline

import (
	"bytes"
	"testing"
)

// TestScratch: what is put is there, before and after memory is given back, also where
// there is no folder for a file.
func TestScratch(t *testing.T) {
	for _, folder := range []string{t.TempDir(), "/no/such/folder"} {
		t.Setenv("TMPDIR", folder)
		var s Scratch
		var put, got [][]byte
		for i := range 300 {
			p := bytes.Repeat([]byte{byte(i), byte(i >> 8)}, 1+i*i*3)
			put, got = append(put, p), append(got, s.Put(p))
		}
		for range 2 {
			for i := range put {
				if !bytes.Equal(put[i], got[i]) {
					t.Fatalf("%s: piece %d is another", folder, i)
				}
			}
			s.GiveBack()
		}
		if held := len(s.maps) == 0; held != (folder == "/no/such/folder") && canMap {
			t.Errorf("%s: held: %v", folder, held)
		}
	}
}
