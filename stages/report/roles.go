package report

import (
	"slices"
	"strings"
	"unicode"

	"github.com/pickshard/pickshard/schema"
)

// A side is what a field is of in a comparison.
type side uint8

const (
	noSide side = iota
	lose
	win
	first  // of two, and nothing says which of them was preferred
	second //
)

func (s side) String() string { return [...]string{"", "lose", "win", "first", "second"}[s] }

// roles is what fields are to people, as far as their names and docs tell: a guess,
// and told as one.
type roles struct {
	images []roleImage // image fields in the order in which they are shown
	texts  []int       // fields of text
	pairs  []pair      // of numbers
	alone  []int       // numbers, truth values and classes without a partner
	others []int
	guess  string // what was guessed, empty when nothing was
}

type roleImage struct {
	field int
	side  side
}

// pair is two fields of numbers, of the losing (or first) and the winning (or second)
// image.
type pair struct {
	name string
	a, b int
}

// Words that names and docs have for the sides.
var sideWords = map[string]side{
	"lose": lose, "loses": lose, "loser": lose, "losing": lose, "lost": lose, "rejected": lose, "reject": lose, "dispreferred": lose, "worse": lose, "neg": lose, "negative": lose,
	"win": win, "wins": win, "winner": win, "winning": win, "won": win, "chosen": win, "choose": win, "preferred": win, "better": win, "pos": win, "positive": win,
}

// Words that part two things without preferring one.
var orderWords = [][2]string{{"0", "1"}, {"1", "2"}, {"a", "b"}, {"left", "right"}, {"first", "second"}, {"one", "two"}}

// words parts a name or a sentence: easy_image_0 is easy, image and 0, E1 is e and 1.
func words(text string) []string {
	var all []string
	last := rune(0)
	start := true
	for _, r := range text {
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			start = true
			continue
		}
		if start || unicode.IsDigit(r) != unicode.IsDigit(last) || unicode.IsUpper(r) && unicode.IsLower(last) {
			all = append(all, "")
		}
		start, last = false, r
		all[len(all)-1] += string(unicode.ToLower(r))
	}
	return all
}

// partner says whether two names differ in one word alone, and which words of orderWords
// or sideWords that is.
func partner(a, b string) (stem string, sa, sb side) {
	x, y := words(a), words(b)
	if len(x) != len(y) {
		return "", noSide, noSide
	}
	at := -1
	for i := range x {
		if x[i] != y[i] {
			if at >= 0 {
				return "", noSide, noSide
			}
			at = i
		}
	}
	if at < 0 {
		return "", noSide, noSide
	}
	stem = strings.Join(slices.Concat(x[:at], x[at+1:]), " ")
	for i, r := range []rune(a) { // as it is written, where only the last sign differs
		if head := []rune(a)[:i]; i == len([]rune(a))-1 && unicode.IsDigit(r) && string(head) != "" {
			stem = strings.TrimRight(string(head), "_-. ")
		}
	}
	sa, sb = sideWords[x[at]], sideWords[y[at]]
	if sa != noSide && sb != noSide && sa != sb {
		return stem, sa, sb
	}
	for _, o := range orderWords {
		switch {
		case x[at] == o[0] && y[at] == o[1]:
			return stem, first, second
		case x[at] == o[1] && y[at] == o[0]:
			return stem, second, first
		}
	}
	return "", noSide, noSide
}

// told is the side that words tell; none where they tell both.
func told(text string) side {
	found := noSide
	for _, w := range words(text) {
		if s := sideWords[w]; s != noSide {
			if found != noSide && found != s {
				return noSide
			}
			found = s
		}
	}
	return found
}

// guessRoles looks at the fields' names and docs.
func guessRoles(s *schema.Schema) roles {
	var r roles
	var numbers []int
	for i := range s.Len() {
		switch t := s.Field(i).Type; {
		case t.Images():
			r.images = append(r.images, roleImage{field: i})
		case kindOf(t) == kindNumber:
			numbers = append(numbers, i)
		case kindOf(t) == kindText:
			r.texts = append(r.texts, i)
		case kindOf(t) == kindLabel:
			r.alone = append(r.alone, i)
		default:
			r.others = append(r.others, i)
		}
	}
	r.guessImages(s)
	r.guessPairs(s, numbers)
	slices.Sort(r.alone)
	return r
}

// guessImages finds the first two images that are a pair, and puts them in front.
func (r *roles) guessImages(s *schema.Schema) {
	for i := range r.images {
		for k := i + 1; k < len(r.images); k++ {
			a, b := s.Field(r.images[i].field), s.Field(r.images[k].field)
			if a.Type.ImageList() || b.Type.ImageList() {
				continue
			}
			from := "names"
			_, sa, sb := partner(a.Name, b.Name)
			if sa != lose && sa != win {
				if da, db := told(a.Doc), told(b.Doc); da != noSide && db != noSide && da != db {
					sa, sb, from = da, db, "descriptions"
				}
			}
			if sa == noSide {
				continue
			}
			x, y := roleImage{r.images[i].field, sa}, roleImage{r.images[k].field, sb}
			if sa == win || sa == second {
				x, y = y, x
			}
			rest := slices.Delete(slices.Clone(r.images), k, k+1)
			rest = slices.Delete(rest, i, i+1)
			r.images = append([]roleImage{x, y}, rest...)
			if x.side == lose {
				r.guess = "That " + s.Field(y.field).Name + " won over " + s.Field(x.field).Name + " is a guess from the fields’ " + from + "."
			} else {
				r.guess = "That " + s.Field(x.field).Name + " and " + s.Field(y.field).Name + " are compared is a guess from the fields’ names; nothing tells which of them is preferred."
			}
			return
		}
	}
}

// guessPairs pairs numbers whose names differ as the images' do.
func (r *roles) guessPairs(s *schema.Schema, numbers []int) {
	used := make(map[int]bool)
	for i, a := range numbers {
		for _, b := range numbers[i+1:] {
			if used[a] || used[b] {
				continue
			}
			stem, sa, sb := partner(s.Field(a).Name, s.Field(b).Name)
			if sa == noSide || stem == "" {
				continue
			}
			p := pair{stem, a, b}
			if sb == lose || sb == first {
				p.a, p.b = b, a
			}
			used[a], used[b] = true, true
			r.pairs = append(r.pairs, p)
		}
	}
	for _, n := range numbers {
		if !used[n] {
			r.alone = append(r.alone, n)
		}
	}
}

// ranked says whether the guess tells which image won.
func (r *roles) ranked() bool { return len(r.images) > 1 && r.images[0].side == lose }

// paired says whether two images are compared.
func (r *roles) paired() bool { return len(r.images) > 1 && r.images[0].side != noSide }
