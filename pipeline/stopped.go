package pipeline

import (
	"fmt"
	"slices"
	"strings"
)

// ViolationsError stops a run, or a plan, because more records broke a rule than its
// severity and its tolerance let pass.
type ViolationsError struct {
	// First holds the first violations in order of split, row, rule, at most
	// MaxListed of them.
	First []Violation
	// Total counts the records that broke a rule.
	Total int64
	// Results are those of the rules that stop the run.
	Results []RuleResult
	// Stopped says that the run stopped before it had looked at all records.
	Stopped bool
	// Advice says what to do where the config is more likely wrong than the records.
	Advice string
	// Unread says that images were not read yet: more may be wrong.
	Unread bool
}

// MaxListed is how many violations an error message lists.
const MaxListed = 20

// manyAlike is from how many violations of one cause on they are told as one, with the
// first shownOfMany of them.
const (
	manyAlike   = 4
	shownOfMany = 3
)

func (e *ViolationsError) Error() string {
	var b strings.Builder
	if e.Stopped {
		b.WriteString("stopped at the first shards with broken images: at least ")
	}
	switch {
	case e.Total == 1:
		b.WriteString("1 record broke a rule")
	case e.Total > 0:
		fmt.Fprintf(&b, "%d records broke a rule", e.Total)
	case len(e.Results) > 0:
		fmt.Fprintf(&b, "rule %s is broken", e.Results[0].Rule)
	}
	if e.Unread {
		b.WriteString(" so far: images are not read yet (`pickshard check` finds all)")
	}
	for i := range e.Results {
		if r := &e.Results[i]; r.Outcome == OutcomeOver {
			fmt.Fprintf(&b, "\n  split %s: %s: %d of %d %s, at most %s may be", r.Split, ruleKey(r.Rule, r.Field), r.Violated, r.Checked, r.Of, r.Tolerate)
		}
	}
	b.WriteString(listViolations(e.First, e.Results))
	return b.String()
}

// listed is the error of sorted violations, and of the results of the rules that they
// broke.
func listed(found []Violation, results []RuleResult) *ViolationsError {
	return &ViolationsError{First: firstOf(found, results), Total: int64(countRecords(found)), Results: results}
}

// firstOf are the first violations in their order: of a cause that many have, the first
// few alone, so that each cause is told.
func firstOf(found []Violation, results []RuleResult) []Violation {
	var first []Violation
	shown := make(map[causeOf]int)
	counts := countCauses(results)
	for i := range found {
		c := found[i].causeOf()
		if shown[c]++; counts[c] >= manyAlike && shown[c] > shownOfMany {
			continue
		}
		if first = append(first, found[i]); len(first) == MaxListed {
			break
		}
	}
	return first
}

// listViolations lists violations in their order, those of one cause that are many
// under one line, with examples.
func listViolations(first []Violation, results []RuleResult) string {
	var b strings.Builder
	counts, told, left := countCauses(results), make(map[causeOf]bool), int64(0)
	for _, n := range counts {
		left += n
	}
	for i := range first {
		c := first[i].causeOf()
		n := counts[c]
		if n < manyAlike {
			b.WriteString("\n  " + first[i].String())
			left--
			continue
		}
		if told[c] {
			continue
		}
		told[c] = true
		left -= n
		if c.what != "" && strings.Contains(first[i].Detail, c.what) { // the first says it all
			fmt.Fprintf(&b, "\n  %s; %s more for the same reason", first[i], Grouped(n-1))
			continue
		}
		fmt.Fprintf(&b, "\n  %s, %s times", strings.TrimSuffix(c.rule+": "+c.what, ": "), Grouped(n))
		if c.field != "" {
			b.WriteString(" in field " + c.field)
		}
		b.WriteString("; the first:")
		shown := 0
		for j := i; j < len(first) && shown < shownOfMany; j++ {
			if first[j].causeOf() == c {
				b.WriteString("\n    " + first[j].String())
				shown++
			}
		}
	}
	if left > 0 {
		fmt.Fprintf(&b, "\n  ... and %d more", left)
	}
	return b.String()
}

// causeOf is what violations have in common that are told as one: the rule and what was
// found, or the field where that is not said.
type causeOf struct{ rule, what, field string }

func (v *Violation) causeOf() causeOf { return newCauseOf(v.Rule, v.Cause, v.Field) }

func newCauseOf(rule, what, field string) causeOf {
	if what != "" {
		field = ""
	}
	return causeOf{rule, what, field}
}

// countCauses is how many violations of each cause there are.
func countCauses(results []RuleResult) map[causeOf]int64 {
	counts := make(map[causeOf]int64)
	for i := range results {
		for _, c := range results[i].Causes {
			counts[newCauseOf(results[i].Rule, c.What, c.Field)] += c.Count
		}
	}
	return counts
}

// resultOf is the result that a violation is counted in.
func resultOf(results []RuleResult, v *Violation) *RuleResult {
	for i := range results {
		if r := &results[i]; r.Split == v.Split && r.Rule == v.Rule && (r.Field == "" || r.Field == v.Field) {
			return r
		}
	}
	return nil
}

// stopping are the first violations of the results that stop a run.
func stopping(found []Violation, stops []RuleResult) []Violation {
	of := slices.DeleteFunc(slices.Clone(found), func(v Violation) bool { return resultOf(stops, &v) == nil })
	return firstOf(of, stops)
}

// mergeResults adds up results of the same rule and split, of parts that do not
// overlap. Tolerances are applied again.
func mergeResults(spec *Spec, all []RuleResult) []RuleResult {
	var out []RuleResult
	for _, r := range all {
		at := slices.IndexFunc(out, func(o RuleResult) bool { return o.Rule == r.Rule && o.Field == r.Field && o.Split == r.Split })
		if at < 0 {
			r.Causes = slices.Clone(r.Causes)
			out = append(out, r)
			continue
		}
		o := &out[at]
		o.Checked, o.Violated, o.Told = o.Checked+r.Checked, o.Violated+r.Violated, o.Told+r.Told
		for _, c := range r.Causes {
			o.addCause(c)
		}
		o.settle(spec.rule(o.Rule, o.Field).Tolerate)
	}
	return out
}

// addCause counts more violations of a cause.
func (r *RuleResult) addCause(c Cause) {
	at := slices.IndexFunc(r.Causes, func(o Cause) bool { return o.Field == c.Field && o.What == c.What })
	switch {
	case at >= 0:
		r.Causes[at].Count += c.Count
	case len(r.Causes) < maxCauses || c.What == otherCauses && c.Field == "":
		r.Causes = append(r.Causes, c)
	default:
		r.addCause(Cause{What: otherCauses, Count: c.Count})
		return
	}
	slices.SortFunc(r.Causes, compareCauses)
}
