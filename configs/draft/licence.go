package draft

import (
	"context"
	"regexp"
	"strings"

	"github.com/pickshard/pickshard/pipeline"
)

// licences tells what files say about what may be done with the data: the head of
// README.md for the config, files called LICENSE for people.
func (d *drafting) licences(ctx context.Context) {
	for at := range d.listing.entries {
		e, name := &d.listing.entries[at], d.listing.path(int32(at))
		switch {
		case e.size < 0 || e.size > 1<<20:
		case name == "README.md":
			if id := licenceOf(d.text(ctx, name)); id != "" {
				d.sheet.licence = id
			}
		case isLicence(e.name):
			text := strings.Join(strings.Fields(d.text(ctx, name)), " ")
			d.sheet.head = append(d.sheet.head, "Licence: see "+name+", which begins: "+shortened(text, 60))
		}
	}
}

// text is a text file, empty where it cannot be read.
func (d *drafting) text(ctx context.Context, name string) string {
	stat, err := d.input.Stat(ctx, name)
	if err != nil || stat.Size > 1<<20 {
		return ""
	}
	data := make([]byte, stat.Size)
	if _, err := d.input.ReadFile(ctx, name, pipeline.FileStat{}, data); err != nil {
		return ""
	}
	return string(data)
}

// licenceLine is how the head of a dataset card on the Hub names its licence.
var licenceLine = regexp.MustCompile(`(?m)^license:[ \t]*['"]?([a-z0-9][a-z0-9.-]*)['"]?[ \t\r]*$`)

// licenceOf is the licence that a card's head names.
func licenceOf(card string) string {
	head, ok := strings.CutPrefix(card, "---")
	if !ok {
		return ""
	}
	head, _, ok = strings.Cut(head, "\n---")
	if found := licenceLine.FindStringSubmatch(head); ok && found != nil {
		return found[1]
	}
	return ""
}
