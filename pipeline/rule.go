package pipeline

import (
	"context"
	"slices"
)

// About is what a rule is, whatever a config says about it.
type About struct {
	ID string // "image.intact": a word, a dot, a word; or one of the reserved words
	// Means says in a sentence what breaks in training where the rule is broken.
	Means string
	// Advice says what to do, for people who hold the records.
	Advice string
	// ConfigAdvice says what to do where nearly everything breaks the rule: then the
	// config is looked at before the records.
	ConfigAdvice string
	Of           Unit
	// Essential rules are what shards need: what breaks one cannot be written, so it
	// is left out or stops the run.
	Essential bool
	// Whole rules look at a split or an output as a whole: no record can be left out
	// for what they find.
	Whole bool
}

// A Rule is something that the data must be, as a run asks for it: what is known of
// it, and what the config says about it.
//
// Who finds what breaks a rule follows from what must be seen for that. At most one
// function is set; a Rule without any is found by Loader (values as they are read),
// Source (names and sizes of images) or Checker (an image's bytes).
type Rule struct {
	About
	// Field is what RuleResult.Field says.
	Field    string
	Severity Severity
	Tolerate Tolerance

	// Columns looks at the records of one split, when the plan is made.
	Columns func(ctx context.Context, r *Records, f *Finder) error
	// Dataset looks at all splits together, when the plan is made. There is a Finder
	// for each, in their order.
	Dataset func(ctx context.Context, splits []*Records, f []*Finder) error
	// Files looks at the files that all splits' images are, when the plan is made. One
	// look at all names serves all rules that ask.
	Files func(splits []*Records, f []*Finder) FileJudge
	// Shards looks at the plan: how many files there will be, and how large.
	Shards func(p *Plan, f *Finder)
	// Image looks at the bytes of an image that the Checker has passed, and at its
	// name; found is nil where it keeps the rule. It keeps no reference to data and is
	// safe for concurrent use.
	Image func(data []byte, h Head, name []byte) (found *Fault)
	// Contents looks at the bytes of all images together. Only a check asks it: a run
	// that writes may read a part of the images alone.
	Contents func() Contents
	// Sample looks at the images of one record, once all of its shard are read; asked
	// is false where the rule has nothing to say about the record.
	Sample func(ctx context.Context, s *SampleImages) (found *Fault, asked bool, err error)
}

// Contents gathers what a rule has to know of all images' bytes.
type Contents interface {
	// Add takes an image; split, field and place say which. It keeps no reference to
	// data, and is safe for concurrent use.
	Add(split, field int, place int64, data []byte) error
	// Judge tells what was found, once all images are added. There is a Finder for each
	// split.
	Judge(ctx context.Context, splits []*Records, f []*Finder) error
	// Close gives up what was gathered.
	Close() error
}

// Key tells a rule that is asked of several fields apart: its ID, and the field.
func (r *Rule) Key() string { return ruleKey(r.ID, r.Field) }

func ruleKey(id, field string) string {
	if field == "" {
		return id
	}
	return id + " " + field
}

// rule finds the rule that a violation broke. What a format cannot hold is not a rule of
// the config's: it goes by the run's policy.
func (s *Spec) rule(id, field string) *Rule {
	for i := range s.Rules {
		if r := &s.Rules[i]; r.ID == id && (r.Field == "" || field == "" || r.Field == field) {
			return r
		}
	}
	return &Rule{
		About: About{ID: id, Means: "a format that is written cannot hold the record", Of: UnitRecords, Essential: true,
			Advice: "fix the record, or leave the format out of `output.formats`"},
		Severity: Severity(s.Policy),
	}
}

// AboutRule is what is known of a rule.
func (s *Spec) AboutRule(id string) About { return s.rule(id, "").About }

// Forgive makes what stops a run leave records out instead: for who compares an input
// that may be broken by now with what was made of it.
func (s *Spec) Forgive() {
	s.Policy = PolicySkip
	s.Rules = slices.Clone(s.Rules)
	for i := range s.Rules {
		if r := &s.Rules[i]; r.Severity == SeverityFail {
			r.Severity = SeveritySkip
		}
		s.Rules[i].Tolerate = Tolerance{}
	}
}

// severity is that of the rule that a violation broke.
func (s *Spec) severity(v *Violation) Severity { return s.rule(v.Rule, v.Field).Severity }
