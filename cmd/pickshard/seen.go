package main

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/pickshard/pickshard/pipeline"
)

// seenFile is a pipeline.Seen in the user's cache folder: one text file for each
// pair of INPUT and OUTPUT, a line a shard. It can be deleted at any time.
type seenFile struct {
	name  string
	known map[string]string
	began time.Time
}

// tooNew is how long before the run an image must have been written to be
// remembered: file systems keep times in steps of up to two seconds, and within
// one a file can change and look the same.
const tooNew = 3 * time.Second

// openSeen returns what is remembered of the images of INPUT for OUTPUT, nil
// where the user has no cache folder.
func openSeen(input, output string) pipeline.Seen {
	cache, err := os.UserCacheDir()
	if err != nil {
		return nil
	}
	in, errIn := filepath.Abs(input)
	out, errOut := filepath.Abs(output)
	if errors.Join(errIn, errOut) != nil {
		return nil
	}
	sum := sha256.Sum256([]byte(in + "\x00" + out))
	s := &seenFile{name: filepath.Join(cache, "pickshard", hex.EncodeToString(sum[:16])+".images"), known: make(map[string]string), began: time.Now()}
	s.read()
	return s
}

// maxSeen bounds what is read of the cache: a shard takes some hundred bytes.
const maxSeen = 1 << 28

// read takes the lines that are whole; a file that is not there, or damaged,
// remembers nothing wrong.
func (s *seenFile) read() {
	// Looked at first: opening a pipe would wait for its other end.
	if info, err := os.Stat(s.name); err != nil || !info.Mode().IsRegular() {
		return
	}
	f, err := os.Open(s.name)
	if err != nil {
		return
	}
	defer f.Close() // only read
	s.parse(io.LimitReader(f, maxSeen))
}

func (s *seenFile) parse(r io.Reader) {
	lines := bufio.NewScanner(r)
	for lines.Scan() {
		source, rest, _ := strings.Cut(lines.Text(), " ")
		contents, check, _ := strings.Cut(rest, " ")
		if isDigest(source, 16) && isDigest(contents, sha256.Size) && check == lineCheck(source, contents) {
			s.known[source] = contents
		}
	}
}

// isDigest says whether a text is a digest of n bytes.
func isDigest(text string, n int) bool {
	sum, err := hex.DecodeString(text)
	return err == nil && len(sum) == n
}

// lineCheck guards a line of the cache against damage.
func lineCheck(source, contents string) string {
	return fmt.Sprintf("%08x", pipeline.CRC32C([]byte(source+" "+contents)))
}

// Contents implements pipeline.Seen.
func (s *seenFile) Contents(source string) (string, bool) {
	digest, ok := s.known[source]
	return digest, ok
}

// Remember implements pipeline.Seen.
func (s *seenFile) Remember(known []pipeline.SeenShard) error {
	var b strings.Builder
	for _, k := range known {
		if s.began.Sub(k.Newest) > tooNew {
			fmt.Fprintf(&b, "%s %s %s\n", k.Source, k.Contents, lineCheck(k.Source, k.Contents))
		}
	}
	folder := filepath.Dir(s.name)
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return fmt.Errorf("remember images: %w", err)
	}
	f, err := os.CreateTemp(folder, "*.tmp")
	if err != nil {
		return fmt.Errorf("remember images: %w", err)
	}
	_, err = f.WriteString(b.String())
	// ext4 sends a file to the disk that takes the place of another, and the disk is
	// still busy with the shards. What is lost by a crash here is only a cache.
	if gone := os.Remove(s.name); !errors.Is(gone, fs.ErrNotExist) {
		err = errors.Join(err, gone)
	}
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(f.Name(), s.name)
	}
	if err != nil {
		return fmt.Errorf("remember images: %w", errors.Join(err, os.Remove(f.Name())))
	}
	return nil
}
