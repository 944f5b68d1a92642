package pipeline

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Severity is what a violation of a rule brings about.
type Severity string

// The severities, the hardest first.
const (
	SeverityFail       Severity = "fail"       // the run stops, nothing final is written
	SeveritySkip       Severity = "skip"       // the record is left out of all formats alike
	SeverityQuarantine Severity = "quarantine" // left out, and written with its reason under quarantine/
	SeverityWarn       Severity = "warn"       // told and counted, nothing else
	SeverityOff        Severity = "off"        // the rule is not asked
)

// Severities lists them for help texts.
func Severities() []Severity {
	return []Severity{SeverityFail, SeveritySkip, SeverityQuarantine, SeverityWarn, SeverityOff}
}

// LeavesOut says whether a record that breaks the rule is left out.
func (s Severity) LeavesOut() bool { return s == SeveritySkip || s == SeverityQuarantine }

// Tolerance is how much of what a rule looks at in a split may break it before the
// run stops, whatever the severity: a count, or a share of what was checked. The
// zero value sets no bound.
type Tolerance struct {
	text  string
	count int64
	share float64 // of 1; used where percent is set
	part  bool
}

// ParseTolerance reads a count ("100") or a share ("0.1%").
func ParseTolerance(text string) (Tolerance, error) {
	if number, ok := strings.CutSuffix(text, "%"); ok {
		f, err := strconv.ParseFloat(strings.TrimSpace(number), 64)
		if err != nil || !(f >= 0 && f <= 100) {
			return Tolerance{}, fmt.Errorf("%q is not a share between 0%% and 100%%", text)
		}
		return Tolerance{text: text, share: f / 100, part: true}, nil
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 0 {
		return Tolerance{}, fmt.Errorf("%q is neither a count such as 100 nor a share such as 0.1%%", text)
	}
	return Tolerance{text: text, count: n}, nil
}

// Given says whether there is a bound.
func (t Tolerance) Given() bool { return t.text != "" }

func (t Tolerance) String() string { return t.text }

// Limit is how many of checked may break the rule: a share is rounded down.
func (t Tolerance) Limit(checked int64) int64 {
	switch {
	case !t.Given():
		return math.MaxInt64
	case t.part:
		return int64(math.Floor(t.share*float64(checked) + 1e-9))
	}
	return t.count
}
