package report

import (
	"fmt"

	"github.com/pickshard/pickshard/pipeline"
)

// rulesSection is what rules have found.
type rulesSection struct {
	Shown   bool
	Summary string
	Rows    []ruleRow
	Quiet   string // of rules that are not listed, as nothing broke them
	Details []ruleDetail
}

type ruleRow struct {
	Class, Mark                     string
	Rule, Field, Split, Severity    string
	Checked, Violated, Share, Limit string
	Outcome, Partial                string
}

type ruleDetail struct {
	Rule, Field, Counts, Meaning string
	Causes                       []string
	Examples                     []offender
	More                         string
}

type offender struct{ ID, Where, Detail string }

// Violations of a rule that are shown one by one, and rules that are.
const (
	mostExamples = 8
	mostRules    = 60
)

func rulesOf(m *pipeline.Manifest) rulesSection {
	s := rulesSection{Shown: len(m.Rules) > 0}
	f := pipeline.Findings{Results: m.Rules, Violations: m.Violations}
	passed := int64(0)
	for _, r := range f.Worst() {
		if r.Outcome == pipeline.OutcomePassed {
			passed++
		}
		if len(s.Rows) < mostRules {
			s.Rows = append(s.Rows, ruleRowOf(&r))
		}
		if r.Violated > 0 && len(s.Details) < mostRules {
			s.Details = append(s.Details, detail(&r, m.Violations))
		}
	}
	s.Summary = fmt.Sprintf("%s asked, %s passed. A rule that had nothing to check is no pass.", plural(int64(len(m.Rules)), "rule"), pipeline.Grouped(passed))
	if n := len(m.Rules) - len(s.Rows); n > 0 {
		s.Quiet = plural(int64(n), "more result") + " stand in manifest.json."
	}
	return s
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

func detail(r *pipeline.RuleResult, violations []pipeline.Violation) ruleDetail {
	d := ruleDetail{Rule: r.Rule, Field: r.Field, Counts: fmt.Sprintf("%s of %s %s", pipeline.Grouped(r.Violated), pipeline.Grouped(r.Checked), r.Of)}
	if r.Split != "" {
		d.Counts = r.Split + ": " + d.Counts
	}
	for _, c := range r.Causes {
		if len(d.Causes) == mostExamples {
			break
		}
		text := c.What
		if c.Field != "" {
			text = c.Field + ": " + text
		}
		d.Causes = append(d.Causes, shown(text, 200)+" · "+pipeline.Grouped(c.Count))
	}
	told := int64(0)
	for _, v := range violations {
		if v.Rule != r.Rule || r.Split != "" && v.Split != r.Split || r.Field != "" && v.Field != r.Field {
			continue
		}
		if told++; told <= mostExamples {
			d.Examples = append(d.Examples, offender{Where: fmt.Sprintf("%s row %s", v.Split, pipeline.Grouped(v.Row)), Detail: violationText(&v)})
		}
	}
	if r.Violated > int64(len(d.Examples)) {
		d.More = fmt.Sprintf("%s of %s shown; manifest.json tells %s.", pipeline.Grouped(int64(len(d.Examples))), pipeline.Grouped(r.Violated), pipeline.Grouped(told))
	}
	return d
}

func violationText(v *pipeline.Violation) string {
	text := v.Detail
	if v.Field != "" {
		text = v.Field + ": " + text
	}
	if v.File != "" {
		text += " (" + v.File + ")"
	}
	return shown(text, 300)
}
