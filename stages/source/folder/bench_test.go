package folder

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/pickshard/pickshard/pipeline"
)

// files lays out n files of a size in one folder and returns their names.
func files(b *testing.B, n, size int) (f *Folder, dir string, names []string) {
	b.Helper()
	dir = b.TempDir()
	content := string(bytes.Repeat([]byte{0xa5}, size))
	for i := range n {
		name := fmt.Sprintf("pick_easy_img/train/%08d.jpg", i)
		names = append(names, name)
		write(b, filepath.Join(dir, filepath.FromSlash(name)), content)
	}
	return reopen(b, dir), dir, names
}

func BenchmarkReadFile(b *testing.B) {
	for _, size := range []int{0, 60 << 10, 1500 << 10} {
		f, dir, names := files(b, 64, size)
		ctx, dst := context.Background(), make([]byte, size)
		run := func(name string, read func(name string) error) {
			b.Run(fmt.Sprintf("%s/%d", name, size), func(b *testing.B) {
				b.SetBytes(int64(size))
				b.ReportAllocs()
				i := 0
				for b.Loop() {
					if err := read(names[i%len(names)]); err != nil {
						b.Fatal(err)
					}
					i++
				}
			})
		}
		run("fast", func(name string) error { _, err := f.ReadFile(ctx, name, pipeline.FileStat{}, dst); return err })
		run("os.Root", func(name string) error { return f.readPortable(name, pipeline.FileStat{}, dst) })
		run("os.ReadFile", func(name string) error { _, err := os.ReadFile(filepath.Join(dir, name)); return err })
	}
}

func BenchmarkStat(b *testing.B) {
	f, dir, names := files(b, 1000, 1)
	ctx := context.Background()
	for _, way := range []struct {
		name string
		stat func(name string) error
	}{
		{"fast", func(name string) error { _, err := f.Stat(ctx, name); return err }},
		{"os.Root", func(name string) error { _, err := f.root.Stat(name); return err }},
		{"os.Stat", func(name string) error { _, err := os.Stat(filepath.Join(dir, name)); return err }},
	} {
		b.Run(way.name, func(b *testing.B) {
			b.ReportAllocs()
			i := 0
			for b.Loop() {
				if err := way.stat(names[i%len(names)]); err != nil {
					b.Fatal(err)
				}
				i++
			}
		})
	}
}

func BenchmarkReadFileParallel(b *testing.B) {
	f, _, names := files(b, 64, 60<<10)
	ctx := context.Background()
	b.SetBytes(60 << 10)
	b.SetParallelism(8)
	b.RunParallel(func(pb *testing.PB) {
		dst := make([]byte, 60<<10)
		for i := 0; pb.Next(); i++ {
			if _, err := f.ReadFile(ctx, names[i%len(names)], pipeline.FileStat{}, dst); err != nil {
				b.Error(err)
			}
		}
	})
}

// BenchmarkSnapshot looks at and reads files that are links into another root, as those
// of a Hugging Face cache are.
func BenchmarkSnapshot(b *testing.B) {
	repo := b.TempDir()
	snapshot := filepath.Join(repo, "snapshots", "rev")
	var names []string
	if err := os.MkdirAll(filepath.Join(snapshot, "train"), 0o755); err != nil {
		b.Fatal(err)
	}
	for i := range 1000 {
		write(b, filepath.Join(repo, "blobs", fmt.Sprint(i)), string(make([]byte, 60<<10)))
		name := fmt.Sprintf("train/%08d.jpg", i)
		link(b, fmt.Sprintf("../../../blobs/%d", i), filepath.Join(snapshot, filepath.FromSlash(name)))
		names = append(names, name)
	}
	f := reopen(b, snapshot)
	ctx, dst := context.Background(), make([]byte, 60<<10)
	b.Run("stat", func(b *testing.B) {
		b.ReportAllocs()
		for i := 0; b.Loop(); i++ {
			if _, err := f.Stat(ctx, names[i%len(names)]); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("read", func(b *testing.B) {
		b.ReportAllocs()
		for i := 0; b.Loop(); i++ {
			if _, err := f.ReadFile(ctx, names[i%len(names)], pipeline.FileStat{}, dst); err != nil {
				b.Fatal(err)
			}
		}
	})
}
