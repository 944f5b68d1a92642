package report

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/pickshard/pickshard/pipeline"
)

// composer turns what was counted and chosen into what the template shows.
type composer struct {
	*profile
	broken map[rowOf][]string // what is wrong with records
	words  wording
	about  func(r *pipeline.RuleResult) (means, advice string)
	page   page
}

// compose gathers what a page tells of a source's records, and reads the images of those
// that are shown.
func compose(ctx context.Context, src source, p *plan, violations []pipeline.Violation, opt Options) (*composer, []*developed, error) {
	broken := offenders(p.splits, violations)
	p.want(broken)
	f, err := gather(ctx, src, p, opt.Workers)
	if err != nil {
		return nil, nil, fmt.Errorf("make report: %w", err)
	}
	records, err := develop(ctx, src, f.picks.choose(f.rows), opt.Workers)
	if err != nil {
		return nil, nil, fmt.Errorf("make report: %w", err)
	}
	return &composer{profile: f, broken: broken, about: opt.Explain}, records, nil
}

// galleryRows are the chosen records as the gallery shows them, in the same order.
func (c *composer) galleryRows(records []*developed) []recordRow {
	rows := make([]recordRow, len(records))
	for i, d := range records {
		rows[i] = c.row(d)
	}
	return rows
}

func (c *composer) row(d *developed) recordRow {
	split := c.splits[d.split]
	r := recordRow{
		ID: anchor(split, d.number), Name: split + " " + pipeline.Grouped(d.number), Key: shown(d.key, 120), Split: split, Class: splitClass(d.split),
		Tags: d.tags, Joined: join(d.tags), at: rowOf{d.split, d.row},
	}
	if d.row >= 0 {
		r.Broken = c.broken[r.at]
	}
	prompt := ""
	for _, f := range c.roles.texts {
		r.Texts = append(r.Texts, namedValue{Name: c.schema.Field(f).Name, Value: d.values[f]})
		if prompt == "" {
			prompt = d.values[f]
		}
	}
	if len(r.Texts) > mostTexts {
		r.Texts, r.More = r.Texts[:mostTexts], r.Texts[mostTexts:]
	}
	for _, role := range c.roles.images {
		r.Pictures = append(r.Pictures, c.pictureRows(d, role, prompt)...)
	}
	c.scores(d, &r)
	for _, f := range c.roles.others {
		r.More = append(r.More, namedValue{Name: c.schema.Field(f).Name, Value: d.values[f]})
	}
	r.More = r.More[:min(len(r.More), mostMore)]
	return r
}

// Values of a record that are shown at most, of each sort.
const (
	mostTexts   = 6
	mostNumbers = 24
	mostMore    = 40
)

// scores shows numbers: pairs side by side, others one by one.
func (c *composer) scores(d *developed, r *recordRow) {
	r.Sides = c.sides()
	for i, p := range c.roles.pairs[:min(len(c.roles.pairs), mostNumbers)] {
		row := scoreRow{Name: p.name, FieldA: c.schema.Field(p.a).Name, FieldB: c.schema.Field(p.b).Name, A: d.spellNumber(p.a), B: d.spellNumber(p.b), Delta: "–"}
		low, high := c.reach(i)
		if d.known[p.a] {
			row.BarA = barOf(d.numbers[p.a], low, high)
		}
		if d.known[p.b] {
			row.BarB = barOf(d.numbers[p.b], low, high)
		}
		if d.known[p.a] && d.known[p.b] {
			delta := d.numbers[p.b] - d.numbers[p.a]
			switch row.Delta = short(delta); {
			case delta > 0:
				row.Delta, row.DeltaSign = "+"+row.Delta, "up"
			case delta < 0:
				row.DeltaSign = "down"
			default:
				row.DeltaSign = "even"
			}
		}
		r.Scores = append(r.Scores, row)
	}
	for _, f := range c.roles.alone[:min(len(c.roles.alone), mostNumbers)] {
		v := namedValue{Name: c.schema.Field(f).Name, Value: d.values[f]}
		if d.known[f] {
			v.Value = short(d.numbers[f])
		}
		r.Numbers = append(r.Numbers, v)
	}
}

func (d *captured) spellNumber(f int) string {
	if !d.known[f] {
		return "null"
	}
	return short(d.numbers[f])
}

// reach is the range of a pair's numbers over all records, with zero where that is near.
func (c *composer) reach(pair int) (low, high float64) {
	low, high = math.Inf(1), math.Inf(-1)
	for i, m := range c.measures {
		if m.field != c.roles.pairs[pair].a && m.field != c.roles.pairs[pair].b || m.unit != unitValue {
			continue
		}
		for s := range c.splits {
			if h := &c.counts[i][s]; h.count > 0 {
				low, high = min(low, h.low), max(high, h.high)
			}
		}
	}
	if low > 0 && low < high/2 {
		low = 0
	}
	return low, high
}

// barOf reaches from the least number to x, or from zero where that is between them.
func barOf(x, low, high float64) *bar {
	if !(high > low) || math.IsNaN(x) || math.IsInf(x, 0) {
		return nil
	}
	place := func(v float64) float64 { return 100 * (v - low) / (high - low) }
	from, to := place(min(max(0, low), high)), place(x)
	if from > to {
		from, to = to, from
	}
	return &bar{coordinate(min(from, 99)), coordinate(max(to-from, 1))}
}

func (c *composer) sides() [2]string {
	switch {
	case c.roles.ranked():
		return [2]string{marks[lose] + " lose", marks[win] + " win"}
	case c.roles.paired():
		return [2]string{c.schema.Field(c.roles.images[0].field).Name, c.schema.Field(c.roles.images[1].field).Name}
	}
	return [2]string{"first", "second"}
}

var marks = map[side]string{lose: "▽", win: "▲"}

// pictureRows are the images of a field.
func (c *composer) pictureRows(d *developed, role roleImage, prompt string) []pictureRow {
	field := c.schema.Field(role.field)
	base := pictureRow{Field: field.Name}
	if role.side == lose || role.side == win {
		base.Side, base.Mark = role.side.String(), marks[role.side]
	}
	if d.images[role.field] == nil {
		base.Why, base.Alt, base.About = "null", field.Name+": null", "no image"
		return []pictureRow{base}
	}
	var rows []pictureRow
	for i := range d.pictures[role.field] {
		p, row := &d.pictures[role.field][i], base
		if field.Type.ImageList() {
			row.Field = fmt.Sprintf("%s[%d]", field.Name, i)
		}
		if p.none {
			row.Name, row.Why, row.About = shown(p.name, 120), cmp.Or(p.lost, "null"), "no image"
			row.Alt = row.Field + ": " + row.Why
			rows = append(rows, row)
			continue
		}
		row.Name, row.Why, row.About = shown(p.name, 120), p.Why, p.about()
		row.Alt = strings.TrimSpace(strings.Join([]string{row.Side, row.Field}, " "))
		if prompt != "" {
			row.Alt += ": " + firstLine(prompt)
		}
		if row.Why != "" {
			row.Alt += " (" + row.Why + ")"
		}
		if p.data != nil {
			row.Source, row.Width, row.Height = dataURL(p.data), p.Image.Rect.Dx(), p.Image.Rect.Dy()
		}
		rows = append(rows, row)
	}
	if left := len(d.images[role.field]) - len(rows); left > 0 {
		last := base
		last.Why = "and " + plural(int64(left), "more image")
		last.Alt = last.Why
		rows = append(rows, last)
	}
	return rows
}

func firstLine(s string) string {
	s, _, _ = strings.Cut(s, "\n")
	if r := []rune(s); len(r) > 80 {
		return string(r[:80]) + "…"
	}
	return s
}

// about is what a picture is of: its size, format and bytes.
func (p *developedPicture) about() string {
	var parts []string
	if p.Thumbnail.Width > 0 {
		parts = append(parts, fmt.Sprintf("%d × %d", p.Thumbnail.Width, p.Thumbnail.Height))
	}
	if p.Format != "" {
		parts = append(parts, strings.ToUpper(p.Format))
	}
	return strings.TrimPrefix(strings.Join(parts, " ")+", "+size(p.size), ", ")
}

// distributions fills in charts and tables of values.
func (c *composer) distributions() {
	for i := range c.measures {
		m := &c.measures[i]
		if m.unit == unitCharacters && c.isLabel(m.field) {
			continue
		}
		if ch, ok := c.chart(i); ok {
			c.page.Charts = append(c.page.Charts, ch)
		}
	}
	for i := range c.labels {
		if t, ok := c.labelTable(i); ok {
			c.page.Labels = append(c.page.Labels, t)
		}
	}
	if n := len(c.page.Charts) - mostCharts; n > 0 {
		c.page.Charts = c.page.Charts[:mostCharts]
		c.page.Wide = plural(int64(n), "more chart") + " are left out, as the table has so many columns. "
	}
	c.page.Labels = c.page.Labels[:min(len(c.page.Labels), mostCharts)]
	c.columns()
}

// mostCharts bounds the charts of a wide table; mostColumns its rows in the table of
// columns.
const (
	mostCharts  = 60
	mostColumns = 200
)

// isLabel says whether a field of text is shown by its values: they are few, and each
// comes several times.
func (c *composer) isLabel(field int) bool {
	at := slices.Index(c.labels, field)
	if at < 0 || c.values[at].many {
		return false
	}
	total := int64(0)
	for _, n := range c.rows {
		total += n
	}
	return int64(len(c.values[at].counts))*2 <= total
}

func (c *composer) columns() {
	for f := range c.schema.Len() {
		field := c.schema.Field(f)
		if field.Type.Images() {
			continue
		}
		if len(c.page.Columns) == mostColumns {
			c.page.Wide += fmt.Sprintf("%s of %s columns are listed.", pipeline.Grouped(mostColumns), pipeline.Grouped(int64(c.schema.Len())))
			break
		}
		nulls, rows := int64(0), int64(0)
		for s := range c.splits {
			nulls, rows = nulls+c.nulls[f][s], rows+c.rows[s]
		}
		row := columnRow{Name: field.Name, Type: shown(field.Type.String(), 80), Nulls: percent(nulls, rows), Doc: shown(field.Doc, 200), Summary: c.summary(f)}
		if nulls == 0 {
			row.Nulls = "0"
		}
		c.page.Columns = append(c.page.Columns, row)
	}
}

// summary says in a few words what a column holds.
func (c *composer) summary(f int) string {
	if at := slices.Index(c.labels, f); at >= 0 && !c.values[at].many && (c.isLabel(f) || kindOf(c.schema.Field(f).Type) == kindLabel) {
		return plural(int64(len(c.values[at].counts)), "value")
	}
	for i := range c.measures {
		m := &c.measures[i]
		if m.field != f || m.unit != unitValue && m.unit != unitCharacters && m.unit != unitElements {
			continue
		}
		low, high, n := math.Inf(1), math.Inf(-1), int64(0)
		for s := range c.splits {
			if h := &c.counts[i][s]; h.count > 0 {
				low, high, n = min(low, h.low), max(high, h.high), n+h.count
			}
		}
		switch {
		case n == 0:
			return ""
		case low == high && m.unit == unitValue:
			return "always " + m.spell(low)
		case low == high:
			return "always " + m.spell(low) + " " + m.unit.String()
		}
		return strings.TrimSpace(m.spell(low) + " to " + m.spell(high) + " " + m.unit.String())
	}
	return ""
}

// imageRows describes image fields. stats are sorted by field and format.
func (c *composer) imageRows(stats []pipeline.ImageStat) {
	for _, role := range c.roles.images {
		field := c.schema.Field(role.field)
		row := imageRow{Field: field.Name, Nulls: pipeline.Grouped(sum(c.nulls[role.field]))}
		if role.side == lose || role.side == win {
			row.Role = marks[role.side] + " " + role.side.String()
		}
		count, bytes := int64(0), int64(0)
		var formats []string
		for _, s := range stats {
			if s.Field == field.Name {
				count, bytes = count+s.Count, bytes+s.Bytes
				formats = append(formats, strings.ToUpper(s.Format)+" "+pipeline.Grouped(s.Count))
			}
		}
		row.Count, row.Bytes, row.Formats = pipeline.Grouped(count), size(bytes), strings.Join(formats, ", ")
		row.Sizes = c.commonSizes(role.field)
		if h := c.merged(role.field, unitBytes); h.count > 0 {
			row.Median = size(int64(h.quantile(0.5)))
		}
		c.page.Images = append(c.page.Images, row)
	}
}

// merged is a measure of a field over all splits.
func (c *composer) merged(field int, u unit) *histogram {
	var all histogram
	for i, m := range c.measures {
		if m.field == field && m.unit == u {
			for s := range c.splits {
				all.merge(&c.counts[i][s])
			}
		}
	}
	return &all
}

func sum(all []int64) int64 {
	n := int64(0)
	for _, v := range all {
		n += v
	}
	return n
}

// commonSizes lists the most frequent widths and heights of a field.
func (c *composer) commonSizes(field int) string {
	type entry struct {
		d dimensions
		n int64
	}
	var all []entry
	total := int64(0)
	for d, n := range c.sizes {
		if d.field == field {
			total += n
			all = append(all, entry{d, n})
		}
	}
	slices.SortFunc(all, func(a, b entry) int {
		return cmp.Or(cmp.Compare(b.n, a.n), cmp.Compare(a.d.width, b.d.width), cmp.Compare(a.d.height, b.d.height))
	})
	var texts []string
	for i, e := range all {
		if i == 4 {
			texts = append(texts, plural(int64(len(all)-i), "more size"))
			break
		}
		text := fmt.Sprintf("%d × %d", e.d.width, e.d.height)
		if e.d.width == 0 {
			text = "others"
		}
		if len(all) > 1 {
			text += " (" + percent(e.n, total) + ")"
		}
		texts = append(texts, text)
	}
	return strings.Join(texts, ", ")
}

// repeats fills in what comes more than once.
func (c *composer) repeats() {
	exact := c.images.exact()
	add := func(what string, s *sketch) {
		row := repeatRow{What: what}
		shared := []string{}
		for a := range c.splits {
			_, repeated, again := s.repeats(a)
			text := "0"
			if repeated > 0 {
				text = approx(s, repeated) + " (" + plural(again, "time") + ")"
			}
			row.Counts = append(row.Counts, text)
			for b := a + 1; b < len(c.splits); b++ {
				if n := s.both(a, b); n > 0 {
					shared = append(shared, c.splits[a]+" and "+c.splits[b]+" "+approx(s, n))
				}
			}
		}
		row.Shared = "none"
		if len(shared) > 0 {
			row.Shared, row.Class = strings.Join(shared, "; "), "violated"
		}
		if len(c.splits) < 2 {
			row.Shared = "–"
		}
		exact = exact && s.exact()
		c.page.Repeats = append(c.page.Repeats, row)
	}
	if len(c.schema.Images()) > 0 {
		add("images that come more than once", c.images)
	}
	for i, f := range c.sketched {
		if !c.isLabel(f) {
			add("values of "+c.schema.Field(f).Name+" that come more than once", c.texts[i])
		}
	}
	if c.roles.paired() {
		same := repeatRow{What: "pairs of one and the same image", Shared: "–"}
		for _, n := range c.same {
			same.Counts = append(same.Counts, pipeline.Grouped(n))
		}
		against := repeatRow{What: "pairs that stand both ways round for one prompt", Shared: pipeline.Grouped(c.pairs.both(0, 1)), Counts: make([]string, len(c.splits))}
		for i := range against.Counts {
			against.Counts[i] = "–"
		}
		if sum(c.same) > 0 {
			same.Class = "violated"
		}
		if c.pairs.both(0, 1) > 0 {
			against.Class = "violated"
		}
		c.page.Repeats = append(c.page.Repeats, same, against)
	}
	c.page.Repeated = "An image is told by its file name and size, or where it has no name by its size and bytes in its middle; texts without regard to case and blanks. That an image or a prompt comes several times is usual in preference data; one that is in train and test is a leak."
	if !exact {
		c.page.Repeated += " Numbers with ≈ are estimates from a part of the values, chosen by a hash."
	}
}

func approx(s *sketch, n int64) string {
	if s.exact() {
		return pipeline.Grouped(n)
	}
	return "≈ " + pipeline.Grouped(n)
}

// order puts rows in the order of their records.
func (c *composer) order(rows []recordRow, records []*developed) []recordRow {
	at := make(map[string][2]int64, len(records))
	for _, d := range records {
		at[anchor(c.splits[d.split], d.number)] = [2]int64{int64(d.split), d.number}
	}
	slices.SortFunc(rows, func(a, b recordRow) int {
		x, y := at[a.ID], at[b.ID]
		return cmp.Or(cmp.Compare(x[0], y[0]), cmp.Compare(x[1], y[1]))
	})
	return rows
}

func sortTags(tags []tagRow) {
	slices.SortFunc(tags, func(a, b tagRow) int { return strings.Compare(tagOrder(a.Name), tagOrder(b.Name)) })
}

// tagOrder puts the ends of a measure next to each other.
func tagOrder(tag string) string {
	end, measure, _ := strings.Cut(tag, " ")
	return measure + " " + end
}
