package pipeline

import "slices"

// nearlyAll is from which share on the config is more likely wrong than the records,
// if there are enough of them.
const (
	nearlyAll      = 0.9
	nearlyAllLeast = 5
)

// nearly says whether nearly everything breaks a rule, or all images of one field do:
// then the config is looked at before the records.
func (s *Spec) nearly(r *RuleResult) bool {
	if r.Checked < nearlyAllLeast {
		return false
	}
	broken, of := r.Violated, r.Checked
	if n := int64(len(s.Schema.Images())); r.Of == UnitImages && n > 1 && r.Checked >= n*nearlyAllLeast {
		by := make(map[string]int64)
		for _, c := range r.Causes {
			by[c.Field] += c.Count
			broken = max(broken, n*by[c.Field])
		}
	}
	return float64(broken) >= nearlyAll*float64(of)
}

// denied says whether all that breaks a rule does so because it may not be read.
func (r *RuleResult) denied() bool {
	return len(r.Causes) > 0 && !slices.ContainsFunc(r.Causes, func(c Cause) bool { return c.What != causeDenied })
}

// Advice says what to do about a result.
func (s *Spec) Advice(r *RuleResult) string {
	if r.denied() {
		return "you need the right to read the files and to enter their folders: `ls -ld` shows who has it"
	}
	about := s.AboutRule(r.Rule)
	if !s.nearly(r) || about.Whole {
		return about.Advice
	}
	if about.ConfigAdvice != "" {
		return "nearly all break this rule: " + about.ConfigAdvice
	}
	return "nearly all break this rule, so it may not be meant for this dataset: change it, or write `rules: {" + r.Rule + ": off}`; else: " + about.Advice
}

// Explain says what a result means for training, and what to do about it.
func (s *Spec) Explain(r *RuleResult) (means, advice string) {
	return s.AboutRule(r.Rule).Means, s.Advice(r)
}

// adviceOn is what to do where one of the results is the config's fault, as it seems, or
// a matter of rights; else empty.
func (s *Spec) adviceOn(results []RuleResult) string {
	for i := range results {
		if r := &results[i]; r.denied() || s.nearly(r) {
			return s.Advice(r)
		}
	}
	return ""
}
