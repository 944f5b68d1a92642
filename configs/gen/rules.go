package main

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/pickshard/pickshard/stages"
	rule "github.com/pickshard/pickshard/stages/validate"
)

const rulesPreface = `# The rules, one by one

Made from the rules' own descriptions by ` + "`make gen`" + `; a test runs every example.
` + "`pickshard check CONFIG INPUT`" + ` asks them all, ` + "`convert`" + ` asks them as it goes.

Under ` + "`rules:`" + ` in the config stand rules and fields. What has a dot in it is a rule, and so
are type, required, unique and join; anything else is a field (one of these four names is
written ` + "`field.type`" + ` and so on). A severity alone may stand there, ` + "`image.intact: warn`" + `, or
a mapping with what the rule takes and

- ` + "`on_error`" + `: fail stops the run, skip leaves the record out, quarantine does so and writes
  it down, warn tells and counts it, off does not ask. Left out, it is the rule's own, or
  that of ` + "`--on-error`" + `. Rules that shards need cannot be warn or off; rules about a split or
  an output as a whole cannot leave records out.
- ` + "`tolerate`" + `: how much of what is checked in a split may break the rule before the run stops,
  whatever the severity: a count, or a share such as 0.1%.

An image that breaks a rule is not asked by those behind it, from image.path to
image.decodable. Where nothing was checked a rule is "not checked", never passed.
`

// generateRules returns the page of the rules.
func generateRules(string) ([]byte, error) {
	var b bytes.Buffer
	b.WriteString(rulesPreface)
	for _, k := range stages.Rules() {
		describeRule(&b, &k)
	}
	return b.Bytes(), nil
}

func describeRule(b *bytes.Buffer, k *rule.Kind) {
	fmt.Fprintf(b, "\n## %s\n\n%s: %s.\n\nTo do: %s.\n\n", k.ID, capital(string(k.Of)), k.Means, k.Advice)
	severity := "that of `--on-error`"
	if k.Severity != "" {
		severity = "`" + string(k.Severity) + "`"
	}
	asked := "asked where the config says so"
	switch {
	case k.OfField:
		asked = "asked under the name of a field"
	case k.Always:
		asked = "always asked"
	}
	fmt.Fprintf(b, "Severity %s; %s", severity, asked)
	if k.Essential {
		b.WriteString("; shards need it")
	}
	if len(k.Keys) > 0 {
		b.WriteString("; takes `" + strings.Join(k.Keys, "`, `") + "`")
	}
	b.WriteString(".\n")
	if k.Example.Fields == "" {
		return
	}
	b.WriteString("\n```yaml\nfields: " + k.Example.Fields + "\n")
	if k.Example.Rules != "" {
		b.WriteString("rules: " + k.Example.Rules + "\n")
	}
	for _, e := range []struct {
		name   string
		splits []string
	}{{"keeps it", k.Example.Good}, {"breaks it", k.Example.Bad}} {
		b.WriteString("# " + e.name + ":\n")
		for i, lines := range e.splits {
			more := ""
			if len(e.splits) > 1 {
				more = "   (" + []string{"train", "test"}[i] + ")"
			}
			shown := strings.Split(lines, "\n")
			for _, line := range shown[:min(len(shown), 3)] {
				b.WriteString("#   " + line + more + "\n")
			}
			if n := len(shown) - 3; n > 0 {
				fmt.Fprintf(b, "#   ... and %d more like it\n", n)
			}
		}
	}
	b.WriteString("```\n")
}

func capital(s string) string { return strings.ToUpper(s[:1]) + s[1:] }
