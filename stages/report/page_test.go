package report

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"html"
	"math/rand/v2"
	"regexp"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/google/go-cmp/cmp"

	"github.com/pickshard/pickshard/pipeline"
	"github.com/pickshard/pickshard/schema"
)

// ground is a source of records in memory, cut into parts.
type ground struct {
	schema *schema.Schema
	cuts   []groundPart
	image  func(p picture) []byte
}

type groundPart struct {
	split int
	first int64
	rows  []groundRow
}

type groundRow struct {
	prompt   string
	e1, e2   float64
	lose     string
	win      string
	category string
}

func (g *ground) parts() int { return len(g.cuts) }

func (g *ground) walk(_ context.Context, part int, each func(*record, headFunc)) error {
	c := g.cuts[part]
	for i, row := range c.rows {
		r := &record{split: c.split, number: c.first + int64(i), row: -1, values: make([]pipeline.Cell, g.schema.Len()), images: make([][]picture, g.schema.Len())}
		for f, v := range []any{row.prompt, row.e1, row.e2, row.category} {
			b := array.NewBuilder(memory.DefaultAllocator, g.schema.Field(f).Type.Arrow())
			switch v := v.(type) {
			case string:
				b.(*array.StringBuilder).Append(v)
			case float64:
				b.(*array.Float64Builder).Append(v)
			}
			r.values[f] = pipeline.Cell{Array: b.NewArray()}
		}
		for f, name := range map[int]string{4: row.lose, 5: row.win} {
			r.images[f] = []picture{{name: name, size: int64(1000 + len(name)), part: part, field: f, at: int64(i)}}
		}
		each(r, func(picture) (int, int) { return 512, 384 })
	}
	return nil
}

func (g *ground) read(_ context.Context, p picture) ([]byte, error) { return g.image(p), nil }

func groundSchema(t testing.TB) *schema.Schema {
	t.Helper()
	text, number, image := schema.Type{Kind: schema.String}, schema.Type{Kind: schema.Float64}, schema.Type{Kind: schema.Image}
	s, err := schema.New([]schema.Field{
		{Name: "prompt", Type: text}, {Name: "E1", Type: number}, {Name: "E2", Type: number}, {Name: "category", Type: text},
		{Name: "image_lose", Type: image}, {Name: "image_win", Type: image},
	})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// cut lays rows into parts of so many records.
func (g *ground) cut(split int, rows []groundRow, size int) {
	for at := 0; at < len(rows); at += size {
		g.cuts = append(g.cuts, groundPart{split, int64(at), rows[at:min(at+size, len(rows))]})
	}
}

func groundRows(seed uint64, n int) []groundRow {
	r := rand.New(rand.NewPCG(seed, 0))
	rows := make([]groundRow, n)
	for i := range rows {
		rows[i] = groundRow{fmt.Sprintf("prompt %d", r.IntN(n)), r.NormFloat64(), r.NormFloat64(), fmt.Sprintf("%d_%d_0.jpg", seed, i), fmt.Sprintf("%d_%d_1.jpg", seed, i), []string{"art", "people"}[i%2]}
	}
	return rows
}

func pageOf(t testing.TB, g *ground, splits []string, records, workers int) string {
	t.Helper()
	p := newPlan(g.schema, splits, 1000, records)
	f, err := gather(t.Context(), g, p, workers)
	if err != nil {
		t.Fatal(err)
	}
	shownRecords, err := develop(t.Context(), g, f.picks.choose(f.rows), workers)
	if err != nil {
		t.Fatal(err)
	}
	c := &composer{profile: f}
	c.page.Title, c.page.Gallery.Splits = "<b>title</b>", splits
	c.distributions()
	c.repeats()
	data, _, err := c.page.write(c.galleryRows(shownRecords), func(rows []recordRow) []recordRow { return c.order(rows, shownRecords) })
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// The same records give the same page, however they are cut and whoever looks at them.
func TestSamePage(t *testing.T) {
	t.Parallel()
	thumb := encoded(t, "jpeg", gradient(200, 100))
	var pages []string
	for _, c := range []struct{ size, workers int }{{1000, 1}, {37, 4}, {1, 3}} {
		g := &ground{schema: groundSchema(t), image: func(picture) []byte { return thumb }}
		g.cut(0, groundRows(1, 300), c.size)
		g.cut(1, groundRows(2, 40), c.size)
		pages = append(pages, pageOf(t, g, []string{"train", "test"}, 40, c.workers))
	}
	for _, p := range pages[1:] {
		if p != pages[0] {
			t.Error(cmp.Diff(pages[0], p))
		}
	}
	if n := strings.Count(pages[0], "<article class=\"record\""); n != 40 {
		t.Errorf("%d records are shown, want 40", n)
	}
}

// hostile are texts that must stay texts.
var hostile = []string{
	`</script><script>alert(1)</script>`, `"><img src=x onerror=alert(1)>`, `</style><style>*{display:none}`, "\x00\x1b[31m nul", "\u202e reversed \u2066", `javascript:alert(1)`,
	`<!-- --><svg onload=alert(1)>`, `' onmouseover='alert(1)`, "{{.Title}}", "http://example.com/x.png", "\xff\xfe", strings.Repeat("long ", 1<<18), "]]>", "&lt;b&gt;", "`${alert(1)}`",
}

func hostileGround(t *testing.T) *ground {
	g := &ground{schema: groundSchema(t)}
	var rows []groundRow
	for i, h := range hostile {
		rows = append(rows, groundRow{strings.ToValidUTF8(h, "\uFFFD"), float64(i), 0, h, h, h})
	}
	thumb := encoded(t, "png", gradient(40, 40))
	g.image = func(p picture) []byte {
		if p.at%2 == 0 {
			return thumb
		}
		return []byte(hostile[p.at])
	}
	g.cut(0, rows, 100)
	return g
}

var (
	tagOf     = regexp.MustCompile(`<([a-zA-Z!/][^\s>]*)((?:\s+[^\s"'>=]+(?:="[^"]*")?)*)\s*/?>`)
	attribute = regexp.MustCompile(`([^\s"'>=]+)="([^"]*)"`)
	controls  = regexp.MustCompile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u202a-\u202e\u2066-\u2069\u200e\u200f]")
)

// Texts of a dataset stay texts: no tag, no attribute and no address comes from them.
func TestHostileTexts(t *testing.T) {
	t.Parallel()
	page := pageOf(t, hostileGround(t), []string{"train"}, 150, 2)
	ours := map[string]bool{}
	for _, name := range []string{"page.html"} {
		data, err := files.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range tagOf.FindAllStringSubmatch(string(data), -1) {
			ours[strings.TrimPrefix(m[1], "/")] = true
		}
	}
	for _, name := range []string{"!DOCTYPE", "html", "head", "meta", "link", "title", "style", "script"} {
		ours[name] = true
	}
	count := map[string]int{}
	for _, m := range tagOf.FindAllStringSubmatch(page, -1) {
		name := strings.TrimPrefix(m[1], "/")
		if !ours[name] {
			t.Errorf("a tag that is none of ours: %.100s", m[0])
		}
		count[m[1]]++
		for _, a := range attribute.FindAllStringSubmatch(m[2], -1) {
			checkAttribute(t, strings.ToLower(a[1]), html.UnescapeString(a[2]))
		}
	}
	if count["script"] != 1 || count["style"] != 1 {
		t.Errorf("%d scripts and %d styles", count["script"], count["style"])
	}
	if c := controls.FindString(page); c != "" {
		t.Errorf("a control character %q stands in the page", c)
	}
	if len(page) > 1<<20 {
		t.Errorf("%d bytes: texts are not cut", len(page))
	}
	for _, want := range []string{"␀␛[31m nul", "⟨U+202E⟩ reversed", "(1,310,720 characters in all)", "&lt;/script&gt;&lt;script&gt;alert(1)"} {
		if !strings.Contains(html.UnescapeString(page), html.UnescapeString(want)) {
			t.Errorf("the page does not show %q", want)
		}
	}
}

func checkAttribute(t *testing.T, name, value string) {
	t.Helper()
	switch {
	case strings.HasPrefix(name, "on"), name == "style":
		t.Errorf("attribute %s=%.60q", name, value)
	case name == "src" && !strings.HasPrefix(value, "data:image/jpeg;base64,"), name == "href" && !strings.HasPrefix(value, "#") && value != "data:,":
		t.Errorf("address %s=%.60q", name, value)
	}
}

// The policy allows this style and this script, and nothing else.
func TestPolicy(t *testing.T) {
	t.Parallel()
	page := pageOf(t, hostileGround(t), []string{"train"}, 10, 1)
	policy := regexp.MustCompile(`Content-Security-Policy" content="([^"]*)"`).FindStringSubmatch(page)
	if policy == nil {
		t.Fatal("the page has no policy")
	}
	for _, element := range []string{"style", "script"} {
		_, rest, _ := strings.Cut(page, "<"+element+">")
		body, _, _ := strings.Cut(rest, "</"+element+">")
		sum := sha256.Sum256([]byte(body))
		if want := element + "-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"; !strings.Contains(policy[1], want) {
			t.Errorf("policy %s lacks %s", policy[1], want)
		}
		if strings.Contains(body, "http:") || strings.Contains(body, "https:") || strings.Contains(body, "url(") || strings.Contains(body, "@import") {
			t.Errorf("the %s loads something", element)
		}
	}
	if !strings.HasPrefix(policy[1], "default-src 'none'; img-src data:;") || strings.Contains(policy[1], "unsafe") {
		t.Errorf("policy %s", policy[1])
	}
	if js, _ := files.ReadFile("script.js"); len(js) > 10_000 {
		t.Errorf("%d bytes of script", len(js))
	}
}

// However many records are asked for, the page stays within its bound, and pictures keep
// their size.
func TestPageIsBounded(t *testing.T) {
	t.Parallel()
	noise := gradient(thumbnailSide, thumbnailSide)
	r := rand.New(rand.NewPCG(1, 1))
	for i := range noise.Pix {
		noise.Pix[i] |= uint8(r.IntN(256))
	}
	thumb := encoded(t, "png", noise)
	g := &ground{schema: groundSchema(t), image: func(picture) []byte { return thumb }}
	g.cut(0, groundRows(1, 300), 100)
	page := pageOf(t, g, []string{"train"}, 280, 2)
	if len(page) > maxBytes || len(page) < maxBytes*9/10 {
		t.Errorf("%d bytes, at most %d", len(page), maxBytes)
	}
	n := strings.Count(page, "<article class=\"record\"")
	if n == 280 || n < 100 || strings.Count(page, `width="160" height="160"`) != 2*n {
		t.Errorf("%d records with %d pictures", n, strings.Count(page, `width="160" height="160"`))
	}
	for _, m := range regexp.MustCompile(`href="#(train-\d+)"`).FindAllStringSubmatch(page, -1) {
		if !strings.Contains(page, `id="`+m[1]+`"`) {
			t.Errorf("a link to %s leads nowhere", m[1])
		}
	}
}

func TestRepeatsAndLeaks(t *testing.T) {
	t.Parallel()
	g := &ground{schema: groundSchema(t), image: func(picture) []byte { return nil }}
	g.cut(0, []groundRow{
		{"a cat", 1, 2, "a.jpg", "b.jpg", "x"}, {"A  cat ", 1, 2, "b.jpg", "a.jpg", "x"}, // the other way round, for one prompt
		{"a dog", 1, 2, "c.jpg", "c.jpg", "x"}, // one and the same
		{"a bird", 1, 2, "d.jpg", "e.jpg", "x"},
	}, 2)
	g.cut(1, []groundRow{{"a fox", 3, 1, "d.jpg", "f.jpg", "x"}, {"a bird", 3, 1, "g.jpg", "h.jpg", "x"}}, 1)
	p := newPlan(g.schema, []string{"train", "test"}, 12, 10)
	f, err := gather(t.Context(), g, p, 2)
	if err != nil {
		t.Fatal(err)
	}
	c := &composer{profile: f}
	c.repeats()
	var got []string
	for _, r := range c.page.Repeats {
		got = append(got, strings.Join(append(append([]string{r.What}, r.Counts...), r.Shared), " | "))
	}
	want := []string{
		"images that come more than once | 3 (6 times) | 0 | train and test 1",
		"values of prompt that come more than once | 1 (2 times) | 0 | train and test 1",
		"pairs of one and the same image | 1 | 0 | –",
		"pairs that stand both ways round for one prompt | – | – | 1",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestRoles(t *testing.T) {
	t.Parallel()
	type field = schema.Field
	image, number := schema.Type{Kind: schema.Image}, schema.Type{Kind: schema.Float64}
	for _, c := range []struct {
		fields        []field
		images, pairs string
	}{
		{[]field{{Name: "img_chosen", Type: image}, {Name: "img_rejected", Type: image}}, "img_rejected lose, img_chosen win", ""},
		{[]field{{Name: "x", Type: image}, {Name: "jpg_0", Type: image}, {Name: "jpg_1", Type: image}, {Name: "label_0", Type: number}, {Name: "label_1", Type: number}}, "jpg_0 first, jpg_1 second, x ", "label: label_0 label_1"},
		{[]field{{Name: "easy_image_0", Type: image, Doc: "Image that lost"}, {Name: "easy_image_1", Type: image, Doc: "Image that won"}, {Name: "refined", Type: image}, {Name: "E1", Type: number}, {Name: "E2", Type: number}}, "easy_image_0 lose, easy_image_1 win, refined ", "E: E1 E2"},
		{[]field{{Name: "imageWin", Type: image}, {Name: "imageLose", Type: image}, {Name: "win_score", Type: number}, {Name: "lose_score", Type: number}}, "imageLose lose, imageWin win", "score: lose_score win_score"},
		{[]field{{Name: "image", Type: image}, {Name: "mask", Type: image}, {Name: "width", Type: number}, {Name: "height", Type: number}}, "image , mask ", ""},
		{[]field{{Name: "left", Type: image}, {Name: "right", Type: image}}, "left first, right second", ""},
		{[]field{{Name: "a", Type: schema.ListOf(image)}}, "a ", ""},
	} {
		s, err := schema.New(c.fields)
		if err != nil {
			t.Fatal(err)
		}
		r := guessRoles(s)
		var images, pairs []string
		for _, m := range r.images {
			images = append(images, s.Field(m.field).Name+" "+m.side.String())
		}
		for _, p := range r.pairs {
			pairs = append(pairs, p.name+": "+s.Field(p.a).Name+" "+s.Field(p.b).Name)
		}
		if got := strings.Join(images, ", "); got != c.images {
			t.Errorf("images %q, want %q", got, c.images)
		}
		if got := strings.Join(pairs, ", "); got != c.pairs {
			t.Errorf("pairs %q, want %q", got, c.pairs)
		}
		if (r.guess != "") != r.paired() {
			t.Errorf("%s: the guess is told as %q", c.images, r.guess)
		}
	}
}
