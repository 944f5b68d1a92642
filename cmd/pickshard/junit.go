package main

import (
	"encoding/xml"
	"fmt"
	"strings"

	"github.com/pickshard/pickshard/pipeline"
)

// The parts of JUnit's XML that CI systems read: a suite a split, a case a rule.
type (
	junitSuites struct {
		XMLName xml.Name     `xml:"testsuites"`
		Name    string       `xml:"name,attr"`
		Suites  []junitSuite `xml:"testsuite"`
	}
	junitSuite struct {
		Name     string      `xml:"name,attr"`
		Tests    int         `xml:"tests,attr"`
		Failures int         `xml:"failures,attr"`
		Skipped  int         `xml:"skipped,attr"`
		Cases    []junitCase `xml:"testcase"`
	}
	junitCase struct {
		Class   string        `xml:"classname,attr"`
		Name    string        `xml:"name,attr"`
		Failure *junitMessage `xml:"failure"`
		Skipped *junitMessage `xml:"skipped"`
		Out     string        `xml:"system-out,omitempty"`
	}
	junitMessage struct {
		Message string `xml:"message,attr"`
		Text    string `xml:",chardata"`
	}
)

// junitDetails is how many violations a case tells.
const junitDetails = 20

// junit is the findings as JUnit's XML: what keeps an output from being made, or leaves
// a record out, is a failure; a warning is not; a rule that had nothing to check is
// skipped.
func junit(found *pipeline.CheckReport, spec *pipeline.Spec) ([]byte, error) {
	all := junitSuites{Name: "pickshard check"}
	at := make(map[string]int)
	for i := range found.Results {
		r := &found.Results[i]
		n, known := at[r.Split]
		if !known {
			n = len(all.Suites)
			at[r.Split] = n
			name := r.Split
			if name == "" {
				name = "all splits"
			}
			all.Suites = append(all.Suites, junitSuite{Name: name})
		}
		s := &all.Suites[n]
		c := junitCase{Class: "pickshard." + s.Name, Name: strings.TrimSpace(r.Rule + " " + r.Field)}
		message := fmt.Sprintf("%s of %s %s", humanCount(r.Violated), humanCount(r.Checked), r.Of)
		switch {
		case r.Outcome == pipeline.OutcomeNotChecked:
			s.Skipped++
			c.Skipped = &junitMessage{Message: "nothing to check"}
		case r.Violated > 0 && (r.Stops() || r.Severity.LeavesOut()):
			s.Failures++
			c.Failure = &junitMessage{Message: message, Text: junitText(found, r, spec)}
		case r.Violated > 0:
			c.Out = message + "\n" + junitText(found, r, spec)
		default:
			c.Out = message
		}
		s.Tests++
		s.Cases = append(s.Cases, c)
	}
	data, err := xml.MarshalIndent(all, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("write --junit: %w", err)
	}
	return append(append([]byte(xml.Header), data...), '\n'), nil
}

// junitText lists violations, and says what to do.
func junitText(found *pipeline.CheckReport, r *pipeline.RuleResult, spec *pipeline.Spec) string {
	var b strings.Builder
	for _, v := range found.Of(r)[:min(len(found.Of(r)), junitDetails)] {
		b.WriteString(safe(v.String()) + "\n")
	}
	if n := r.Violated - int64(min(len(found.Of(r)), junitDetails)); n > 0 {
		b.WriteString("... and " + humanCount(n) + " more\n")
	}
	b.WriteString("to do: " + spec.Advice(r) + "\n")
	return b.String()
}
