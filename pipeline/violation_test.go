package pipeline

import (
	"fmt"
	"strings"
	"testing"
)

// TestOneCauseIsToldOnce: what breaks records for one cause takes a line and a few
// examples, whatever their number, and leaves room for others.
func TestOneCauseIsToldOnce(t *testing.T) {
	t.Parallel()
	const cut = "list archive a.zip: cut"
	var found []Violation
	for row := range int64(1200) {
		v := Violation{Split: "train", Row: row, Rule: RuleMissing, Field: "image", File: fmt.Sprintf("a.zip!/%d.png", row), Detail: cut, Cause: cut}
		if row%400 == 7 {
			v.Detail, v.Cause = "no such file", ""
		}
		found = append(found, v)
	}
	results := []RuleResult{{
		Rule: RuleMissing, Split: "train", Of: UnitImages, Checked: 1200, Violated: 1200,
		Causes: []Cause{{Field: "image", What: cut, Count: 1197}, {Field: "image", Count: 3}},
	}}
	got := listed(found, results).Error()
	want := strings.Join([]string{
		"1200 records broke a rule",
		"  train row 0, field image: image.missing: list archive a.zip: cut (a.zip!/0.png); 1,196 more for the same reason",
		"  train row 7, field image: image.missing: no such file (a.zip!/7.png)",
		"  train row 407, field image: image.missing: no such file (a.zip!/407.png)",
		"  train row 807, field image: image.missing: no such file (a.zip!/807.png)",
	}, "\n")
	if got != want {
		t.Errorf("%s\nwant\n%s", got, want)
	}
}

// TestWholeSplitHasNoOrigin: what is about no record stands in none of a split's files.
func TestWholeSplitHasNoOrigin(t *testing.T) {
	t.Parallel()
	f := newFinder(&Rule{About: About{ID: "r"}}, "train", &Records{Rows: 3, Parts: []Part{{"a.csv", 2}, {"b.csv", 1}}, From: []int64{0, 1, 2}}, 9)
	for _, row := range []int64{WholeSplit, 2} {
		f.Broke(row, "", "")
		f.Tell(Violation{Row: row})
	}
	if told := f.all(); len(told) != 2 || told[0].Origin != (Origin{}) || told[1].Origin != (Origin{"b.csv", 0}) {
		t.Errorf("%+v", told)
	}
}
