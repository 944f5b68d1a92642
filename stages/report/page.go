package report

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"strings"
)

// maxBytes bounds the page: records are left out until it fits.
const maxBytes = 8_000_000

//go:embed page.html style.css script.js
var files embed.FS

// page is all that the template shows, as it is shown.
type page struct {
	Title    string
	Words    wording
	Verdict  verdict
	Facts    []fact
	Splits   []splitRow
	Rules    rulesSection
	Gallery  gallery
	Images   []imageRow
	Columns  []columnRow
	Charts   []chart
	Labels   []labelTable
	Wide     string // what is not shown of wide tables
	Repeats  []repeatRow
	Repeated string // how repeats were counted
	Origin   origin
	Loading  []snippet
}

type verdict struct {
	Class    string // "good", "notice" or "bad"
	Mark     string // so that colour is never alone
	Headline string
	Details  []string
}

type fact struct{ Number, What string }

type splitRow struct {
	Class, Name                          string
	Read, Filtered, Dropped, Rows, Share string
	Shards, Bytes                        string
	Rules                                string
}

// gallery is the frame around the records, which are rendered one by one.
type gallery struct {
	Count, Total string
	Guess        string
	Splits       []string
	Tags         []tagRow
	Legend       string
}

type tagRow struct {
	Name  string
	Links []link
}

type link struct{ ID, Text string }

// recordRow is a record of the gallery.
type recordRow struct {
	ID, Name, Key string
	Split, Class  string
	Tags          []string
	Joined        string // the tags, for scripts
	Pictures      []pictureRow
	Sides         [2]string
	Scores        []scoreRow
	Numbers       []namedValue
	Texts         []namedValue
	More          []namedValue
	Broken        []string

	at rowOf
}

type pictureRow struct {
	Source        template.URL // empty where there is no picture
	Width, Height int          // of the thumbnail
	Alt           string
	Side, Mark    string
	Field, Name   string
	About         string // 512 × 512 JPEG, 67 kB
	Why           string
}

type scoreRow struct {
	Name, A, B       string
	FieldA, FieldB   string
	BarA, BarB       *bar   // nil for null and for what is not finite
	Delta, DeltaSign string // class: "up", "down" or "even"
}

// bar is where a number lies between the least and the greatest, in hundredths.
type bar struct{ X, Width string }

type namedValue struct{ Name, Value string }

type imageRow struct {
	Field, Role            string
	Count, Nulls           string
	Formats, Sizes, Median string
	Bytes                  string
}

type columnRow struct{ Name, Type, Nulls, Summary, Doc string }

type repeatRow struct {
	What   string
	Counts []string // by split
	Shared string
	Class  string
}

type origin struct {
	Facts   []namedValue
	Digests []namedValue
	Inputs  []fileRow
	Outputs []fileRow
	More    string
	Config  string
}

type fileRow struct{ Path, Bytes, Digest string }

type snippet struct{ Title, Code string }

// write renders the page. Rows are added, the most wanted first, while the whole stays
// within maxBytes; they stand in the order of their records. shown tells how many.
func (p *page) write(rows []recordRow, order func([]recordRow) []recordRow) (data []byte, count int, err error) {
	css, js, t, err := parts()
	if err != nil {
		return nil, 0, err
	}
	rendered := make(map[string][]byte, len(rows))
	used := 0
	const reserve = 200_000 // for what the number of rows changes
	bottom, err := render(t, "bottom", p)
	if err != nil {
		return nil, 0, err
	}
	top, err := render(t, "top", p)
	if err != nil {
		return nil, 0, err
	}
	used += len(css) + len(js) + len(top) + len(bottom) + reserve
	for i := range rows {
		b, err := render(t, "record", &rows[i])
		if err != nil {
			return nil, 0, err
		}
		if used+len(b) > maxBytes {
			rows = rows[:i]
			break
		}
		used += len(b)
		rendered[rows[i].ID] = b
	}
	rows = order(rows)
	p.Gallery.fill(rows)
	p.Rules.link(rows)
	if top, err = render(t, "top", p); err != nil {
		return nil, 0, err
	}
	var out bytes.Buffer
	writeHead(&out, p.Title, css, js)
	out.Write(top)
	for _, r := range rows {
		out.Write(rendered[r.ID])
	}
	out.Write(bottom)
	out.WriteString("<script>" + js + "</script>\n</body>\n</html>\n")
	return out.Bytes(), len(rows), nil
}

func parts() (css, js string, t *template.Template, err error) {
	for name, to := range map[string]*string{"style.css": &css, "script.js": &js} {
		data, err := files.ReadFile(name)
		if err != nil {
			return "", "", nil, err
		}
		*to = string(data)
	}
	if t, err = template.ParseFS(files, "page.html"); err != nil {
		return "", "", nil, fmt.Errorf("parse page: %w", err)
	}
	return css, js, t, nil
}

func render(t *template.Template, name string, data any) ([]byte, error) {
	var b bytes.Buffer
	if err := t.ExecuteTemplate(&b, name, data); err != nil {
		return nil, fmt.Errorf("render page: %w", err)
	}
	return b.Bytes(), nil
}

// writeHead writes what stands before the body. Style and script are ours, so they are
// written as they are: the policy allows these bytes alone.
func writeHead(out *bytes.Buffer, title, css, js string) {
	policy := fmt.Sprintf("default-src 'none'; img-src data:; style-src '%s'; script-src '%s'; base-uri 'none'; form-action 'none'", digest(css), digest(js))
	fmt.Fprintf(out, `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="%s">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<meta name="generator" content="pickshard">
<link rel="icon" href="data:,">
<title>%s</title>
<style>%s</style>
</head>
`, policy, template.HTMLEscapeString(title), css)
}

// digest is a hash as a policy names a script or style by it.
func digest(text string) string {
	sum := sha256.Sum256([]byte(text))
	return "sha256-" + base64.StdEncoding.EncodeToString(sum[:])
}

// dataURL is a thumbnail as the source of an image.
func dataURL(jpeg []byte) template.URL {
	return template.URL("data:image/jpeg;base64," + base64.StdEncoding.EncodeToString(jpeg))
}

// anchor is what a record's row is called in links.
func anchor(split string, number int64) string { return fmt.Sprintf("%s-%d", split, number) }

// fill tells what the rows are that are shown.
func (g *gallery) fill(rows []recordRow) {
	g.Count = plural(int64(len(rows)), "record")
	at := make(map[string]int)
	g.Tags = nil
	for _, r := range rows {
		for _, tag := range r.Tags {
			if tag == tagSample {
				continue
			}
			if _, ok := at[tag]; !ok {
				at[tag] = len(g.Tags)
				g.Tags = append(g.Tags, tagRow{Name: tag})
			}
			t := &g.Tags[at[tag]]
			t.Links = append(t.Links, link{r.ID, r.Name})
		}
	}
	sortTags(g.Tags)
}

func join(tags []string) string { return strings.Join(tags, "|") }
