package report

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pickshard/pickshard/pipeline"
)

// rulesSection is what rules have found.
type rulesSection struct {
	Shown   bool
	Summary string
	Rows    []ruleRow // of what did not pass
	Quiet   string    // of results that are not listed
	Details []ruleDetail
	// Passed are the results of rules that passed, of all splits together.
	Passed        []ruleRow
	PassedSummary string
}

type ruleRow struct {
	Class, Mark                     string
	Rule, Field, Split, Severity    string
	Checked, Violated, Share, Limit string
	Outcome, Partial                string
}

type ruleDetail struct {
	Rule, Field, Counts, Means, Advice string
	Causes                             []string
	Examples                           []offender
	More                               string
}

// wording is that of a page that are others where nothing was written.
type wording struct {
	AllRules string // what has all results
	LeftOut  string // what became of records
	More     string // how more records are shown
	Same     string // what gives the same bytes
	Loading  string // the last section
}

var (
	ofOutput = wording{"manifest.json", "left out", "pickshard report OUTPUT --out FILE --report-records N", "output", "How to load"}
	ofCheck  = wording{"--json", "to be left out", "--report-records N", "input", "How to convert"}
)

// offender is a record, or something else, that breaks a rule.
type offender struct {
	ID            string // of the record, where the page shows it
	Where, Detail string

	at rowOf
}

// Violations of a rule that are shown one by one, and rules that are.
const (
	mostExamples = 8
	mostRules    = 60
)

// offenders are the first records of each rule and split that break it: the map tells
// what is wrong with each of them.
func offenders(splits []string, violations []pipeline.Violation) map[rowOf][]string {
	told := make(map[string]int)
	all := make(map[rowOf][]string)
	for i := range violations {
		v := &violations[i]
		split := slices.Index(splits, v.Split)
		key := v.Split + " " + v.Rule + " " + v.Field
		if told[key]++; split < 0 || v.Row < 0 || told[key] > mostExamples {
			continue
		}
		at := rowOf{split, v.Row}
		all[at] = append(all[at], v.Rule+": "+violationText(v))
	}
	return all
}

// link makes the offenders links to the records that are shown.
func (s *rulesSection) link(rows []recordRow) {
	shown := make(map[rowOf]string)
	for _, r := range rows {
		shown[r.at] = r.ID
	}
	for i := range s.Details {
		for k := range s.Details[i].Examples {
			o := &s.Details[i].Examples[k]
			o.ID = shown[o.at]
		}
	}
}

// rulesOf is what rules have found; about tells what is known of them; it may be nil.
func rulesOf(splits []string, f *pipeline.Findings, w wording, about func(r *pipeline.RuleResult) (means, advice string)) rulesSection {
	s := rulesSection{Shown: len(f.Results) > 0}
	var passed, unchecked []pipeline.RuleResult
	more := 0
	for _, r := range f.Worst() {
		switch {
		case r.Outcome == pipeline.OutcomePassed:
			passed = append(passed, r)
		case r.Outcome == pipeline.OutcomeNotChecked:
			unchecked = append(unchecked, r)
		case len(s.Rows) < mostRules:
			s.Rows = append(s.Rows, ruleRowOf(&r))
		default:
			more++
		}
		if r.Violated == 0 || len(s.Details) >= mostRules {
			continue
		}
		d := detail(splits, &r, f.Violations, w)
		if about != nil {
			d.Means, d.Advice = about(&r)
		}
		s.Details = append(s.Details, d)
	}
	s.Summary = fmt.Sprintf("%s, %s passed. A rule that had nothing to check is not a pass.", plural(int64(len(f.Results)), "result"), pipeline.Grouped(int64(len(passed))))
	if more > 0 {
		s.Quiet = fmt.Sprintf("%s of what did not pass in %s.", plural(int64(more), "more result"), w.AllRules)
	}
	for _, r := range together(unchecked) {
		s.Rows = append(s.Rows, ruleRowOf(&r))
	}
	for _, r := range together(passed) {
		s.Passed = append(s.Passed, ruleRowOf(&r))
	}
	s.PassedSummary = "What passed: " + plural(int64(len(s.Passed)), "rule")
	return s
}

// together makes one result of those that a rule has in several splits.
func together(results []pipeline.RuleResult) []pipeline.RuleResult {
	var all []pipeline.RuleResult
	for _, r := range results {
		i := slices.IndexFunc(all, func(o pipeline.RuleResult) bool {
			return o.Rule == r.Rule && o.Field == r.Field && o.Severity == r.Severity && o.Tolerate == r.Tolerate && o.Partial == r.Partial
		})
		if i < 0 {
			all = append(all, r)
			continue
		}
		all[i].Split += ", " + r.Split
		all[i].Checked += r.Checked
		all[i].Limit += r.Limit
	}
	return all
}

func ruleRowOf(r *pipeline.RuleResult) ruleRow {
	row := ruleRow{
		Rule: r.Rule, Field: r.Field, Split: r.Split, Severity: string(r.Severity), Checked: pipeline.Grouped(r.Checked) + " " + string(r.Of),
		Violated: pipeline.Grouped(r.Violated), Share: percent(r.Violated, r.Checked), Limit: "–", Outcome: string(r.Outcome), Partial: r.Partial,
	}
	if r.Tolerate != "" {
		row.Limit = pipeline.Grouped(r.Limit) + " (" + r.Tolerate + ")"
	}
	switch {
	case r.Stops():
		row.Class, row.Mark = "over", "✗"
	case r.Violated > 0:
		row.Class, row.Mark = "violated", "!"
	case r.Outcome == pipeline.OutcomePassed:
		row.Mark = "✓"
	default:
		row.Mark = "–"
	}
	return row
}

func detail(splits []string, r *pipeline.RuleResult, violations []pipeline.Violation, w wording) ruleDetail {
	d := ruleDetail{Rule: r.Rule, Field: r.Field, Counts: fmt.Sprintf("%s of %s %s", pipeline.Grouped(r.Violated), pipeline.Grouped(r.Checked), r.Of)}
	if r.Split != "" {
		d.Counts = r.Split + ": " + d.Counts
	}
	for _, c := range r.Causes {
		if len(d.Causes) == mostExamples {
			break
		}
		text := strings.Trim(c.Field+": "+c.What, ": ")
		d.Causes = append(d.Causes, shown(text, 200)+" · "+pipeline.Grouped(c.Count))
	}
	told := int64(0)
	for _, v := range violations {
		if v.Rule != r.Rule || r.Split != "" && v.Split != r.Split || r.Field != "" && v.Field != r.Field {
			continue
		}
		if told++; told <= mostExamples {
			d.Examples = append(d.Examples, offender{Where: where(&v), Detail: violationText(&v), at: rowOf{slices.Index(splits, v.Split), v.Row}})
		}
	}
	if r.Violated > int64(len(d.Examples)) {
		d.More = fmt.Sprintf("%s of %s shown; %s tells %s.", pipeline.Grouped(int64(len(d.Examples))), pipeline.Grouped(r.Violated), w.AllRules, pipeline.Grouped(told))
	}
	return d
}

// where names what a violation is about.
func where(v *pipeline.Violation) string {
	switch {
	case v.Split == "":
		return "the output"
	case v.Row < 0:
		return v.Split
	case v.Origin.File != "":
		return fmt.Sprintf("%s row %s (row %s of %s)", v.Split, pipeline.Grouped(v.Row), pipeline.Grouped(v.Origin.Row), shown(v.Origin.File, 100))
	}
	return fmt.Sprintf("%s row %s", v.Split, pipeline.Grouped(v.Row))
}

func violationText(v *pipeline.Violation) string {
	text := v.Detail
	if v.Field != "" {
		text = v.Field + ": " + text
	}
	if v.File != "" && !strings.Contains(text, v.File) {
		text += " (" + v.File + ")"
	}
	return shown(text, 300)
}
