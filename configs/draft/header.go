package draft

import (
	"context"
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"
)

// headed reads a table of text again whose first line is a record: it names an image, or
// is nothing but numbers.
func (r *reader) headed(ctx context.Context, l *listing, t *table) *table {
	var cells []string
	for _, c := range t.columns {
		if !c.member {
			cells = append(cells, c.name)
		}
	}
	if len(cells) == 1 && strings.Contains(cells[0], " ") && !strings.HasSuffix(t.files[0], "sv") {
		cells = strings.Split(cells[0], " ")
	}
	named, ok := l.firstRecord(cells)
	if !ok {
		return t
	}
	other := &table{files: t.files, header: headerFor(t.files[0], cells, named)}
	if err := r.fill(ctx, other); err != nil {
		return t
	}
	return other
}

// firstRecord says whether the first line of a text is a record, and which of its cells
// is the name of an image, or -1.
func (l *listing) firstRecord(cells []string) (named int, ok bool) {
	named = -1
	numbers, counted := 0, 0
	for i, cell := range cells {
		if slices.ContainsFunc(l.hits("x", 0, cell), func(h hit) bool { return h.kind == kindImage }) {
			ok = ok || len(cells) == 1 || strings.ContainsAny(cell, "./0123456789")
			if named < 0 && path.Ext(cell) != "" {
				named = i
			}
		}
		if _, err := strconv.ParseFloat(cell, 64); err == nil {
			numbers++
		}
		if cell == strconv.Itoa(i) || i == 0 && cell == "" {
			counted++ // as pandas heads columns without names
		}
	}
	return named, ok || numbers == len(cells) && counted < len(cells) && len(cells) > 1
}

// headerFor names the columns of a text without a header: two by what the file is called,
// of which the last tells more about the first.
func headerFor(file string, cells []string, named int) []string {
	var header []string
	about := fieldName(withoutExtension(path.Base(file)))
	splits := slices.DeleteFunc(words(about), func(w string) bool { return splitWords[w] == "" })
	if len(splits) == 1 {
		about = "" // the files of other splits have the same columns; train_test_split has none
	}
	for i := range cells {
		name := fmt.Sprintf("column_%d", i)
		switch {
		case i == named:
			name = "image"
		case len(cells) == 1:
			name = "name"
		case i == 1 && len(cells) == 2 && about != "":
			name = about
		}
		header = append(header, name)
	}
	return header
}
