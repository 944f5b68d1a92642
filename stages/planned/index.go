package planned

import (
	"errors"
	"fmt"
	"io"
	"strconv"

	"github.com/pickshard/pickshard/pipeline"
)

// line is what the index says of a batch.
type line struct {
	at, bytes, rows int64
	source, content string // pipeline.Task.Source and Content
}

const lineBytes = 16 + 1 + 16 + 1 + 16 + 1 + 32 + 1 + 64 + 1

func (l line) String() string {
	return fmt.Sprintf("%016x %016x %016x %s %s\n", l.at, l.bytes, l.rows, l.source, l.content)
}

// readLine reads the n-th line of an index.
func readLine(f pipeline.ReadFile, n int) (l line, err error) {
	var text [lineBytes]byte
	if _, err := f.ReadAt(text[:], int64(n)*lineBytes); err != nil && !errors.Is(err, io.EOF) {
		return l, err
	}
	return parseLine(string(text[:]))
}

func parseLine(text string) (l line, err error) {
	if len(text) != lineBytes || text[16] != ' ' || text[33] != ' ' || text[50] != ' ' || text[83] != ' ' || text[lineBytes-1] != '\n' {
		return l, errors.New("a line is not one of an index")
	}
	for i, into := range []*int64{&l.at, &l.bytes, &l.rows} {
		n, err := strconv.ParseUint(text[17*i:17*i+16], 16, 62)
		if err != nil {
			return l, err
		}
		*into = int64(n)
	}
	l.source, l.content = text[51:83], text[84:lineBytes-1]
	return l, nil
}
