package stages

import (
	"errors"
	"slices"

	"github.com/pickshard/pickshard/pipeline"
	"github.com/pickshard/pickshard/schema"
	"github.com/pickshard/pickshard/stages/validate"
)

// Rules lists the rules, in the order of reports. It is the only list: the config, its
// schema, help texts and documentation follow from it.
func Rules() []validate.Kind {
	return []validate.Kind{
		validate.Type(), validate.Required(), validate.Unique(), validate.Join(), validate.TextFile(),
		validate.ValueRange(), validate.ValueFinite(), validate.ValueLength(), validate.ValuePattern(), validate.ValueOneOf(),
		validate.TextBlank(), validate.TextInvalid(), validate.NumberInvalid(),
		validate.ImageList(), validate.ImagePath(), validate.ImageMissing(), validate.ImageEmpty(), validate.ImageTooLarge(),
		validate.ImageFormat(), validate.ImageDimension(), validate.ImageIntact(), validate.ImageEnd(), validate.ImageDecodable(),
		validate.ImageExtension(), validate.ImageSize(), validate.ImageAspect(), validate.ImageMode(), validate.ImageOrientation(), validate.ImageBlank(),
		validate.PairDistinct(), validate.PairContradiction(), validate.PairScore(),
		validate.ImageFanOut(), validate.ImageRepeated(), validate.ImageUnused(), validate.SplitLeakFile(), validate.SplitLeakBytes(), validate.SplitLeakText(),
		validate.TableRows(), validate.TableNulls(), validate.TableConstant(), validate.HubFiles(),
	}
}

// PickRules makes the rules of a run: those that are always asked, and those that asks
// names, each by its ID. usual is the severity of rules that have none of their own.
// An error joins a RuleError for each that cannot be asked so.
func PickRules(asks map[string][]validate.Asked, d validate.Data, usual pipeline.Severity) ([]pipeline.Rule, error) {
	var rules []pipeline.Rule
	var errs []error
	for _, k := range Rules() {
		asked := asks[k.ID]
		if len(asked) == 0 && k.Always && (k.Applies == nil || k.Applies(d)) {
			asked = []validate.Asked{{}}
		}
		for i := range asked {
			r, err := k.Rule(&asked[i], d.Schema, usual)
			if err != nil {
				errs = append(errs, &RuleError{ID: k.ID, Field: asked[i].Field, Err: err})
			}
			rules = append(rules, r)
		}
	}
	return rules, errors.Join(errs...)
}

// RuleError says which rule cannot be asked so.
type RuleError struct {
	ID, Field string
	Err       error
}

func (e *RuleError) Error() string {
	if e.Field != "" {
		return "rule " + e.ID + " of field " + e.Field + ": " + e.Err.Error()
	}
	return "rule " + e.ID + ": " + e.Err.Error()
}

func (e *RuleError) Unwrap() error { return e.Err }

// RuleNames lists the names of rules that a config can give: those that are not asked
// under the name of a field.
func RuleNames() []string {
	var names []string
	for _, k := range Rules() {
		if !k.OfField {
			names = append(names, k.ID)
		}
	}
	slices.Sort(names)
	return names
}

// Explain tells of a result, by what is known of the rules alone, what it means for
// training, and what to do.
func Explain(s *schema.Schema) func(r *pipeline.RuleResult) (means, advice string) {
	spec := &pipeline.Spec{Schema: s}
	for _, k := range Rules() {
		spec.Rules = append(spec.Rules, pipeline.Rule{About: k.About})
	}
	return spec.Explain
}
