package draft

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/pickshard/pickshard/configs"
	"github.com/pickshard/pickshard/pipeline"
	"github.com/pickshard/pickshard/stages"
	"github.com/pickshard/pickshard/stages/join"
)

// Options change what is drafted. The zero value changes nothing.
type Options struct {
	// Set gives fields by hand, as a config spells them: "win" to
	// "{type: image, file: 'a/{win}'}". An empty text leaves the field out.
	Set map[string]string
}

// Draft is a config for a dataset, and how it came about.
type Draft struct {
	// Config is the YAML.
	Config []byte
	// Summary tells people what was found, in a few lines.
	Summary []string
	// Images is how many fields are images; without any, nothing was joined, and
	// NoImages says so.
	Images   int
	NoImages string
	// Undecided says that a person must look: records break a rule, or a line is only
	// proposed.
	Undecided bool
}

// NoTableError says that nothing in INPUT is a table.
type NoTableError struct {
	Files int
	Notes []string // why not
}

func (e *NoTableError) Error() string {
	text := fmt.Sprintf("no table of records among %s files", grouped(int64(e.Files)))
	if len(e.Notes) > 0 {
		text += ": " + shortened(strings.Join(e.Notes[:min(len(e.Notes), 3)], "; "), 400)
	}
	return text
}

// mostNotes bounds what is told of files that were passed over.
const mostNotes = 10

// shortened is text of at most so many bytes.
func shortened(text string, most int) string {
	if len(text) <= most {
		return text
	}
	return strings.ToValidUTF8(text[:most], "") + "..."
}

// drafting is a draft under way.
type drafting struct {
	root    string
	input   *stages.Input
	options Options
	listing *listing
	tables  []*table
	groups  []*group
	sheet   sheet
	draft   Draft
}

// Make looks at the dataset in a folder and drafts a config for it.
func Make(ctx context.Context, root string, o Options) (_ *Draft, err error) {
	input, err := stages.OpenInput(root)
	if err != nil {
		return nil, &configs.InputError{Err: pipeline.WithHint(err, "INPUT is the folder that holds the dataset")}
	}
	defer func() { err = errors.Join(err, input.Close()) }()
	d := &drafting{root: root, input: input, options: o}
	if d.listing, err = walk(ctx, root, input); err != nil {
		return nil, err
	}
	d.sheet.notes = append(d.sheet.notes, d.listing.notes[:min(len(d.listing.notes), mostNotes)]...)
	r := &reader{input: input}
	tables, sidecars, notes, err := r.readTables(ctx, d.listing)
	if err != nil {
		return nil, err
	}
	d.tables = tables
	d.sheet.notes = append(d.sheet.notes, notes...)
	for _, kind := range sortedKeys(sidecars) {
		d.sheet.notes = append(d.sheet.notes, fmt.Sprintf("%s: %s files, one beside each image", kind, grouped(int64(sidecars[kind]))))
	}
	if len(tables) == 0 && len(d.listing.pictured) == 0 {
		return nil, &NoTableError{Files: len(d.listing.entries), Notes: notes}
	}
	d.groups = d.listing.mergeSplits(groupTables(tables))
	if err := d.write(ctx); err != nil {
		return nil, err
	}
	return &d.draft, d.prove(ctx)
}

// finding is what a group of tables was found to be.
type finding struct {
	group  *group
	fields []*fieldLine
	images []*named // those that stand in the config
	left   []string
	joined int64
	asks   int
}

// write fills the sheet.
func (d *drafting) write(ctx context.Context) error {
	var all []*finding
	for _, g := range d.groups {
		f, err := d.look(ctx, g)
		if err != nil {
			return err
		}
		all = append(all, f)
	}
	main, tables := mainOf(all), (*finding)(nil) // that were passed over
	if main == nil || main.joined == 0 && main.group.rows()*2 < d.listing.images() {
		listed, err := d.fromFiles(ctx)
		if err != nil {
			return err
		}
		if listed != nil {
			tables, main = main, listed
		}
	}
	if main == nil {
		return &NoTableError{Files: len(d.listing.entries), Notes: d.sheet.notes}
	}
	s := &d.sheet
	s.name = datasetName(d.root)
	d.joinSides(main, all)
	if tables != nil && len(s.joins) == 0 && tables.group.rows()*4 > main.group.rows() {
		d.draft.Undecided = true
		s.head = append(s.head, fmt.Sprintf("No column of %s names an image or holds one: the records are the files themselves. Is this what is meant?", tables.group.splits[0].table.name()))
	}
	s.fields = main.fields
	d.tellUnused(main)
	d.setPaths(main)
	d.setFormats(main)
	d.setSplits(main)
	s.notes = append(main.left, s.notes...)
	for _, t := range main.group.odd {
		s.notes = append(s.notes, fmt.Sprintf("%s has the same columns (%s records) and no name of its own as a split", t.name(), grouped(t.rows)))
	}
	d.licences(ctx)
	d.settle()
	return nil
}

// mainOf is the group that the config is about: that with images, then that with most.
func mainOf(all []*finding) *finding {
	var best *finding
	for _, f := range all {
		if len(f.fields) == 0 {
			continue
		}
		if best == nil {
			best = f
		}
		a, b := f.joined > 0, best.joined > 0
		size := func(f *finding) int64 { return f.group.rows() * int64(1+len(f.group.columns())) }
		if a && !b || a == b && (f.joined > best.joined || f.joined == best.joined && size(f) > size(best)) {
			best = f
		}
	}
	return best
}

// look finds out what the columns of a group are.
func (d *drafting) look(ctx context.Context, g *group) (*finding, error) {
	f := &finding{group: g}
	byColumn := make(map[string]*claims)
	for _, c := range g.columns() {
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		if canName(c) {
			chosen, doubtful := d.listing.choose(g, c, d.listing.namedBy(g, c.name))
			byColumn[c.name] = &claims{column: c, chosen: chosen, doubtful: doubtful, tried: slices.Clone(chosen)}
		}
	}
	decide(d.listing, g, byColumn)
	for _, own := range byColumn {
		d.twins(ctx, own)
	}
	for _, c := range g.columns() {
		line := (*fieldLine)(nil)
		if c.heavy {
			line = embedded(ctx, g.tableWith(c.name), c)
		}
		done := false
		switch {
		case line != nil:
			f.fields = append(f.fields, line)
			f.joined += g.rows()
			done = true
		case byColumn[c.name] != nil:
			done = d.columnFiles(ctx, f, g, byColumn[c.name])
		}
		if !c.member && !done && !(g.splits[0].table.listing && c.name == join.PathColumn) {
			f.value(g, c)
		}
	}
	for _, s := range g.splits {
		for _, c := range s.table.columns {
			if !c.member && slices.ContainsFunc(g.splits, func(o *split) bool {
				return o.table.find(c.name) == nil && !slices.Contains(o.table.without, c.name)
			}) {
				f.left = append(f.left, fmt.Sprintf("column %s of %s: not all splits have it", c.name, s.table.name()))
			}
		}
	}
	f.left = unique(f.left)
	return f, nil
}

// columnFiles adds the fields of files that a column names; done says that they stand
// for the column.
func (d *drafting) columnFiles(ctx context.Context, f *finding, g *group, own *claims) (done bool) {
	images := 0
	for _, n := range own.chosen {
		if n.kind == kindImage {
			images++
		}
	}
	for _, n := range own.chosen {
		line := d.namedLine(ctx, f, g, own.column, n, n.kind == kindImage && images > 1)
		f.fields = append(f.fields, line)
		n.line = line
		if n.kind == kindImage {
			f.images = append(f.images, n)
			f.joined += n.rate.joined
		}
		done = done || line.name == own.column.name || n.whole && images == 1 && line.name == fieldName(own.column.name)
	}
	for _, n := range own.doubtful[:min(len(own.doubtful), 2)] {
		line := d.namedLine(ctx, f, g, own.column, n, false)
		line.off, line.ask = true, true
		switch {
		case n.twin != nil:
			line.why = n.twinWhy() + line.why
		case n.foreign:
			line.why = "the files of another split have these names; is this what is meant? " + line.why
		case n.rate.share() >= likely:
			line.why = "short values and numbers join by chance; is this what is meant? " + line.why
		default:
			line.why = "too few names join to be sure; is this what is meant? " + line.why
		}
		f.fields = append(f.fields, line)
		f.asks++
	}
	return done
}

// namedLine is the field of files that a column names.
func (d *drafting) namedLine(ctx context.Context, f *finding, g *group, c *column, n *named, several bool) *fieldLine {
	line := &fieldLine{typ: "image", image: n.kind == kindImage, column: c.name, why: n.rate.told(), ask: n.rate.joined < n.rate.values}
	key := "file"
	switch {
	case n.kind == kindText:
		key, line.typ = d.textForm(ctx, n)
	case n.rate.lists:
		line.typ = "list[image]"
	}
	if len(g.splits) == 1 { // one word, wherever it stands
		n.file = strings.ReplaceAll(n.file, hole, n.words[0])
	}
	line.keys = append(line.keys, keyValue{key, template(strings.ReplaceAll(n.file, hole, "{folder}"))})
	if n.rate.nulls > 0 {
		line.keys = append(line.keys, keyValue{"nullable", "true"})
	}
	base := c.name
	switch {
	case several:
		base = folderWord(n.file, c.name)
	case c.member:
		base = c.name[strings.IndexByte(c.name, '.')+1:]
	case n.kind == kindText && !n.whole:
		base = folderWord(n.file, "text")
	case !n.whole, g.splits[0].table.listing:
		base = "image"
	}
	if fieldName(base) != strings.ReplaceAll(base, "-", "_") {
		base = fieldName(base)
	}
	line.name = f.free(g, base, base == c.name)
	return line
}

// folderWord is what the folder of a template is called, or a name in its place.
func folderWord(file, instead string) string {
	parts := strings.Split(strings.ReplaceAll(file, hole, ""), "/")
	for i := len(parts) - 2; i >= 0; i-- {
		if name := fieldName(parts[i]); name != "" {
			return name
		}
	}
	return instead
}

var notInNames = regexp.MustCompile(`[^A-Za-z0-9_]+`)

// fieldName makes text a field's name, empty where nothing is left of it.
func fieldName(text string) string {
	return strings.Trim(notInNames.ReplaceAllString(text, "_"), "_")
}

// free is a name that no other field has; own is that of the column itself.
func (f *finding) free(g *group, name string, own bool) string {
	taken := func(n string) bool {
		return slices.ContainsFunc(f.fields, func(o *fieldLine) bool { return strings.EqualFold(o.name, n) }) ||
			!own && slices.ContainsFunc(g.columns(), func(c *column) bool { return strings.EqualFold(c.name, n) })
	}
	for i, n := 2, name; ; i++ {
		if !taken(n) {
			return n
		}
		n, own = fmt.Sprintf("%s_%d", name, i), false
	}
}

// datasetName makes a folder's name that of a dataset.
func datasetName(root string) string {
	name := filepath.Base(root)
	if abs, err := filepath.Abs(root); err == nil {
		name = filepath.Base(abs)
	}
	name = regexp.MustCompile(`[^A-Za-z0-9._-]+`).ReplaceAllString(name, "-")
	if name = strings.TrimLeft(name, ".-_"); name == "" {
		return "dataset"
	}
	return name
}

// setPaths chooses what values begin with that is left off: one for the whole config.
func (d *drafting) setPaths(main *finding) {
	type written struct {
		strip   string
		windows bool
	}
	counts := make(map[written]int64)
	for _, n := range main.images {
		if n.strip != "" || n.windows {
			counts[written{n.strip, n.windows}] += n.rate.joined
		}
	}
	var best written
	for w, n := range counts {
		if b := counts[best]; n > b || n == b && w.strip < best.strip {
			best = w
		}
	}
	d.sheet.strip, d.sheet.windows = best.strip, best.windows
	for _, n := range main.images {
		if n.strip == "" || n.strip == best.strip || n.line == nil {
			continue
		}
		if n.instead != nil {
			n.line.keys[0].value = template(strings.ReplaceAll(n.instead.file, hole, "{folder}"))
			continue
		}
		n.line.off, n.line.ask = true, true
		n.line.why = fmt.Sprintf("its values begin with %s, others with %s, and a config takes one off; ", n.strip, best.strip) + n.line.why
	}
}

// setSplits writes the splits, and what {folder} is in each.
func (d *drafting) setSplits(main *finding) {
	for i, s := range main.group.splits {
		line := &splitLine{name: s.name, table: s.table}
		for _, n := range main.images {
			word := n.words[i]
			if !strings.Contains(n.file, hole) || word == "" {
				continue
			}
			if line.folder == "" {
				line.folder = word
			}
			if line.folder != word {
				n.line.off, n.line.ask = true, true
				n.line.why = fmt.Sprintf("{folder} is %s in split %s for other images, here it is %s; ", line.folder, s.name, word) + n.line.why
			}
		}
		d.sheet.splits = append(d.sheet.splits, line)
	}
	g := main.group
	if len(g.splits) != 1 {
		return
	}
	t := g.splits[0].table
	for _, c := range g.columns() {
		if names := splitsIn(t, c); names != nil {
			d.sheet.parted = &partedLine{table: t, by: c.name, why: fmt.Sprintf("column %s says which split a record belongs to: %s", c.name, strings.Join(names, ", "))}
			return
		}
	}
}

// splitsIn are the names of splits in a column, nil where it is none of splits.
func splitsIn(t *table, c *column) []string {
	if c.heavy || c.member || c.data == nil || c.nulls > 0 || isNumeric(c) {
		return nil
	}
	var names []string
	known := 0
	ok := true
	t.every(c.name, func(v string) bool {
		if !slices.Contains(names, v) {
			names = append(names, v)
			if splitWords[strings.ToLower(v)] != "" {
				known++
			}
		}
		ok = len(names) <= 8
		return ok
	})
	valid := regexp.MustCompile(configs.SplitPattern)
	if !ok || known < 2 || known*2 < len(names) || slices.ContainsFunc(names, func(n string) bool { return !valid.MatchString(n) || n == "all" }) {
		return nil
	}
	return names
}
