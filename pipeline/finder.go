package pipeline

import (
	"cmp"
	"math"
	"slices"
	"sync"
	"sync/atomic"
)

// MaxTold is how many violations of a rule and split are told one by one, where
// nothing else is asked for: those of the lowest rows. Those that leave a record out
// are all written down.
const MaxTold = 100

// maxCauses is how many causes of a rule and split are told apart; the rest is one.
const maxCauses = 64

// otherCauses stands for causes beyond the number that is told apart.
const otherCauses = "other causes"

// A Finder takes down what one rule finds in one split: exact counts, and details of
// the lowest rows. To count one costs nothing that grows; details are asked for only
// where they are kept, so a rule that every record breaks is as fast as one that none
// does:
//
//	f.Checked(n)
//	...
//	if f.Broke(row, field, what) {
//		f.Tell(Violation{Row: row, Field: field, Detail: ...})
//	}
//
// It belongs to one goroutine; others work with forks.
type Finder struct {
	rule    *Rule
	split   string
	records *Records // nil where the split is not known yet
	parent  *Finder  // of a fork

	checked, violated int64
	causes            map[causeKey]int64
	last              *causeRun
	partial           string
	rows              rowSet      // that broke the rule, unless it only warns
	told              []Violation // by row, field
	most              int
	horizon           atomic.Int64 // rows beyond it are not told
	mu                sync.Mutex   // of joining
}

type causeKey struct{ field, what string }

// causeRun counts violations of one cause that follow one another, as they do where
// a whole column is wrong.
type causeRun struct {
	causeKey
	n int64
}

func newFinder(rule *Rule, split string, r *Records, most int) *Finder {
	f := &Finder{rule: rule, split: split, records: r, most: most}
	f.horizon.Store(math.MaxInt64)
	return f
}

// Rule is the rule that is looked for.
func (f *Finder) Rule() *Rule { return f.rule }

// Checked counts what was looked at, what broke the rule among it.
func (f *Finder) Checked(n int64) { f.checked += n }

// Broke counts a violation. what is its cause without what differs from record to
// record, of a small number of words; it may be empty. The answer is whether to tell
// more of it.
func (f *Finder) Broke(row int64, field, what string) (tell bool) {
	if f.rule.Severity == SeverityOff {
		return false
	}
	f.violated++
	if f.rule.Severity != SeverityWarn && row != WholeSplit {
		f.rows.add(row)
	}
	if k := (causeKey{field, what}); f.last != nil && f.last.causeKey == k {
		f.last.n++
	} else {
		f.flush()
		f.last = &causeRun{k, 1}
	}
	return row <= f.horizon.Load() && (f.parent == nil || row <= f.parent.horizon.Load())
}

// Partly notes what was not looked at, for which the counts are not whole.
func (f *Finder) Partly(why string) { f.partial = why }

// Most is how many violations are told.
func (f *Finder) Most() int { return f.most }

// flush adds up the violations of the cause that came last.
func (f *Finder) flush() {
	if f.last == nil {
		return
	}
	f.count(f.last.causeKey, f.last.n)
	f.last = nil
}

func (f *Finder) count(k causeKey, n int64) {
	if f.causes == nil {
		f.causes = make(map[causeKey]int64)
	}
	if _, known := f.causes[k]; !known && len(f.causes) >= maxCauses {
		k = causeKey{what: otherCauses}
	}
	f.causes[k] += n
}

// Tell keeps the details of a violation that was counted. Split, rule and origin are
// filled in.
func (f *Finder) Tell(v Violation) {
	v.Split, v.Rule = f.split, f.rule.ID
	if v.Cause == "" && f.last != nil {
		v.Cause = f.last.what
	}
	if f.records != nil && v.Row != WholeSplit {
		v.Origin = f.records.origin(v.Row)
	}
	f.keep(v)
}

// keep puts a violation to its place among those that are told.
func (f *Finder) keep(v Violation) {
	if f.most == math.MaxInt {
		f.told = append(f.told, v) // sorted when asked for
		return
	}
	at := len(f.told)
	if at > 0 && compareTold(v, f.told[at-1]) < 0 {
		at, _ = slices.BinarySearchFunc(f.told, v, compareTold)
	}
	if at >= f.most {
		return
	}
	if f.told = slices.Insert(f.told, at, v); len(f.told) > f.most {
		f.told = f.told[:f.most]
	}
	if len(f.told) == f.most {
		f.horizon.Store(f.told[f.most-1].Row)
	}
}

func compareTold(a, b Violation) int {
	return cmp.Or(cmp.Compare(a.Row, b.Row), cmp.Compare(a.Field, b.Field), cmp.Compare(a.File, b.File), cmp.Compare(a.Detail, b.Detail))
}

// Fork returns a Finder for another goroutine, which counts until it is joined.
func (f *Finder) Fork() *Finder {
	fork := newFinder(f.rule, f.split, f.records, f.most)
	fork.parent = f
	return fork
}

// Join takes a fork's findings over; it is safe for concurrent use.
func (f *Finder) Join(fork *Finder) {
	fork.flush()
	f.mu.Lock()
	defer f.mu.Unlock()
	f.flush()
	f.checked += fork.checked
	f.violated += fork.violated
	for k, n := range fork.causes {
		f.count(k, n)
	}
	f.rows.merge(&fork.rows)
	for _, v := range fork.told {
		f.keep(v)
	}
}

// all are the violations that are told, by row.
func (f *Finder) all() []Violation {
	if !slices.IsSortedFunc(f.told, compareTold) {
		slices.SortFunc(f.told, compareTold)
	}
	return f.told
}

// result is what the Finder has found.
func (f *Finder) result() RuleResult {
	f.flush()
	r := RuleResult{
		Rule: f.rule.ID, Field: f.rule.Field, Split: f.split, Severity: f.rule.Severity, Of: f.rule.Of,
		Checked: f.checked, Violated: f.violated, Partial: f.partial,
	}
	for k, n := range f.causes {
		r.Causes = append(r.Causes, Cause{Field: k.field, What: k.what, Count: n})
	}
	slices.SortFunc(r.Causes, compareCauses)
	r.settle(f.rule.Tolerate)
	return r
}

func compareCauses(a, b Cause) int {
	return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Field, b.Field), cmp.Compare(a.What, b.What))
}
