package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	goio "io"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"github.com/pickshard/pickshard/pipeline"
	"github.com/pickshard/pickshard/schema"
	reports "github.com/pickshard/pickshard/stages/report"
)

// showFlags are the flags of show.
type showFlags struct {
	rows   string
	splits []string
	images pictureKind
	json   bool
}

func newShow(io *streams) *cobra.Command {
	f := &showFlags{rows: "5", images: picturesAuto}
	cmd := &cobra.Command{
		Use:   "show OUTPUT",
		Short: "Show records of an output, with their images where the terminal can",
		Long: `Show prints records of an output that convert finished: of each split the first ones,
a line a field, and small pictures of their images where stdout is a terminal that
shows them: by kitty's protocol, as sixels, or of coloured half blocks. Of images only
those that are shown are read. With --json it prints one object a line, with what each
image is in its place.

Exit codes: 0 whole; 1 failed; 2 usage.`,
		Example: `  pickshard show ./shards
  pickshard show ./shards --split test --rows 100:110
  pickshard show ./shards --rows 1000 --json | jq .record.easy_prompt`,
		Args:              args("OUTPUT"),
		ValidArgsFunction: completeFolders(1),
		RunE: func(cmd *cobra.Command, a []string) (err error) {
			rows, err := parseRows(f.rows)
			if err != nil {
				return usageError{err}
			}
			o, done, err := openOutput(a[0])
			if err != nil {
				return err
			}
			defer func() { err = joinClose(err, done) }()
			if err := f.known(o.Manifest); err != nil {
				return usageError{err}
			}
			w := bufio.NewWriter(io.out)
			s := &shower{output: o, rows: rows, out: w}
			if f.json {
				s.each = s.writeJSON
			} else {
				s.screen = newScreen(io.out, f.images)
				s.each = s.writeText
			}
			err = s.run(cmd.Context(), f.splits)
			if err == nil {
				err = w.Flush()
			}
			if err != nil {
				return fmt.Errorf("show records: %w", err)
			}
			return nil
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&f.rows, "rows", f.rows, "show these records of each split: N (the first N), FROM:TO or FROM:, counted from 0")
	flags.StringSliceVar(&f.splits, "split", nil, "show the splits of these `names` only")
	flags.Var(&f.images, "images", "how images are shown: auto, kitty, sixel, blocks or none")
	flags.BoolVar(&f.json, "json", false, "print records as JSON Lines")
	// The error is for a flag that does not exist.
	_ = cmd.RegisterFlagCompletionFunc("images", cobra.FixedCompletions(pictureKinds(), cobra.ShellCompDirectiveNoFileComp))
	return cmd
}

// known checks that the splits that were asked for are there.
func (f *showFlags) known(m *pipeline.Manifest) error {
	var names []string
	for _, s := range m.Splits {
		names = append(names, s.Name)
	}
	for _, name := range f.splits {
		if !slices.Contains(names, name) {
			return pipeline.WithHint(fmt.Errorf("--split: no split %q", name), "OUTPUT has %s", strings.Join(names, ", "))
		}
	}
	return nil
}

// shower goes over the records that are shown.
type shower struct {
	output *pipeline.Output
	rows   rowRange
	out    *bufio.Writer
	screen *screen // nil for JSON
	each   func(split string, number int64, b *pipeline.Browser, sample *pipeline.Sample) error
}

func (s *shower) run(ctx context.Context, splits []string) error {
	for i := range s.output.Manifest.Splits {
		name := s.output.Manifest.Splits[i].Name
		if len(splits) > 0 && !slices.Contains(splits, name) {
			continue
		}
		first := int64(0)
		for index, sh := range s.output.Manifest.Splits[i].Shards {
			if end := first + sh.Rows; end > s.rows.from && (s.rows.to < 0 || first < s.rows.to) {
				if err := s.shard(ctx, i, index, first); err != nil {
					return err
				}
			}
			first += sh.Rows
		}
	}
	return nil
}

// shard shows the records of a shard that are asked for; first is its first one's number.
func (s *shower) shard(ctx context.Context, split, index int, first int64) (err error) {
	b, err := s.output.Browse(split, index)
	if err != nil {
		return err
	}
	defer func() { err = joinClose(err, b.Close) }()
	for n := first; s.rows.to < 0 || n < s.rows.to; n++ {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		sample, err := b.Next()
		if errors.Is(err, goio.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if n < s.rows.from {
			continue
		}
		if err := s.each(s.output.Manifest.Splits[split].Name, n, b, &sample); err != nil {
			return err
		}
	}
	return nil
}

// writeJSON writes a record as a line of JSON: images as what they are.
func (s *shower) writeJSON(split string, number int64, b *pipeline.Browser, sample *pipeline.Sample) error {
	line := fmt.Appendf(nil, `{"split":%q,"row":%d`, split, number)
	if sample.Key != "" {
		line = schema.AppendJSONString(append(line, `,"key":`...), sample.Key)
	}
	line = append(line, `,"record":{`...)
	for f := range s.output.Schema.Len() {
		if f > 0 {
			line = append(line, ',')
		}
		field := s.output.Schema.Field(f)
		line = append(schema.AppendJSONString(line, field.Name), ':')
		if field.Type.Images() {
			line = appendImages(line, b, sample.Images[f], field.Type.ImageList())
			continue
		}
		var err error
		if line, err = schema.AppendJSON(line, sample.Values[f].Array, sample.Values[f].Row, schema.StrictFloats); err != nil {
			return fmt.Errorf("field %s: %w", field.Name, err)
		}
	}
	_, err := s.out.Write(append(line, "}}\n"...))
	return err
}

func appendImages(line []byte, b *pipeline.Browser, images []pipeline.SampleImage, list bool) []byte {
	if images == nil {
		return append(line, "null"...)
	}
	if list {
		line = append(line, '[')
	}
	for i, m := range images {
		if i > 0 {
			line = append(line, ',')
		}
		if !m.There() {
			line = append(line, "null"...)
			continue
		}
		format, width, height := reports.ReadHead(b.Image(m))
		line = fmt.Appendf(line, `{"path":`)
		if m.Name == "" {
			line = append(line, "null"...)
		} else {
			line = schema.AppendJSONString(line, m.Name)
		}
		line = fmt.Appendf(line, `,"bytes":%d,"format":%q,"width":%d,"height":%d}`, m.Size, format, width, height)
	}
	if list {
		line = append(line, ']')
	}
	return line
}

// writeText writes a record for people: pictures, then a line a field.
func (s *shower) writeText(split string, number int64, b *pipeline.Browser, sample *pipeline.Sample) error {
	head := fmt.Sprintf("%s %s", split, humanCount(number))
	if sample.Key != "" {
		head += "  " + printable(sample.Key)
	}
	fmt.Fprintln(s.out, s.screen.strong(head)) // an error stays in out
	if err := s.pictures(b, sample); err != nil {
		return err
	}
	names, width := s.names()
	var cell bytes.Buffer
	text := bufio.NewWriter(&cell)
	cells := newCellWriter(text, max(s.screen.width-width-len(`  `+`  `+`…"`), 20))
	for f, name := range names {
		cell.Reset()
		value := ""
		if s.output.Schema.Field(f).Type.Images() {
			value = s.aboutImages(b, sample.Images[f])
		} else {
			if err := cells.write(sample.Values[f].Array, sample.Values[f].Row); err != nil {
				return fmt.Errorf("field %s: %w", s.output.Schema.Field(f).Name, err)
			}
			if err := text.Flush(); err != nil {
				return err
			}
			value = visible(cell.String())
		}
		fmt.Fprintf(s.out, "  %s%s  %s\n", s.screen.soft(name), strings.Repeat(" ", width-utf8.RuneCountInString(name)), value)
	}
	if n := s.output.Schema.Len() - len(names); n > 0 {
		fmt.Fprintf(s.out, "  and %s more\n", plural(int64(n), "field"))
	}
	_, err := fmt.Fprintln(s.out)
	return err
}

func (s *shower) names() ([]string, int) {
	var names []string
	width := 0
	for f := range min(s.output.Schema.Len(), mostOfRecord) {
		name := shorten(printable(shorten(s.output.Schema.Field(f).Name, longestName)), longestName)
		names = append(names, name)
		width = max(width, utf8.RuneCountInString(name))
	}
	return names, width
}

// aboutImages says in a line what images are.
func (s *shower) aboutImages(b *pipeline.Browser, images []pipeline.SampleImage) string {
	if images == nil {
		return "null"
	}
	var all []string
	for i, m := range images {
		if i == 4 {
			all = append(all, fmt.Sprintf("and %d more", len(images)-i))
			break
		}
		if !m.There() {
			all = append(all, "null")
			continue
		}
		format, width, height := reports.ReadHead(b.Image(m))
		text := humanBytes(m.Size)
		if width > 0 {
			text = fmt.Sprintf("%d × %d, %s", width, height, text)
		}
		if format != "" {
			text = format + " " + text
		}
		if m.Name != "" {
			text += ", " + visible(shorten(m.Name, 60))
		}
		all = append(all, text)
	}
	return strings.Join(all, "; ")
}

// pictures shows the record's images side by side, those of all fields.
func (s *shower) pictures(b *pipeline.Browser, sample *pipeline.Sample) error {
	if s.screen.images == picturesNone {
		return nil
	}
	var thumbnails []reports.Thumbnail
	for _, f := range s.output.Schema.Images() {
		for _, m := range sample.Images[f] {
			if !m.There() || m.Size > reports.MostBytes || len(thumbnails) == s.screen.most() {
				continue
			}
			data, err := goio.ReadAll(b.Image(m))
			if err != nil {
				return err
			}
			if t := reports.NewThumbnail(data, s.screen.side()); t.Image != nil {
				thumbnails = append(thumbnails, t)
			}
		}
	}
	return s.screen.draw(s.out, thumbnails)
}
