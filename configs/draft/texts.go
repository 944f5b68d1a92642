package draft

import (
	"bytes"
	"context"

	"github.com/pickshard/pickshard/pipeline"
)

// sampledTexts is how many text files are read to see what their lines are.
const sampledTexts = 50

// textForm says what the text files that a field names are: whole texts, or lines, where
// nearly all have several.
func (d *drafting) textForm(ctx context.Context, n *named) (key, typ string) {
	read, several := 0, 0
	for at := range d.listing.entries {
		if read == sampledTexts || ctx.Err() != nil {
			break
		}
		if n.rate.seen.has(int32(at)) {
			if lines := d.lines(ctx, d.listing.path(int32(at))); lines >= 0 {
				read++
				if lines > 1 {
					several++
				}
			}
		}
	}
	if read > 0 && several*10 >= read*9 {
		return "lines", "list[string]"
	}
	return "text", "string"
}

// lines counts the lines of a text file, -1 where it cannot be read or is none.
func (d *drafting) lines(ctx context.Context, name string) int {
	stat, err := d.input.Stat(ctx, name)
	if err != nil || stat.Size > 1<<20 {
		return -1
	}
	data := make([]byte, stat.Size)
	if _, err := d.input.ReadFile(ctx, name, pipeline.FileStat{}, data); err != nil {
		return -1
	}
	return bytes.Count(bytes.TrimRight(data, "\r\n"), []byte("\n")) + 1
}
