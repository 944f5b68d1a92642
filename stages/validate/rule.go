package validate

import (
	"fmt"
	"slices"

	"github.com/pickshard/pickshard/pipeline"
	"github.com/pickshard/pickshard/schema"
)

// A Kind is a rule before a config asks it: what it is for, what a config can say to
// it, and how it looks. Each is a function in a file of its own, rule_*.go, and has a
// line in the list of package stages.
//
// A record's way past the rules, for one that names win.png and lose.jpg:
//
//	Loader    type, join: the values as they are read
//	Columns   required, value.range, text.blank, ...: all values of a column
//	Source    image.path, image.missing, image.empty, image.too-large: names and sizes
//	Dataset   unique, image.fan-out, split.leak.file, ...: all records
//	Checker   image.format to image.decodable: the bytes of win.png, of lose.jpg
//	Image     image.blank, image.mode, ...: each of them once more, if it is whole
//	Sample    pair.distinct: both together
type Kind struct {
	pipeline.About
	// Severity is the rule's own; empty stands for that of the run (--on-error).
	Severity pipeline.Severity
	// Always says that the rule is asked without a word in the config.
	Always bool
	// Applies says whether data of a shape has anything to ask an Always rule about; nil:
	// it has.
	Applies func(d Data) bool
	// OfField says that the rule is asked under the name of a field.
	OfField bool
	// Keys are those of Params that the config can give; the first of them that is
	// given under a field's name asks the rule.
	Keys []string
	// Example is run by a test, and shown in the reference.
	Example Example
	// Make lays the looking into a rule that is asked; nil where Loader, Source or
	// Checker look. An error is about what the config says.
	Make func(p *Params, s *schema.Schema, r *pipeline.Rule) error
}

// Data is the shape of what is checked.
type Data struct {
	Schema *schema.Schema
	Splits int
	// Key, Sides and Texts say whether a field gives keys, whether there are side
	// tables that must know each record, and texts that are files of their own.
	Key, Sides, Texts bool
	// Files says whether there are images that are files of their own, Part whether only
	// some of the splits, or what some records were made into, are looked at.
	Files, Part bool
}

func hasImages(d Data) bool { return len(d.Schema.Images()) > 0 }

func hasLists(d Data) bool {
	return slices.ContainsFunc(d.Schema.Images(), func(f int) bool { return d.Schema.Field(f).Type.ImageList() })
}

func hasTexts(d Data) bool {
	for i := range d.Schema.Len() {
		if d.Schema.Field(i).Type.Kind == schema.String {
			return true
		}
	}
	return false
}

func hasRequired(d Data) bool {
	for i := range d.Schema.Len() {
		if !d.Schema.Field(i).Nullable {
			return true
		}
	}
	return false
}

// Params are what a config says to rules, each of which takes some of them.
type Params struct {
	// The least value, itself included: of a field, or of what the rule measures.
	Min *float64 `json:"min,omitempty"`
	// The greatest value, itself included.
	Max *float64 `json:"max,omitempty"`
	// Whether a number must be finite: neither NaN nor infinite.
	Finite bool `json:"finite,omitempty"`
	// The fewest characters of a text, or values of a list.
	MinLength *int64 `json:"min_length,omitempty"`
	// The most characters of a text, or values of a list.
	MaxLength *int64 `json:"max_length,omitempty"`
	// A regular expression (RE2) that must match somewhere in the text; ^ and $ stand
	// for its ends.
	Pattern string `json:"pattern,omitempty"`
	// The values that there may be.
	OneOf []any `json:"one_of,omitempty"`
	// The field that is preferred, of a pair: an image, or a score.
	A string `json:"a,omitempty"`
	// The other field of the pair.
	B string `json:"b,omitempty"`
	// The field that says what is compared, such as the prompt.
	By string `json:"by,omitempty"`
	// The least width and the least height of an image, in pixels.
	MinSide int64 `json:"min_side,omitempty"`
	// The largest share of a field's values that may be null, from 0 to 1.
	MaxNulls *float64 `json:"max_nulls,omitempty"`
}

// Example is data that keeps a rule, and data that breaks it: records as JSON Lines,
// one text a split (train, then test). Images are named by what they are, see the test.
type Example struct {
	// Fields is the config's, in YAML's flow style; Rules is what it says under rules,
	// empty for a rule that is always asked.
	Fields, Rules string
	Good, Bad     []string
}

// Asked is a rule as a config asks for it.
type Asked struct {
	Field    string // of a rule that is asked of one
	Severity pipeline.Severity
	Tolerate pipeline.Tolerance
	Params   Params
}

// Rule makes the rule that is asked for; usual is the run's severity.
func (k *Kind) Rule(a *Asked, s *schema.Schema, usual pipeline.Severity) (pipeline.Rule, error) {
	r := pipeline.Rule{About: k.About, Field: a.Field, Severity: a.Severity, Tolerate: a.Tolerate}
	if r.Severity == "" {
		r.Severity = k.Severity
	}
	if r.Severity == "" {
		r.Severity = usual
	}
	if k.Essential && !r.Severity.LeavesOut() && r.Severity != pipeline.SeverityFail {
		return r, fmt.Errorf("rule %s cannot be %s: shards need it; fail, skip and quarantine are possible", k.ID, r.Severity)
	}
	if k.Whole && r.Severity.LeavesOut() {
		return r, fmt.Errorf("rule %s cannot be %s: no single record is at fault; fail, warn and off are possible", k.ID, r.Severity)
	}
	if k.Essential && r.Severity == pipeline.SeverityFail {
		r.Tolerate = pipeline.Tolerance{} // nothing that breaks it can be written
	}
	if k.Make == nil || r.Severity == pipeline.SeverityOff {
		return r, nil
	}
	return r, k.Make(&a.Params, s, &r)
}

// column finds a field that is not an image, of one of some kinds; none stand for all.
func column(s *schema.Schema, name string, kinds ...schema.Kind) (int, error) {
	i := s.Index(name)
	if i < 0 {
		return 0, fmt.Errorf("there is no field %q", name)
	}
	t := s.Field(i).Type
	if t.Images() || len(kinds) > 0 && !slices.Contains(kinds, t.Kind) {
		return 0, fmt.Errorf("field %s is of type %s, which the rule has nothing to say about", name, t)
	}
	return i, nil
}

// imageField finds a field that is one image.
func imageField(s *schema.Schema, name string) (int, error) {
	i := s.Index(name)
	switch {
	case i < 0:
		return 0, fmt.Errorf("there is no field %q", name)
	case s.Field(i).Type.Kind != schema.Image:
		return 0, fmt.Errorf("field %s is of type %s, not an image", name, s.Field(i).Type)
	}
	return i, nil
}
