package draft

import (
	"context"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/pickshard/pickshard/configs"
	"github.com/pickshard/pickshard/pipeline"
	"github.com/pickshard/pickshard/stages/validate"
)

// checkedRows is how many records of each split all rules are asked about, their images
// read.
const checkedRows = 200

// mostBroken bounds the rules that are told of.
const mostBroken = 6

// check asks all rules about some records of each split, spread over it.
func (d *drafting) check(ctx context.Context) error {
	c, err := configs.Parse("the draft", []byte(d.sheet.String()))
	if err != nil {
		return err
	}
	c.Sample, c.Output.OnError = checkedRows, pipeline.PolicyQuarantine
	job, err := c.Open(ctx, d.root, "", configs.Running{})
	if err != nil {
		return err
	}
	found, err := job.Check(ctx)
	if err = errors.Join(err, job.Close()); err != nil {
		return err
	}
	var rows, images int64
	for _, s := range found.Splits {
		rows += s.Rows
		images += s.Images
	}
	text := fmt.Sprintf("Checked: all rules over %s records, spread over the splits, and their %s images", grouped(rows), grouped(images))
	var broken []string
	for _, r := range found.Worst() {
		if r.Violated == 0 || len(broken) == mostBroken {
			continue
		}
		line := fmt.Sprintf("%s %s: %s of %s (%s)", r.Split, r.Rule, grouped(r.Violated), grouped(r.Checked), r.Severity)
		if len(r.Causes) > 0 && r.Causes[0].What != "" {
			line += ", " + r.Causes[0].What
		}
		broken = append(broken, strings.TrimSpace(line))
	}
	if len(broken) == 0 {
		text += ": none is broken."
	} else {
		text += "; broken: " + strings.Join(broken, "; ") + ". `pickshard check` tells all."
	}
	d.sheet.head = append(d.sheet.head, text)
	d.draft.Undecided = d.draft.Undecided || found.Broken > 0
	return nil
}

// optIn are formats of images that a config must name, by their files' extension.
var optIn = map[string]string{".bmp": pipeline.FormatBMP, ".tif": pipeline.FormatTIFF, ".tiff": pipeline.FormatTIFF, ".avif": pipeline.FormatAVIF}

// setFormats names formats that images have beside those that are always taken.
func (d *drafting) setFormats(main *finding) {
	var more []string
	for _, f := range main.fields {
		more = append(more, f.formats...)
	}
	for at := range d.listing.entries {
		e := &d.listing.entries[at]
		format := optIn[strings.ToLower(path.Ext(e.name))]
		if format != "" && slices.ContainsFunc(main.images, func(n *named) bool { return n.rate.seen.has(int32(at)) }) {
			more = append(more, format)
		}
	}
	for _, format := range validate.Formats() {
		if slices.Contains(more, format) && !slices.Contains(validate.DefaultFormats(), format) {
			d.sheet.formats = append(d.sheet.formats, format)
		}
	}
}
