package draft

import (
	"context"
	"strings"
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
	text := d.text(ctx, name)
	if text == "" {
		return -1
	}
	return strings.Count(strings.TrimRight(text, "\r\n"), "\n") + 1
}
