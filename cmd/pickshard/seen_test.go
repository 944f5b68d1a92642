package main

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/pickshard/pickshard/pipeline"
)

// FuzzSeen puts anything into the cache of images: what it takes for known is what
// it would write, and no other file is made or read for it.
func FuzzSeen(f *testing.F) {
	source, contents := strings.Repeat("0f", 16), strings.Repeat("a1", 32)
	line := fmt.Sprintf("%s %s %s\n", source, contents, lineCheck(source, contents))
	f.Add("")
	f.Add(line)
	f.Add(line + line[:40])
	f.Add("../x y " + lineCheck("../x", "y") + "\n" + line)
	f.Add(strings.Repeat("x", 70_000) + "\n" + line)
	f.Fuzz(func(t *testing.T, text string) {
		s := &seenFile{name: filepath.Join(t.TempDir(), "cache", "images"), known: make(map[string]string), began: time.Now()}
		s.parse(strings.NewReader(text))
		var known []pipeline.SeenShard
		for source, contents := range s.known {
			if !isDigest(source, 16) || !isDigest(contents, 32) {
				t.Errorf("%q is known as %q", source, contents)
			}
			known = append(known, pipeline.SeenShard{Source: source, Contents: contents})
		}
		if err := s.Remember(known); err != nil {
			t.Fatal(err)
		}
		again := &seenFile{name: s.name, known: make(map[string]string)}
		again.read()
		if !maps.Equal(s.known, again.known) {
			t.Errorf("%q is remembered as %q", s.known, again.known)
		}
		if files, err := os.ReadDir(filepath.Dir(s.name)); err != nil || len(files) != 1 {
			t.Errorf("%v, %v", files, err)
		}
	})
}
