package pandas

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/pickshard/pickshard/stages/read/internal/pickle"
)

// BenchmarkRead and BenchmarkLook read the files that
// scripts/bench/make_pickhigh_pickle.py made in PICKSHARD_BENCH.
func BenchmarkRead(b *testing.B) {
	benchmark(b, func(in Input) error {
		res, err := Read(b.Context(), in, Options{})
		if err == nil {
			res.Table.Release()
		}
		return err
	})
}

func BenchmarkLook(b *testing.B) {
	benchmark(b, func(in Input) error {
		return Look(b.Context(), in, Options{}, func(*View) error { return nil })
	})
}

func benchmark(b *testing.B, read func(Input) error) {
	files, _ := filepath.Glob(filepath.Join(os.Getenv("PICKSHARD_BENCH"), "*.pkl"))
	if os.Getenv("PICKSHARD_BENCH") == "" || len(files) == 0 {
		b.Skip("SKIPPED: PICKSHARD_BENCH names no folder with the files of scripts/bench/make_pickhigh_pickle.py")
	}
	for _, path := range files {
		b.Run(filepath.Base(path), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				in, c, err := pickle.OpenInput(path)
				if err != nil {
					b.Fatal(err)
				}
				b.SetBytes(in.Size)
				if err := read(in); err != nil {
					b.Fatal(err)
				}
				c.Close()
			}
		})
	}
}
