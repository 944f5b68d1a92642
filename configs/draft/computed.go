package draft

import (
	"fmt"
	"slices"
	"strings"
)

// mostSpans bounds the parts of a name that a value may be.
const (
	mostWords   = 6
	mostIndexed = 2_000_000 // images whose names are cut into parts
)

// span is a part of a file's name that a value may stand for.
type span struct{ from, to int }

// spans are the runs of words and numbers in a name: of COCO_val_0042, COCO, val, 0042,
// COCO_val, val_0042 and the whole, and the numbers in it.
func spans(stem string) []span {
	var words []span
	for at := 0; at < len(stem); {
		if !isLetter(stem[at]) && !isDigit(stem[at]) {
			at++
			continue
		}
		end := at
		for end < len(stem) && (isLetter(stem[end]) || isDigit(stem[end])) {
			end++
		}
		words = append(words, span{at, end})
		at = end
	}
	if len(words) > mostWords {
		words = words[:mostWords]
	}
	var out []span
	for i := range words {
		for k := i; k < len(words); k++ {
			out = append(out, span{words[i].from, words[k].to})
		}
		for at := words[i].from; at < words[i].to; { // numbers within a word
			end := at
			for end < words[i].to && isDigit(stem[end]) == isDigit(stem[at]) {
				end++
			}
			if isDigit(stem[at]) && (at > words[i].from || end < words[i].to) {
				out = append(out, span{at, end})
			}
			at = end
		}
	}
	return out
}

// bare is a number without zeros in front, or the text as it is.
func bare(text string) string {
	if strings.Trim(text, "0123456789") != "" {
		return text
	}
	if text = strings.TrimLeft(text, "0"); text == "" {
		return "0"
	}
	return text
}

// indexTokens indexes the images by the parts of their names; once, when first asked.
func (l *listing) indexTokens() {
	if l.tokens != nil {
		return
	}
	l.tokens = make(hashed, 0, len(l.entries))
	for i := range min(len(l.entries), mostIndexed) {
		if e := &l.entries[i]; e.kind == kindImage {
			s := stem(e.name)
			for _, p := range spans(s) {
				l.tokens = append(l.tokens, hashedEntry{l.sum(bare(s[p.from:p.to])), int32(i)})
			}
		}
	}
	l.tokens.sort()
}

// computed are the files whose names have the values of a column in them, as
// COCO_val2014_000000000042.jpg has 42.
func (l *listing) computed(t *table, column string) []hit {
	l.indexTokens()
	if len(l.tokens) == 0 {
		return nil
	}
	number := isNumeric(t.find(column))
	var out []hit
	t.values(column, func(row int64, v string) {
		if len(v) > 200 || strings.ContainsAny(v, `/\`) {
			return
		}
		var own []hit
		n := 0
		l.tokens.find(l.sum(bare(v)), func(at int32) bool {
			n++
			own = append(own, l.within(row, v, column, at, number)...)
			return n <= mostHits
		})
		if n <= mostHits { // else it is a word of very many names
			out = append(out, own...)
		}
	})
	return out
}

// within are the places in a file's name where a value stands.
func (l *listing) within(row int64, v, column string, at int32, number bool) []hit {
	e := &l.entries[at]
	s := stem(e.name)
	var out []hit
	for _, p := range spans(s) {
		text := s[p.from:p.to]
		h := hit{row: row, v: v, column: column, dirs: l.dirs(at), pre: s[:p.from], post: s[p.to:] + e.name[len(s):], kind: kindImage, file: at}
		switch {
		case text == v:
		case number && bare(text) == v:
			h.form = fmt.Sprintf(":0%d", len(text))
		default:
			continue
		}
		if !slices.ContainsFunc(out, func(o hit) bool { return o.pre == h.pre && o.post == h.post }) {
			out = append(out, h)
		}
	}
	return out
}
