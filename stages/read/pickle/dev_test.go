package pickle

import (
	"fmt"
	"os"
	"testing"
)

func TestDevDump(t *testing.T) {
	p := os.Getenv("PICKLE_DUMP")
	if p == "" {
		t.Skip()
	}
	b, _ := os.ReadFile(p)
	d, err := decodeScanned(t, b)
	if err != nil {
		t.Fatal(err)
	}
	fmt.Println(dump(d))
}
