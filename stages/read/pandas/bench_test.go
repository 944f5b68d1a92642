package pandas

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/pickshard/pickshard/stages/read/pickle"
)

// BenchmarkRead reads the files that scripts/bench/make_pickhigh_pickle.py made in
// PICKSHARD_BENCH.
func BenchmarkRead(b *testing.B) {
	files, _ := filepath.Glob(filepath.Join(os.Getenv("PICKSHARD_BENCH"), "*.pkl"))
	if os.Getenv("PICKSHARD_BENCH") == "" || len(files) == 0 {
		b.Skip("SKIPPED: PICKSHARD_BENCH names no folder with the files of scripts/bench/make_pickhigh_pickle.py")
	}
	for _, path := range files {
		b.Run(filepath.Base(path), func(b *testing.B) {
			st, err := os.Stat(path)
			if err != nil {
				b.Fatal(err)
			}
			b.SetBytes(st.Size())
			b.ReportAllocs()
			for b.Loop() {
				in, c, err := pickle.OpenInput(path)
				if err != nil {
					b.Fatal(err)
				}
				res, err := Read(b.Context(), in, Options{})
				if err != nil {
					b.Fatal(err)
				}
				res.Table.Release()
				c.Close()
			}
		})
	}
}
