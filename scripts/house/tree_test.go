package house

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// module is the path that all packages of the repository begin with.
const module = "github.com/pickshard/pickshard"

// root is the repository's folder as seen from this package.
const root = "../.."

// A source is one Go file of the module, of whatever platform.
type source struct {
	name    string // from the root, slash-separated
	dir     string
	test    bool
	file    *ast.File
	set     *token.FileSet
	imports []imported
}

type imported struct {
	path  string
	blank bool
	line  int
}

func (s *source) line(p token.Pos) int { return s.set.Position(p).Line }

// files lists what is in the repository or about to be: what git tracks and
// what it does not ignore.
func files(t *testing.T) []string {
	t.Helper()
	names, err := listFiles()
	if err != nil {
		t.Fatal(err)
	}
	return names
}

var listFiles = sync.OnceValues(func() ([]string, error) {
	// The clone may belong to another user than the one who tests it.
	cmd := exec.Command("git", "-c", "safe.directory=*", "ls-files", "-z", "--cached", "--others", "--exclude-standard")
	cmd.Dir = root
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("list files: %w", err)
	}
	var names []string
	seen := make(map[string]bool)
	for name := range strings.SplitSeq(strings.TrimSuffix(string(out), "\x00"), "\x00") {
		// A file can be tracked and deleted.
		info, err := os.Stat(filepath.Join(root, filepath.FromSlash(name)))
		if err == nil && info.Mode().IsRegular() && !seen[name] {
			names = append(names, name)
		}
		seen[name] = true
	}
	return names, nil
})

func read(t *testing.T, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(name)))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// binary says whether a file is not text.
func binary(data []byte) bool { return bytes.IndexByte(data[:min(len(data), 8000)], 0) >= 0 }

// sources parses all Go files but test data.
func sources(t *testing.T) []*source {
	t.Helper()
	all, err := parseSources()
	if err != nil {
		t.Fatal(err)
	}
	return all
}

var parseSources = sync.OnceValues(func() ([]*source, error) {
	names, err := listFiles()
	if err != nil {
		return nil, err
	}
	var all []*source
	for _, name := range names {
		if path.Ext(name) != ".go" || strings.Contains(name, "testdata/") {
			continue
		}
		set := token.NewFileSet()
		f, err := parser.ParseFile(set, filepath.Join(root, filepath.FromSlash(name)), nil, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return nil, fmt.Errorf("parse source: %w", err)
		}
		s := &source{name: name, dir: path.Dir(name), test: strings.HasSuffix(name, "_test.go"), file: f, set: set}
		for _, i := range f.Imports {
			p, err := strconv.Unquote(i.Path.Value)
			if err != nil {
				return nil, fmt.Errorf("parse import: %w", err)
			}
			s.imports = append(s.imports, imported{path: p, blank: i.Name != nil && i.Name.Name == "_", line: set.Position(i.Pos()).Line})
		}
		all = append(all, s)
	}
	return all, nil
})

// within says whether dir is one of the folders or lies under one.
func within(dir string, folders ...string) bool {
	for _, f := range folders {
		if dir == f || strings.HasPrefix(dir, f+"/") {
			return true
		}
	}
	return false
}
