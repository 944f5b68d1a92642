package pipeline

import (
	"math"
	"slices"
	"sync"
)

// A ledger has a Finder for each rule of a run in each of some splits. Which rules
// there are is the Spec's to say; those of formats are added as they turn up.
type ledger struct {
	spec   *Spec
	splits []string
	mu     sync.Mutex
	by     []map[string]*Finder // by split: rules that are looked for, by their key
	more   []map[string]*Finder // by split: rules of formats, by their ID
}

// newLedger makes Finders for the rules that wanted chooses, nil for all; records has
// one entry a split, or is nil where they are not known yet.
func newLedger(spec *Spec, splits []string, wanted func(*Rule) bool) *ledger {
	l := &ledger{spec: spec, splits: splits}
	for _, split := range splits {
		by := make(map[string]*Finder)
		for i := range spec.Rules {
			if r := &spec.Rules[i]; wanted == nil || wanted(r) {
				by[r.Key()] = newFinder(r, split, nil, spec.mostTold(r))
			}
		}
		l.by, l.more = append(l.by, by), append(l.more, make(map[string]*Finder))
	}
	return l
}

// told is how many violations of a rule and split are told.
func (s *Spec) told() int {
	if s.Details > 0 {
		return s.Details
	}
	return MaxTold
}

// mostTold is how many violations of a rule are kept: all of them where records are
// left out for it, which are written down.
func (s *Spec) mostTold(r *Rule) int {
	if r.Severity.LeavesOut() && !s.checking {
		return math.MaxInt
	}
	return s.told()
}

// attach names the records of a split, whose rows the findings are about.
func (l *ledger) attach(split int, r *Records) {
	for _, f := range l.by[split] {
		f.records = r
	}
}

// find returns the Finder of a rule in a split. One that the config does not know is
// a format's.
func (l *ledger) find(split int, id, field string) *Finder {
	for _, key := range [...]string{id, ruleKey(id, field)} {
		if f := l.by[split][key]; f != nil {
			return f
		}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	f := l.more[split][id]
	if f == nil {
		r := l.spec.rule(id, field)
		f = newFinder(r, l.splits[split], nil, l.spec.mostTold(r))
		l.more[split][id] = f
	}
	return f
}

// add takes violations down that were found one by one.
func (l *ledger) add(split int, found []Violation) {
	for i := range found {
		v := &found[i]
		if f := l.find(split, v.Rule, v.Field); f.Broke(v.Row, v.Field, v.Cause) {
			f.Tell(*v)
		}
	}
}

// askedFormats counts the records that formats were asked about, for those of their own
// rules that were broken.
func (l *ledger) askedFormats(split int, records int64) {
	for _, f := range l.more[split] {
		if f.violated > f.checked {
			f.Checked(records)
		}
	}
}

// finders are those of a split in the order of the rules, those of formats last by
// their ID; rules that are off are not among them.
func (l *ledger) finders(split int) []*Finder {
	var list []*Finder
	for i := range l.spec.Rules {
		if f := l.by[split][l.spec.Rules[i].Key()]; f != nil && f.rule.Severity != SeverityOff {
			list = append(list, f)
		}
	}
	formats := make([]*Finder, 0, len(l.more[split]))
	for _, f := range l.more[split] {
		formats = append(formats, f)
	}
	slices.SortFunc(formats, func(a, b *Finder) int {
		if a.rule.ID < b.rule.ID {
			return -1
		}
		return 1
	})
	return append(list, formats...)
}

// findings are the results of all splits, and the violations that are told, of the
// rules that wanted chooses, nil for all.
func (l *ledger) findings(wanted func(*Rule) bool) Findings {
	var out Findings
	for i := range l.splits {
		for _, f := range l.finders(i) {
			if wanted != nil && !wanted(f.rule) {
				continue
			}
			r, told := f.result(), f.all()
			told = told[:min(len(told), l.spec.told())]
			r.Told = int64(len(told))
			out.Results = append(out.Results, r)
			out.Violations = append(out.Violations, told...)
		}
	}
	sortViolations(out.Violations, l.splits)
	return out
}

// broken are the rows of a split that broke a rule that does more than to warn.
func (l *ledger) broken(split int) *rowSet {
	var rows rowSet
	for _, f := range l.finders(split) {
		rows.merge(&f.rows)
	}
	return &rows
}

// stopping are the rows of a split that broke a rule which stops a run.
func (l *ledger) stopping(split int) *rowSet {
	var rows rowSet
	for _, f := range l.finders(split) {
		if r := f.result(); r.Stops() {
			rows.merge(&f.rows)
		}
	}
	return &rows
}

// out are the violations of a split that leave records out.
func (l *ledger) out(split int) []Violation {
	var all []Violation
	for _, f := range l.finders(split) {
		if f.rule.Severity.LeavesOut() {
			all = append(all, f.all()...)
		}
	}
	sortViolations(all, l.splits)
	return all
}
