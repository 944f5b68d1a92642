package main

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/pickshard/pickshard/pipeline"
)

// shownDetails is how many violations of a rule and split are shown.
const shownDetails = 3

// telling is what is told of findings beside what is wrong.
type telling struct {
	strict bool
	all    bool // rules that passed have lines of their own
	took   time.Duration
}

// showFindings prints the table of rules and splits, worst first, what is wrong, which
// rules passed, and a last line that says how it stands.
func showFindings(out io.Writer, found *pipeline.CheckReport, spec *pipeline.Spec, how telling) error {
	var b strings.Builder
	lines := foldPassed(found.Worst())
	table := slices.DeleteFunc(slices.Clone(lines), func(r folded) bool { return r.Violated == 0 && !how.all })
	if err := showTable(&b, table); err != nil {
		return fmt.Errorf("print findings: %w", err)
	}
	explained := make(map[string]bool)
	for _, r := range found.Worst() {
		if key := r.Rule + " " + r.Field; r.Violated > 0 && !explained[key] {
			explained[key] = true
			explainRule(&b, found, &r, spec)
		}
	}
	if b.Len() > 0 {
		b.WriteString("\n")
	}
	if !how.all {
		b.WriteString(passed(lines))
	}
	b.WriteString(unchecked(found))
	b.WriteString(verdict(found, how.strict) + fmt.Sprintf(" in %s\n", how.took.Round(10*time.Millisecond)))
	if _, err := io.WriteString(out, b.String()); err != nil {
		return fmt.Errorf("print findings: %w", err)
	}
	return nil
}

// showTable prints a line for each result, nothing where there is none.
func showTable(out io.Writer, results []folded) error {
	if len(results) == 0 {
		return nil
	}
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "RULE\tSPLIT\tCHECKED\tVIOLATED\tSHARE\tLIMIT\tOUTCOME")
	for _, r := range results {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", strings.TrimSpace(r.Rule+" "+r.Field), r.Split,
			plural(r.Checked, strings.TrimSuffix(string(r.Of), "s")), humanCount(r.Violated), shareOf(&r.RuleResult), limitOf(&r.RuleResult), outcome(&r.RuleResult))
	}
	return w.Flush()
}

// passed names the rules that nothing broke in any split, in one line.
func passed(lines []folded) string {
	broken := make(map[string]bool)
	for _, r := range lines {
		if r.Violated > 0 || r.Outcome != pipeline.OutcomePassed {
			broken[r.Rule+" "+r.Field] = true
		}
	}
	var names []string
	for _, r := range lines {
		if name := strings.TrimSpace(r.Rule + " " + r.Field); !broken[r.Rule+" "+r.Field] && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	if len(names) == 0 {
		return ""
	}
	return plural(int64(len(names)), "rule") + " passed (--all lists what they checked): " + strings.Join(names, ", ") + "\n"
}

// unchecked tells of what rules have not looked at.
func unchecked(found *pipeline.CheckReport) string {
	var b strings.Builder
	for i := range found.Results {
		r := &found.Results[i]
		if r.Outcome != pipeline.OutcomeNotChecked && r.Partial == "" {
			continue
		}
		what, in := "not checked", ""
		if r.Outcome != pipeline.OutcomeNotChecked {
			what = "checked in part"
		}
		if r.Split != "" {
			in = " of split " + r.Split
		}
		fmt.Fprintf(&b, "%s: %s%s: %s\n", what, strings.TrimSpace(r.Rule+" "+r.Field), in, safe(cmp.Or(r.Partial, "there is nothing to check")))
	}
	return b.String()
}

// folded is a result, or several that say the same of different splits.
type folded struct{ pipeline.RuleResult }

// foldPassed makes one line of a rule's results in all splits where nothing is wrong.
func foldPassed(results []pipeline.RuleResult) []folded {
	var lines []folded
	at := make(map[string]int)
	for _, r := range results {
		key := r.Rule + " " + r.Field + " " + string(r.Outcome)
		if i, ok := at[key]; ok && r.Violated == 0 {
			lines[i].Checked += r.Checked
			lines[i].Limit += r.Limit
			lines[i].Split += ", " + r.Split
			continue
		}
		if r.Violated == 0 {
			at[key] = len(lines)
		}
		lines = append(lines, folded{r})
	}
	return lines
}

// shareOf spells the part that is violated; one that is not none is never spelled as 0.
func shareOf(r *pipeline.RuleResult) string {
	switch p := 100 * r.Share(); {
	case r.Violated == 0:
		return "-"
	case p < 0.01:
		return "<0.01%"
	case p < 1:
		return strconv.FormatFloat(p, 'f', 2, 64) + "%"
	case p > 99 && r.Violated < r.Checked:
		return strconv.FormatFloat(p, 'f', 2, 64) + "%"
	default:
		return strconv.FormatFloat(p, 'f', 0, 64) + "%"
	}
}

// limitOf spells what is tolerated.
func limitOf(r *pipeline.RuleResult) string {
	switch {
	case r.Tolerate != "" && strings.HasSuffix(r.Tolerate, "%"):
		return humanCount(r.Limit) + " (" + r.Tolerate + ")"
	case r.Tolerate != "":
		return humanCount(r.Limit)
	case r.Severity == pipeline.SeverityFail:
		return "0"
	}
	return "-"
}

// outcome says what a result means for a conversion.
func outcome(r *pipeline.RuleResult) string {
	switch {
	case r.Outcome == pipeline.OutcomeOver:
		return "STOPS: over the limit"
	case r.Stops():
		return "STOPS"
	case r.Violated > 0 && r.Severity.LeavesOut():
		return string(r.Severity)
	case r.Violated > 0:
		return "warning"
	}
	return string(r.Outcome)
}

// explainRule says what a violated rule means, what was found in each split, and what
// to do; worst is the result to be fixed first.
func explainRule(b *strings.Builder, found *pipeline.CheckReport, worst *pipeline.RuleResult, spec *pipeline.Spec) {
	fmt.Fprintf(b, "\n%s: %s\n", strings.TrimSpace(worst.Rule+" "+worst.Field), spec.AboutRule(worst.Rule).Means)
	for i := range found.Results {
		if r := &found.Results[i]; r.Rule == worst.Rule && r.Field == worst.Field && r.Violated > 0 {
			explainSplit(b, found, r)
		}
	}
	fmt.Fprintf(b, "  to do: %s\n", spec.Advice(worst))
}

// explainSplit tells of a result: its causes with their numbers, and the first few of
// what broke the rule.
func explainSplit(b *strings.Builder, found *pipeline.CheckReport, r *pipeline.RuleResult) {
	if r.Split != "" {
		fmt.Fprintf(b, "  split %s: %s of %s", r.Split, humanCount(r.Violated), plural(r.Checked, strings.TrimSuffix(string(r.Of), "s")))
		var causes []string
		for _, c := range r.Causes {
			what := strings.Trim(c.Field+": "+c.What, ": ")
			if len(r.Causes) > 1 || c.What != "" {
				causes = append(causes, safe(strings.TrimSpace(humanCount(c.Count)+" × "+what)))
			}
		}
		if len(causes) > 0 {
			b.WriteString(" (" + strings.Join(causes, "; ") + ")")
		}
		b.WriteString("\n")
	}
	list := found.Of(r)
	for _, v := range examples(list) {
		fmt.Fprintf(b, "    %s\n", safe(short(&v)))
	}
	if n := r.Violated - int64(min(len(list), shownDetails)); n > 0 && len(list) > 0 {
		fmt.Fprintf(b, "    ... and %s more\n", humanCount(n))
	}
}

// examples are the violations that are shown of some: the first, and the first of other
// causes before others of the same.
func examples(list []pipeline.Violation) []pipeline.Violation {
	shown := make([]bool, len(list))
	causes, n := make(map[string]bool), 0
	for _, again := range []bool{false, true} {
		for i := range list {
			if n < shownDetails && !shown[i] && (again || !causes[list[i].Cause]) {
				shown[i], causes[list[i].Cause] = true, true
				n++
			}
		}
	}
	var chosen []pipeline.Violation
	for i := range list {
		if shown[i] {
			chosen = append(chosen, list[i])
		}
	}
	return chosen
}

// short is a violation without what stands above it.
func short(v *pipeline.Violation) string {
	text := v.String()
	text = strings.TrimPrefix(text, v.Split+" ")
	return strings.Replace(text, ": "+v.Rule+": ", ": ", 1)
}

// stopped says what would stop a conversion.
func stopped(found *pipeline.CheckReport) string {
	if found.Stopping == 0 {
		return "a conversion would stop"
	}
	text := plural(found.Stopping, "record") + " would stop a conversion"
	if more := found.Broken - found.Stopping; more > 0 {
		text += ", " + humanCount(more) + " more would be left out"
	}
	return text
}

// verdict is one line that says how it stands.
func verdict(found *pipeline.CheckReport, strict bool) string {
	var rows, images, rules, warned, unchecked, stops int64
	names := make(map[string]bool)
	for _, s := range found.Splits {
		rows, images = rows+s.Rows, images+s.Images
	}
	for i := range found.Results {
		r := &found.Results[i]
		names[r.Rule+" "+r.Field] = true
		switch {
		case r.Stops():
			stops++
		case r.Violated > 0 && !r.Severity.LeavesOut():
			warned++
		case r.Outcome == pipeline.OutcomeNotChecked:
			unchecked++
		}
	}
	rules = int64(len(names))
	looked := fmt.Sprintf("%s, %s, %s", plural(rows, "record"), plural(images, "image"), plural(rules, "rule"))
	tail := ""
	if warned > 0 {
		tail += ", " + plural(warned, "warning")
	}
	if unchecked > 0 {
		tail += ", " + humanCount(unchecked) + " not checked"
	}
	switch {
	case stops > 0:
		return "FAILED: " + looked + ": " + stopped(found) + tail
	case found.Broken > 0:
		return "INCOMPLETE: " + looked + ": " + plural(found.Broken, "record") + " would be left out" + tail
	case strict && tail != "":
		return "FAILED (--strict): " + looked + tail
	case tail != "":
		return "OK: " + looked + tail
	}
	return "OK: " + looked + ", no violations"
}
