package configs

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/pickshard/pickshard/pipeline"
	"github.com/pickshard/pickshard/schema"
	"github.com/pickshard/pickshard/stages"
	"github.com/pickshard/pickshard/stages/validate"
)

// Rules is an ordered mapping of rules, and of fields, to what is asked of them. What
// has a dot in it is a rule, and so are type, required, unique and join; all else is a
// field. A field of one of these four names is written as field.type and so on.
type Rules []Rule

// Rule says how a rule is asked, or what a field's values must be. A severity alone may
// stand in its place: `image.intact: warn`.
type Rule struct {
	// Name of the rule or field.
	Name string `json:"-"`
	// What a violation brings about: fail stops the run, skip leaves the record out,
	// quarantine does so and writes it down, warn tells and counts it, off does not
	// ask. Left out, it is the rule's own, or output.on_error.
	OnError pipeline.Severity `json:"on_error,omitempty"`
	// How much of what is checked in a split may break the rule before the run stops,
	// whatever the severity: a count, or a share such as 0.1%. With on_error: fail,
	// what is within it only warns.
	Tolerate Tolerance `json:"tolerate,omitzero"`
	validate.Params
}

// Tolerance is a count or a share.
type Tolerance struct{ pipeline.Tolerance }

// IsZero says that there is none.
func (t Tolerance) IsZero() bool { return !t.Given() }

// MarshalJSON writes it as it was written.
func (t Tolerance) MarshalJSON() ([]byte, error) { return []byte(`"` + t.String() + `"`), nil }

// rules decodes the mapping; a severity may stand in place of a rule's own.
func (d *decoder) rules(n *yaml.Node, path string, p *Rules) {
	d.mapping(n, path, "a mapping of rules and fields", func(name string, n *yaml.Node, path string) {
		r := Rule{Name: name}
		if n.Kind == yaml.ScalarNode {
			if d.where[path] = d.position(n); n.ShortTag() == "!!bool" && (n.Value == "off" || n.Value == "Off" || n.Value == "false") {
				r.OnError = pipeline.SeverityOff // YAML 1.1 reads off as false
			} else if d.is(n, path, "a severity such as warn, or a mapping", "!!str") {
				r.OnError = pipeline.Severity(n.Value)
			}
		} else {
			d.value(n, path, reflect.ValueOf(&r).Elem())
		}
		*p = append(*p, r)
	})
}

// MarshalJSON writes the mapping in its order.
func (r Rules) MarshalJSON() ([]byte, error) {
	return ordered(r, func(r Rule) string { return r.Name })
}

// fieldPrefix leads to a field that has the name of a rule.
const fieldPrefix = "field."

// isRule says whether an entry's name is that of a rule, as against a field.
func (r *Rule) isRule() bool {
	if strings.HasPrefix(r.Name, fieldPrefix) {
		return false
	}
	return strings.Contains(r.Name, ".") || slices.Contains(stages.RuleNames(), r.Name)
}

// field is the field that an entry is about.
func (r *Rule) field() string { return strings.TrimPrefix(r.Name, fieldPrefix) }

// given lists the keys that an entry has beside on_error and tolerate.
func (r *Rule) given() []string {
	var keys []string
	for f, v := range reflect.ValueOf(&r.Params).Elem().Fields() {
		if key, _, _ := strings.Cut(f.Tag.Get("json"), ","); !v.IsZero() {
			keys = append(keys, key)
		}
	}
	return keys
}

// asks sorts what the config asks by the rules' IDs.
func (c *Config) asks() map[string][]validate.Asked {
	asks := make(map[string][]validate.Asked)
	for i := range c.Rules {
		r := &c.Rules[i]
		a := validate.Asked{Severity: r.OnError, Tolerate: r.Tolerate.Tolerance, Params: r.Params}
		if r.isRule() {
			asks[r.Name] = append(asks[r.Name], a)
			continue
		}
		a.Field = r.field()
		for _, k := range stages.Rules() {
			if k.OfField && slices.ContainsFunc(r.given(), func(key string) bool { return slices.Contains(k.Keys, key) }) {
				asks[k.ID] = append(asks[k.ID], a)
			}
		}
	}
	return asks
}

// pipelineRules are the rules of a run.
func (c *Config) pipelineRules(s *schema.Schema) ([]pipeline.Rule, error) {
	// What each makes samples of was chosen before: the others' images are nobody's.
	d := validate.Data{Schema: s, Splits: len(c.Splits), Key: c.Output.Key != "", Part: c.part || c.Each.given()}
	for _, j := range c.Join {
		d.Sides = d.Sides || j.Missing == "" || j.Missing == stages.MissingFail
	}
	for _, f := range c.Fields {
		d.Texts = d.Texts || f.Text != "" || f.Lines != ""
		d.Files = d.Files || f.File != ""
	}
	return stages.PickRules(c.asks(), d, pipeline.Severity(c.Output.OnError))
}

// rules checks what is asked of rules and fields.
func (k *checker) rules() {
	kinds := stages.Rules()
	clean := len(k.found) == 0
	for i := range k.c.Rules {
		r := &k.c.Rules[i]
		at := "rules." + r.Name
		var severities []string
		for _, s := range pipeline.Severities() {
			severities = append(severities, string(s))
		}
		if s := string(r.OnError); s != "" && !slices.Contains(severities, s) {
			clean = false
			where := at + ".on_error"
			if _, ok := k.c.where[where]; !ok {
				where = at
			}
			k.add(where, instead(s, severities), "unknown severity %s", quote(s))
		}
		if r.isRule() {
			clean = k.rule(at, r, kinds) && clean
		} else {
			clean = k.fieldRule(at, r, kinds) && clean
		}
	}
	if !clean {
		return
	}
	s, err := k.c.Schema()
	if err != nil {
		return // told where the fields are
	}
	_, err = k.c.pipelineRules(s)
	joined, _ := err.(interface{ Unwrap() []error })
	if joined == nil {
		return
	}
	for _, one := range joined.Unwrap() {
		var bad *stages.RuleError
		if !errors.As(one, &bad) {
			continue
		}
		at := "rules." + bad.ID
		if bad.Field != "" {
			at = "rules." + bad.Field
			if _, ok := k.c.where[at]; !ok && k.c.where != nil {
				at = "rules." + fieldPrefix + bad.Field
			}
		}
		k.add(at, "", "%v", bad.Err)
	}
}

// rule checks an entry that is a rule's.
func (k *checker) rule(at string, r *Rule, kinds []validate.Kind) bool {
	i := slices.IndexFunc(kinds, func(k validate.Kind) bool { return k.ID == r.Name })
	switch {
	case i < 0:
		k.add(at, instead(r.Name, stages.RuleNames()), "there is no rule %s", quote(r.Name))
		return false
	case kinds[i].OfField:
		k.add(at, fmt.Sprintf("write e.g. rules: {my_field: {%s: ...}}", kinds[i].Keys[0]), "rule %s is asked under the name of a field", quote(r.Name))
		return false
	}
	return k.keys(at, r, kinds[i].Keys, "rule "+r.Name)
}

// fieldRule checks an entry that is a field's.
func (k *checker) fieldRule(at string, r *Rule, kinds []validate.Kind) bool {
	var names, keys []string
	for _, f := range k.c.Fields {
		names = append(names, f.Name)
	}
	if !slices.Contains(names, r.field()) {
		hint := instead(r.field(), names)
		if rule := pipeline.Nearest(r.Name, stages.RuleNames()); rule != "" && pipeline.Nearest(r.field(), names) == "" {
			hint = "did you mean the rule " + rule + "?"
		}
		k.add(at, hint, "there is no field %s, and no rule of that name", quote(r.field()))
		return false
	}
	for _, kind := range kinds {
		if kind.OfField {
			keys = append(keys, kind.Keys...)
		}
	}
	if len(r.given()) == 0 {
		k.add(at, "write e.g. min, max, one_of, pattern or max_length", "it does not say what the field's values must be")
		return false
	}
	return k.keys(at, r, keys, "a field")
}

func (k *checker) keys(at string, r *Rule, known []string, of string) bool {
	ok := true
	for _, key := range r.given() {
		if !slices.Contains(known, key) {
			ok = false
			takes := "it takes on_error and tolerate"
			if len(known) > 0 {
				takes = "it takes " + strings.Join(known, ", ") + ", on_error and tolerate"
			}
			k.add(at+"."+key, takes, "%s has no key %s", of, quote(key))
		}
	}
	return ok
}
