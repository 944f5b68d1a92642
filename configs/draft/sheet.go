package draft

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/pickshard/pickshard/stages/validate"
)

// sheet is a config that is being written.
type sheet struct {
	name    string
	formats []string // of images, beside those that are always taken
	licence string   // that the dataset's own card names
	head    []string // what was looked at
	strip   string
	windows bool
	splits  []*splitLine
	parted  *partedLine // in place of splits
	fields  []*fieldLine
	joins   []*joinLine
	drops   int64    // records that break a rule, as far as a plan tells
	policy  string   // output.on_error, empty for none
	notes   []string // what was not understood or not used
}

// splitLine is a split in the config.
type splitLine struct {
	name   string
	table  *table
	folder string
	vars   map[string]string
	why    string
}

// partedLine is one table that a column parts.
type partedLine struct {
	table *table
	by    string
	why   string
}

// fieldLine is a field in the config.
type fieldLine struct {
	name string
	typ  string
	// keys are what stands behind the type, in order.
	keys    []keyValue
	why     string
	formats []string // of images in it, as far as it was looked at
	raw     string   // set by hand, in place of all
	off     bool     // a comment, for a person to decide
	ask     bool     // there is a warning in why
	// column is what it is made of, image what kind it is of.
	column string
	image  bool
}

type keyValue struct{ key, value string }

// joinLine is a side table in the config.
type joinLine struct {
	table   *table
	files   []string
	left    string
	right   string
	columns []string
	missing bool
	why     string
}

// plain is text that YAML takes for text as it stands, also within brackets.
var plain = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_./-]*$`)

// scalar spells text in YAML.
func scalar(s string) string {
	switch strings.ToLower(s) {
	case "true", "false", "yes", "no", "on", "off", "y", "n", "null", "nan", "inf":
		return "'" + s + "'"
	}
	if plain.MatchString(s) {
		return s
	}
	for _, r := range s {
		if r < ' ' || r == 0x7f || r == 0xfeff || r >= 0x80 && !strconv.IsPrint(r) {
			return strconv.QuoteToGraphic(s)
		}
	}
	return "'" + strings.ReplaceAll(s, "'", "''") + "'"
}

// template spells a template, in the quotes that templates have.
func template(s string) string {
	if strings.ContainsAny(s, "\"\\") || scalar(s) != "'"+s+"'" && scalar(s) != s {
		return scalar(s)
	}
	return `"` + s + `"`
}

func list(items []string) string {
	out := make([]string, len(items))
	for i, s := range items {
		out[i] = scalar(s)
	}
	return "[" + strings.Join(out, ", ") + "]"
}

// printer writes the lines.
type printer struct{ strings.Builder }

func (p *printer) line(format string, args ...any) {
	fmt.Fprintf(&p.Builder, format+"\n", args...)
}

// comment writes a comment, a line for about a hundred characters.
func (p *printer) comment(indent, text string) {
	const width = 100
	line := ""
	for word := range strings.FieldsSeq(clean(text)) {
		if line != "" && len(indent)+2+len(line)+1+len(word) > width {
			p.line("%s# %s", indent, line)
			line = ""
		}
		if line != "" {
			line += " "
		}
		line += word
	}
	if line != "" {
		p.line("%s# %s", indent, line)
	}
}

// clean is text without what would end a comment or drive a terminal.
func clean(text string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r >= 0x80 && !strconv.IsPrint(r) {
			return '?'
		}
		return r
	}, strings.ToValidUTF8(text, "?"))
}

// String is the config as YAML.
func (s *sheet) String() string {
	p := &printer{}
	for _, h := range s.head {
		p.comment("", h)
	}
	p.line("version: 1")
	p.line("name: %s", scalar(s.name))
	if s.licence != "" {
		p.line("card: {license: %s} # as README.md says", scalar(s.licence))
	}
	s.printPaths(p)
	s.printSplits(p)
	p.line("fields:")
	for _, f := range s.fields {
		f.print(p)
	}
	s.printJoins(p)
	if len(s.formats) > 0 {
		p.line("formats: %s # some images are %s", list(append(validate.DefaultFormats(), s.formats...)), strings.Join(s.formats, ", "))
	}
	if s.policy != "" {
		p.comment("", fmt.Sprintf("%s records break a rule (see above): they are left out, and written under quarantine/ with the reason.", grouped(s.drops)))
		p.line("output: {on_error: %s}", s.policy)
	} else if s.drops > 0 {
		p.comment("", fmt.Sprintf("%s records break a rule (see above), so that convert stops. Fix the input, or take the # off:", grouped(s.drops)))
		p.line("# output: {on_error: quarantine}")
	}
	if len(s.notes) > 0 {
		p.line("")
		p.line("# Not used, or not understood:")
		for _, n := range s.notes {
			p.comment("", "- "+n)
		}
	}
	return p.Builder.String()
}

func (s *sheet) printPaths(p *printer) {
	var keys []string
	if s.strip != "" {
		keys = append(keys, "strip: "+scalar(s.strip))
	}
	if s.windows {
		keys = append(keys, "separators: windows")
	}
	if len(keys) > 0 {
		p.line("paths: {%s} # names were written on another machine, or from another folder", strings.Join(keys, ", "))
	}
}

func (s *sheet) printSplits(p *printer) {
	if s.parted != nil {
		p.comment("", s.parted.why)
		p.line("split: {from: %s, by: %s}", strings.TrimPrefix(recordsOf(s.parted.table, s.parted.table.files), "records: "), scalar(s.parted.by))
		return
	}
	p.line("splits:")
	for _, l := range s.splits {
		if l.why != "" {
			p.comment("  ", l.why)
		}
		text := recordsOf(l.table, l.table.files)
		if l.folder != "" && l.folder != l.name {
			text += ", folder: " + scalar(l.folder)
		}
		if len(l.vars) > 0 {
			var vars []string
			for _, k := range sortedKeys(l.vars) {
				vars = append(vars, k+": "+scalar(l.vars[k]))
			}
			text += ", vars: {" + strings.Join(vars, ", ") + "}"
		}
		var renamed []string
		for _, k := range sortedKeys(l.table.renamed) {
			renamed = append(renamed, scalar(k)+": "+scalar(l.table.renamed[k]))
		}
		if len(renamed) > 0 {
			text += ", rename: {" + strings.Join(renamed, ", ") + "}"
		}
		if len(l.table.without) > 0 {
			text += ", without: " + list(l.table.without)
		}
		p.line("  %s: {%s} # %s records", l.name, text, grouped(l.table.rows))
	}
}

// recordsOf spells where a table is.
func recordsOf(t *table, files []string) string {
	text := ""
	switch {
	case t.listing:
		text = "records: {listing: " + template(t.files[0]) + "}"
	case t.abreast:
		var columns []string
		for i, c := range t.columns {
			columns = append(columns, scalar(c.name)+": "+scalar(escapedPattern(t.files[i])))
		}
		text = "records: {columns: {" + strings.Join(columns, ", ") + "}}"
	case len(files) == 1:
		text = "records: " + scalar(escapedPattern(files[0]))
	default:
		text = "records: " + pattern(files)
	}
	if t.selected != "" {
		text += ", select: " + scalar(t.selected)
	}
	if t.orient != "" {
		text += ", orient: " + string(t.orient)
	}
	if len(t.header) > 0 {
		text += ", header: " + list(t.header)
	}
	if t.dedupe {
		text += ", dedupe_columns: true"
	}
	if t.surrogates {
		text += ", surrogates: replace"
	}
	return text
}

// escapedPattern is a name as a pattern that matches it alone.
func escapedPattern(name string) string {
	return strings.NewReplacer(`\`, `\\`, "*", `\*`, "?", `\?`, "[", `\[`).Replace(name)
}

// pattern spells the names of parts: all of them where they are few.
func pattern(files []string) string {
	if len(files) <= 8 {
		out := make([]string, len(files))
		for i, f := range files {
			out[i] = escapedPattern(f)
		}
		return list(out)
	}
	from, to := lastNumber(files[0])
	return scalar(escapedPattern(files[0][:from]) + "*" + escapedPattern(files[0][to:]))
}

func (f *fieldLine) print(p *printer) {
	off := ""
	if f.off {
		off = "# "
	}
	typ := f.typ
	if strings.ContainsAny(typ, "[]{},:") {
		typ = template(typ)
	}
	text := "type: " + typ
	for _, k := range f.keys {
		text += ", " + k.key + ": " + k.value
	}
	if text = "{" + text + "}"; f.raw != "" {
		text = f.raw
	}
	line := fmt.Sprintf("  %s%s: %s", off, scalar(f.name), text)
	if f.why != "" && len(line)+len(f.why) < 100 && !f.ask {
		p.line("%s # %s", line, clean(f.why))
		return
	}
	if f.why != "" {
		p.comment("  ", f.why)
	}
	p.line("%s", line)
}

func (s *sheet) printJoins(p *printer) {
	if len(s.joins) == 0 {
		return
	}
	p.line("join:")
	for _, j := range s.joins {
		p.comment("  ", j.why)
		on := scalar(j.left)
		if j.left != j.right {
			on = "{" + scalar(j.left) + ": " + scalar(j.right) + "}"
		}
		text := recordsOf(j.table, j.files) + ", on: " + on + ", fields: " + list(j.columns)
		if j.missing {
			text += `, missing: "null"`
		}
		p.line("  - {%s}", text)
	}
}

// grouped spells a number with commas.
func grouped(n int64) string {
	s := strconv.FormatInt(n, 10)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// percent spells a share so that what is not whole does not look so.
func percent(part, whole int64) string {
	digits := 1
	for ; digits < 6; digits++ {
		text := strconv.FormatFloat(100*float64(part)/float64(whole), 'f', digits, 64)
		if !strings.HasPrefix(text, "100") {
			return text + " %"
		}
	}
	return "nearly all"
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
