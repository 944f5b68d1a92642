package pipeline

import (
	"cmp"
	"slices"
)

// Unit is what a rule counts.
type Unit string

// The units.
const (
	UnitValues  Unit = "values"  // of a field, nulls among them
	UnitRecords Unit = "records" // of a split
	UnitImages  Unit = "images"  // that records name; a file that two of them name counts twice
	UnitFiles   Unit = "files"   // of INPUT or OUTPUT, each once
	UnitSplits  Unit = "splits"
)

func units() []Unit { return []Unit{UnitValues, UnitRecords, UnitImages, UnitFiles, UnitSplits} }

// Outcome is what became of a rule in a split.
type Outcome string

// The outcomes.
const (
	OutcomePassed     Outcome = "passed"      // something was checked, nothing broke it
	OutcomeNotChecked Outcome = "not checked" // there was nothing to check: never a pass
	OutcomeViolated   Outcome = "violated"    // broken, within what is tolerated
	OutcomeOver       Outcome = "over limit"  // broken more often than is tolerated
)

// A RuleResult is what one rule found in one split. Counts are exact, however many
// they are.
type RuleResult struct {
	Rule string `json:"rule"` // RuleIntact, "value.range", ...
	// Field is set where the config asks the rule of one field, or of some fields
	// ("win, lose"); the rules over images and types look at all fields at once.
	Field string `json:"field,omitempty"`
	// Split is empty for what is true of all splits together.
	Split    string   `json:"split,omitempty"`
	Severity Severity `json:"severity"`
	Of       Unit     `json:"of"` // what Checked and Violated count
	Checked  int64    `json:"checked"`
	Violated int64    `json:"violated"`
	// Tolerate is the bound as the config spells it, a count or a share; Limit is
	// the count that it stands for. Without Tolerate there is no bound.
	Tolerate string  `json:"tolerate,omitempty"`
	Limit    int64   `json:"limit,omitempty"`
	Outcome  Outcome `json:"outcome"`
	// Partial says, where it is not empty, what was not looked at, and so why the
	// counts are not whole.
	Partial string `json:"partial,omitempty"`
	// Causes parts Violated by field and by what was found, the most frequent first.
	Causes []Cause `json:"causes,omitempty"`
	// Told is how many of Violated are among the violations told one by one: those
	// of the lowest rows, at most so many of a rule and split.
	Told int64 `json:"told"`
}

// A Cause is violations of one rule that have one reason.
type Cause struct {
	Field string `json:"field,omitempty"`
	// What was found, without what differs from record to record: "no such file",
	// "list<int64>", "an HTML page"; empty where the rule says it all.
	What  string `json:"what,omitempty"`
	Count int64  `json:"count"`
}

// Share is the part of what was checked that broke the rule, from 0 to 1.
func (r *RuleResult) Share() float64 {
	if r.Checked == 0 {
		return 0
	}
	return float64(r.Violated) / float64(r.Checked)
}

// settle fills in what follows from the counts.
func (r *RuleResult) settle(t Tolerance) {
	if t.Given() {
		r.Tolerate, r.Limit = t.String(), t.Limit(r.Checked)
	}
	switch {
	case t.Given() && r.Violated > r.Limit:
		r.Outcome = OutcomeOver
	case r.Violated > 0:
		r.Outcome = OutcomeViolated
	case r.Checked == 0:
		r.Outcome = OutcomeNotChecked
	default:
		r.Outcome = OutcomePassed
	}
}

// Stops says whether the result keeps an output from being made.
func (r *RuleResult) Stops() bool {
	return r.Outcome == OutcomeOver || r.Outcome == OutcomeViolated && r.Severity == SeverityFail && r.Tolerate == ""
}

// Findings is all that the rules have found.
type Findings struct {
	// Results are in the order of the splits, then of the rules: those that passed
	// are among them, those that are off are not.
	Results []RuleResult `json:"rules"`
	// Violations are told one by one, in the order of splits, rows, fields and rules.
	Violations []Violation `json:"violations,omitempty"`
}

// Of are the violations of a result, as far as they are told.
func (f *Findings) Of(r *RuleResult) []Violation {
	var of []Violation
	for i := range f.Violations {
		v := &f.Violations[i]
		if v.Split == r.Split && v.Rule == r.Rule && (r.Field == "" || r.Field == v.Field) {
			of = append(of, *v)
		}
	}
	return of
}

// Worst orders results for people: what stops a run first, then what is violated,
// by share, then the rest as it was.
func (f *Findings) Worst() []RuleResult {
	rank := func(r *RuleResult) int {
		switch {
		case r.Stops():
			return 0
		case r.Violated > 0:
			return 1
		}
		return 2
	}
	sorted := slices.Clone(f.Results)
	slices.SortStableFunc(sorted, func(a, b RuleResult) int {
		if c := cmp.Compare(rank(&a), rank(&b)); c != 0 || a.Violated == 0 && b.Violated == 0 {
			return c
		}
		return cmp.Compare(b.Share(), a.Share())
	})
	return sorted
}

// resultsOf are the results that a plan has for a split, empty for the whole.
func (p *Plan) resultsOf(split string) []RuleResult {
	var of []RuleResult
	for _, r := range p.Rules {
		if r.Split == split {
			of = append(of, r)
		}
	}
	return of
}

// tell leaves as many violations in a manifest as are told of each rule and split,
// in their order, and none twice.
func (s *Spec) tell(m *Manifest) {
	m.Violations, m.Rules = s.firsts(m.Violations, m.Rules)
}

// firsts sorts violations and keeps the first of each rule and split, which the
// results are told.
func (s *Spec) firsts(all []Violation, results []RuleResult) ([]Violation, []RuleResult) {
	sortViolations(all, s.Splits)
	all = slices.CompactFunc(all, func(a, b Violation) bool { return a.sameAs(&b) })
	results = slices.Clone(results)
	for i := range results {
		results[i].Told = 0
	}
	kept := make([]Violation, 0, min(len(all), 1024))
	for _, v := range all {
		if r := resultOf(results, &v); r != nil && r.Told < int64(s.told()) {
			r.Told++
			kept = append(kept, v)
		}
	}
	return kept, results
}
