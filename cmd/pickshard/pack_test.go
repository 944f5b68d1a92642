package main

import (
	"archive/tar"
	"archive/zip"
	"compress/gzip"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
)

// pack ARCHIVE FOLDER packs a folder's files by ARCHIVE's extension: .zip (every
// second file stored), .tar or .tgz.
func pack(ts *testscript.TestScript, _ bool, args []string) {
	files := tree(ts, ts.MkAbs(args[1]))
	var names []string
	for name := range files {
		names = append(names, name)
	}
	slices.Sort(names)
	file, err := os.Create(ts.MkAbs(args[0]))
	ts.Check(err)
	var out io.Writer = file
	switch filepath.Ext(args[0]) {
	case ".zip":
		w := zip.NewWriter(file)
		for i, name := range names {
			f, err := w.CreateHeader(&zip.FileHeader{Name: strings.TrimPrefix(name, "/"), Method: [...]uint16{zip.Store, zip.Deflate}[i%2]})
			ts.Check(err)
			_, err = io.WriteString(f, files[name])
			ts.Check(err)
		}
		ts.Check(w.Close())
		ts.Check(file.Close())
		return
	case ".tgz":
		z := gzip.NewWriter(file)
		defer func() { ts.Check(z.Close()); ts.Check(file.Close()) }()
		out = z
	default:
		defer func() { ts.Check(file.Close()) }()
	}
	w := tar.NewWriter(out)
	for _, name := range names {
		ts.Check(w.WriteHeader(&tar.Header{Name: "." + name, Size: int64(len(files[name])), Mode: 0o644}))
		_, err := io.WriteString(w, files[name])
		ts.Check(err)
	}
	ts.Check(w.Close())
}
