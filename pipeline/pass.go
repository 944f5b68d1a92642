package pipeline

import (
	"cmp"
	"slices"
	"sync"
)

// ShardFindings is what rules have found in the images of a shard, in terms of the
// shard alone: it is the same wherever in its split the shard stands.
type ShardFindings struct {
	// Read is how many images were, Asked how many records a rule over samples had
	// something to say about, by Rule.Key.
	Read  int64            `json:"read,omitempty"`
	Asked map[string]int64 `json:"asked,omitempty"`
	// Broken counts what broke a rule, by rule and cause; what left a record out is
	// among it.
	Broken []ShardCount `json:"broken,omitempty"`
	// Warnings are the first violations of each rule that left nothing out, at most
	// maxWarnings of a rule.
	Warnings []ShardWarning `json:"warnings,omitempty"`
}

// ShardCount is how often a rule was broken for one cause.
type ShardCount struct {
	Rule string `json:"rule"`
	// Of is the field of a rule that is asked of one.
	Of    string `json:"of,omitempty"`
	Field string `json:"field,omitempty"`
	What  string `json:"what,omitempty"`
	Count int64  `json:"count"`
}

// ShardWarning is a violation that left nothing out.
type ShardWarning struct {
	Rule   string `json:"rule"`
	Record int    `json:"record"` // in the shard as planned, from 0
	Field  string `json:"field,omitempty"`
	Item   int    `json:"item,omitempty"` // in a list of images
	Detail string `json:"detail"`
}

// maxWarnings is how many warnings of a rule a shard tells one by one: there may be
// ten thousand shards.
const maxWarnings = 8

// passFindings takes down what is found while a shard's images are read. It is safe
// for concurrent use.
type passFindings struct {
	spec  *Spec
	shard *Shard
	mu    sync.Mutex
	by    *ledger
	whole *ledger     // of a check, which takes all findings over; nil in a run that writes
	split int         // in whole
	out   []Violation // of records that are left out, or stop the run
	warn  map[string][]ShardWarning
	asked map[string]int64
}

func newPassFindings(spec *Spec, sh *Shard) *passFindings {
	p := &passFindings{spec: spec, shard: sh, warn: make(map[string][]ShardWarning), asked: make(map[string]int64)}
	p.by = newLedger(spec, []string{sh.Split}, func(r *Rule) bool {
		return r.Columns == nil && r.Dataset == nil && r.Files == nil && r.Shards == nil && r.Contents == nil
	})
	p.by.attach(0, sh.Records)
	return p
}

// newCheckFindings is newPassFindings for a check: findings go into those of the whole
// split, and no more of them are kept than are told.
func newCheckFindings(whole *ledger, split int, sh *Shard) *passFindings {
	p := newPassFindings(whole.spec, sh)
	p.whole, p.split = whole, split
	for key := range p.by.by[0] {
		p.by.by[0][key] = whole.by[split][key].Fork()
	}
	return p
}

// broke takes a fault down; stays says that the record is written all the same. An
// asset whose field is -1 stands for all images of the record.
func (p *passFindings) broke(record int, rule *Rule, a Asset, fault *Fault) (stays bool) {
	if rule.Severity == SeverityOff {
		return true
	}
	row, field := p.shard.Order.At(record), rule.Field
	file := ""
	if a.Field >= 0 {
		field, file = p.shard.Schema.Field(a.Field).Name, p.shard.Images[a.Field].File(row, a.Item)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	f := p.by.find(0, rule.ID, rule.Field)
	tell := f.Broke(row, field, fault.Cause)
	if p.whole != nil {
		if tell {
			f.Tell(Violation{Row: row, Field: field, File: file, Detail: fault.Detail})
		}
		return true
	}
	if rule.Severity == SeverityWarn {
		p.warned(rule.Key(), ShardWarning{Rule: rule.ID, Record: record, Field: field, Item: a.Item, Detail: fault.Detail})
		return true
	}
	p.out = append(p.out, Violation{
		Split: p.shard.Split, Row: p.shard.Number(row), Rule: rule.ID, Field: field, File: file, Detail: fault.Detail, Cause: fault.Cause,
		Origin: p.shard.origin(row),
	})
	return false
}

// warned keeps the warnings of the first records.
func (p *passFindings) warned(key string, w ShardWarning) {
	list := p.warn[key]
	at, _ := slices.BinarySearchFunc(list, w, compareWarnings)
	if at >= maxWarnings {
		return
	}
	list = slices.Insert(list, at, w)
	p.warn[key] = list[:min(len(list), maxWarnings)]
}

func compareWarnings(a, b ShardWarning) int {
	return cmp.Or(cmp.Compare(a.Record, b.Record), cmp.Compare(a.Field, b.Field), cmp.Compare(a.Item, b.Item), cmp.Compare(a.Rule, b.Rule))
}

// ask counts a record that a rule over samples had something to say about.
func (p *passFindings) ask(rule *Rule, n int64) {
	if n > 0 {
		p.mu.Lock()
		p.asked[rule.Key()] += n
		p.mu.Unlock()
	}
}

// findings are those of the whole shard, in an order of their own.
func (p *passFindings) findings(images int64) ShardFindings {
	s := ShardFindings{Read: images}
	if len(p.asked) > 0 {
		s.Asked = p.asked
	}
	for _, f := range p.by.finders(0) {
		f.flush()
		for k, n := range f.causes {
			s.Broken = append(s.Broken, ShardCount{Rule: f.rule.ID, Of: f.rule.Field, Field: k.field, What: k.what, Count: n})
		}
		s.Warnings = append(s.Warnings, p.warn[f.rule.Key()]...)
	}
	slices.SortFunc(s.Broken, func(a, b ShardCount) int {
		return cmp.Or(cmp.Compare(a.Rule, b.Rule), cmp.Compare(a.Of, b.Of), cmp.Compare(a.Field, b.Field), cmp.Compare(a.What, b.What))
	})
	slices.SortStableFunc(s.Warnings, compareWarnings)
	return s
}

// stops are the results of the rules that the shard's images break and that stop a
// run.
func (p *passFindings) stops() []RuleResult {
	found := p.by.findings(nil)
	return slices.DeleteFunc(found.Results, func(r RuleResult) bool { return !r.Stops() })
}

// overruns counts, over all shards, what rules tolerate some of.
type overruns struct {
	mu      sync.Mutex
	counted map[overKey]int64
}

type overKey struct{ split, rule, field string }

// add counts what a shard has shown, and stops the run where that is more than the
// whole split may have.
func (o *overruns) add(b *Builder, split int, found *ShardFindings) error {
	s := &b.Plan.Splits[split]
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, c := range found.Broken {
		rule := b.Spec.rule(c.Rule, c.Of)
		if !rule.Tolerate.Given() || rule.Severity == SeverityOff {
			continue
		}
		if o.counted == nil {
			o.counted = make(map[overKey]int64)
		}
		k := overKey{s.Name, c.Rule, c.Of}
		o.counted[k] += c.Count
		things := s.ImageCount
		if rule.Sample != nil {
			things = s.Rows
		}
		if n := o.counted[k]; n > rule.Tolerate.Limit(things) {
			r := RuleResult{Rule: c.Rule, Field: c.Of, Split: s.Name, Severity: rule.Severity, Of: rule.Of, Checked: things, Violated: n}
			r.settle(rule.Tolerate)
			return &ViolationsError{Results: []RuleResult{r}, Total: n, Stopped: true}
		}
	}
	return nil
}

// resume counts what shards have shown that an earlier run built.
func (b *Builder) resume(set *recordSet) error {
	for split, records := range set.records {
		for _, rec := range records {
			if rec == nil {
				continue
			}
			if err := b.over.add(b, split, &rec.Built.Found); err != nil {
				return err
			}
		}
	}
	return nil
}

// violations are warnings in terms of the split whose shard has these rows.
func (s *ShardFindings) violations(r *Records, rows Rows) []Violation {
	var out []Violation
	for _, w := range s.Warnings {
		if w.Record >= rows.Len() {
			continue
		}
		row := rows.At(w.Record)
		v := Violation{Split: r.Split, Row: r.Number(row), Rule: w.Rule, Field: w.Field, Detail: w.Detail, Origin: r.origin(row)}
		if f := r.Schema.Index(w.Field); f >= 0 && r.Images[f] != nil && w.Item < r.Images[f].Count(row) {
			v.File = r.Images[f].File(row, w.Item)
		}
		out = append(out, v)
	}
	return out
}

// add sums the counts of another shard up.
func (s *ShardFindings) add(o *ShardFindings) {
	s.Read += o.Read
	for key, n := range o.Asked {
		if s.Asked == nil {
			s.Asked = make(map[string]int64)
		}
		s.Asked[key] += n
	}
	s.Broken = append(s.Broken, o.Broken...)
}

// settle lays what the images of a split have shown over what its plan knows.
func (s *Spec) settle(planned []RuleResult, split string, pass *ShardFindings) []RuleResult {
	results := slices.Clone(planned)
	at := func(rule, of string) *RuleResult {
		for i := range results {
			if results[i].Rule == rule && results[i].Field == of {
				return &results[i]
			}
		}
		r := s.rule(rule, of)
		results = append(results, RuleResult{Rule: rule, Field: of, Split: split, Severity: r.Severity, Of: r.Of})
		return &results[len(results)-1]
	}
	broken := make(map[string]int64)
	for _, b := range pass.Broken {
		if s.rule(b.Rule, b.Of).Severity == SeverityOff {
			continue
		}
		r := at(b.Rule, b.Of)
		r.Causes = slices.Clone(r.Causes)
		r.Violated += b.Count
		r.addCause(Cause{Field: b.Field, What: b.What, Count: b.Count})
		broken[ruleKey(b.Rule, b.Of)] += b.Count
	}
	left := pass.Read - broken[RuleEmpty] - broken[RuleTooLarge]
	for _, id := range passChain {
		if rule := s.rule(id, ""); rule.Severity != SeverityOff {
			at(id, "").Checked += left
			left -= broken[id]
		}
	}
	for i := range s.Rules {
		switch rule := &s.Rules[i]; {
		case rule.Severity == SeverityOff:
		case rule.Image != nil:
			at(rule.ID, rule.Field).Checked += left
		case rule.Sample != nil:
			at(rule.ID, rule.Field).Checked += pass.Asked[rule.Key()]
		}
	}
	for i := range results {
		if rule := s.rule(results[i].Rule, results[i].Field); rule.Contents != nil {
			results[i].Partial = "a conversion does not compare all images with each other: `pickshard check` does"
		}
		results[i].settle(s.rule(results[i].Rule, results[i].Field).Tolerate)
	}
	return results
}
