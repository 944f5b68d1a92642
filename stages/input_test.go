package stages_test

import (
	"archive/tar"
	"archive/zip"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"github.com/pickshard/pickshard/pipeline"
	"github.com/pickshard/pickshard/stages"
)

// BenchmarkInput reads 1,000 images of 60 KB that are files, and members of archives:
// in their order, and tgz-any in any.
func BenchmarkInput(b *testing.B) {
	const n, size = 1000, 60 << 10
	dir := b.TempDir()
	create := func(name string) *os.File {
		f, err := os.Create(filepath.Join(dir, name))
		if err != nil {
			b.Fatal(err)
		}
		return f
	}
	check := func(err error) {
		if err != nil {
			b.Fatal(err)
		}
	}
	check(os.Mkdir(filepath.Join(dir, "folder"), 0o777))
	files := map[string]*os.File{"stored": create("stored.zip"), "deflated": create("deflated.zip"), "tar": create("plain.tar"), "tgz": create("packed.tgz")}
	stored, deflated := zip.NewWriter(files["stored"]), zip.NewWriter(files["deflated"])
	packed := gzip.NewWriter(files["tgz"])
	tars := []*tar.Writer{tar.NewWriter(files["tar"]), tar.NewWriter(packed)}
	random := rand.NewChaCha8([32]byte{1})
	data := make([]byte, size)
	names := make([]string, n)
	for i := range n {
		random.Read(data)
		names[i] = fmt.Sprintf("%06d.jpg", i)
		check(os.WriteFile(filepath.Join(dir, "folder", names[i]), data, 0o666))
		for w, method := range map[*zip.Writer]uint16{stored: zip.Store, deflated: zip.Deflate} {
			f, err := w.CreateHeader(&zip.FileHeader{Name: names[i], Method: method})
			check(err)
			_, err = f.Write(data)
			check(err)
		}
		for _, w := range tars {
			check(w.WriteHeader(&tar.Header{Name: names[i], Size: size, Mode: 0o644}))
			_, err := w.Write(data)
			check(err)
		}
	}
	for _, c := range []io.Closer{stored, deflated, tars[0], tars[1], packed, files["stored"], files["deflated"], files["tar"], files["tgz"]} {
		check(c.Close())
	}
	in, err := stages.OpenInput(dir)
	check(err)
	defer in.Close()
	ctx := context.Background()
	order := rand.New(rand.NewPCG(1, 2)).Perm(n)
	for _, where := range []struct {
		name, prefix string
		place        func(i int) int
	}{
		{"folder", "folder/", func(i int) int { return i }},
		{"zip-stored", "stored.zip!/", func(i int) int { return i }},
		{"zip-deflated", "deflated.zip!/", func(i int) int { return i }},
		{"tar", "plain.tar!/", func(i int) int { return i }},
		{"tgz", "packed.tgz!/", func(i int) int { return i }},
		{"tgz-any", "packed.tgz!/", func(i int) int { return order[i] }},
	} {
		full := make([]string, n)
		for i := range n {
			full[i] = where.prefix + names[where.place(i)]
		}
		b.Run("stat/"+where.name, func(b *testing.B) {
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				if st, err := in.Stat(ctx, full[i%n]); err != nil || st.Size != size {
					b.Fatal(err, st)
				}
			}
		})
		b.Run("read/"+where.name, func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(size)
			for i := 0; b.Loop(); i++ {
				if _, err := in.ReadFile(ctx, full[i%n], pipeline.FileStat{}, data); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
