package pipeline

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

// Advice says what to do about a result.
func (s *Spec) Advice(r *RuleResult) string {
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

// adviceOn is what to do where one of the results is the config's fault, as it seems;
// else empty.
func (s *Spec) adviceOn(results []RuleResult) string {
	for i := range results {
		if s.nearly(&results[i]) {
			return s.Advice(&results[i])
		}
	}
	return ""
}
