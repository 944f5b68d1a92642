package pipeline

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Policy is what happens to a record that breaks a rule (--on-error).
type Policy string

// The policies.
const (
	PolicyFail       Policy = "fail"       // the run stops, nothing final is written
	PolicySkip       Policy = "skip"       // the record is left out of all formats alike
	PolicyQuarantine Policy = "quarantine" // left out, and written with its reason under quarantine/
)

// Policies lists them for help texts.
func Policies() []Policy { return []Policy{PolicyFail, PolicySkip, PolicyQuarantine} }

// A Violation says which record broke which rule, and how.
type Violation struct {
	Split string `json:"split"`
	Row   int64  `json:"row"` // in the split as read, from 0; WholeSplit
	// Origin is where the record stands in the pickles of its split, empty where
	// the split has one pickle alone: the row is that one's.
	Origin Origin `json:"origin,omitzero"`
	Rule   string `json:"rule"`
	Field  string `json:"field"`
	File   string `json:"file,omitempty"` // of the image, relative to INPUT
	// Detail says what was found, for people, e.g. "cut after 41,312 bytes".
	Detail string `json:"detail"`

	// Cause is what other violations have in common with this one, empty for nothing:
	// an archive that is damaged breaks every record with an image in it. See also
	// [Cause].
	Cause string `json:"-"`
}

// Origin is one of several files that a split was read from, and a row in it.
type Origin struct {
	File string `json:"file"` // relative to INPUT
	Row  int64  `json:"row"`  // from 0
}

// sameAs says whether two violations tell the same.
func (v *Violation) sameAs(o *Violation) bool {
	return v.Split == o.Split && v.Row == o.Row && v.Rule == o.Rule && v.Field == o.Field && v.File == o.File && v.Detail == o.Detail
}

// WholeSplit stands in place of a row where no single one is at fault.
const WholeSplit int64 = -1

func (v Violation) String() string {
	s := fmt.Sprintf("%s row %d", v.Split, v.Row)
	switch {
	case v.Split == "":
		s = "the output"
	case v.Row < 0:
		s = "split " + v.Split
	}
	if v.Origin.File != "" {
		s += fmt.Sprintf(" (row %d of %s)", v.Origin.Row, Printable(v.Origin.File))
	}
	if v.Field != "" {
		s += ", field " + v.Field
	}
	s += ": " + v.Rule + ": " + v.Detail
	if file := Printable(v.File); v.File != "" && !strings.Contains(v.Detail, file) {
		s += " (" + file + ")"
	}
	return s
}

// The rules' names, as they stand in reports and in the manifest.
const (
	RuleType      = "type"            // a value is not of the field's type
	RuleJoin      = "join"            // a side table has no row for the record
	RuleRequired  = "required"        // a field that must have a value has none
	RulePath      = "image.path"      // an image's name leaves INPUT or cannot be a file name
	RuleMissing   = "image.missing"   // no file of that name, or it cannot be read
	RuleEmpty     = "image.empty"     // a file of 0 bytes
	RuleTooLarge  = "image.too-large" // over the limit for one image
	RuleFormat    = "image.format"    // not an image of a known format
	RuleIntact    = "image.intact"    // an image that is cut or damaged
	RuleEnd       = "image.end"       // all of an image's data is there, its end mark is not
	RuleDecodable = "image.decodable" // an intact image that common decoders refuse
	RuleDimension = "image.dimension" // width or height is zero or over the limit
	RuleUnique    = "unique"          // a key that another record has too
	RuleList      = "image.list"      // more images in a list than the limit
	RuleTextFile  = "text.file"       // a text that is a file of its own cannot be read
)

// sortViolations orders by split as listed, then row, then field, then rule, so
// that reports do not depend on who found what first.
func sortViolations(vs []Violation, splits []string) {
	slices.SortStableFunc(vs, func(a, b Violation) int {
		return cmp.Or(
			cmp.Compare(slices.Index(splits, a.Split), slices.Index(splits, b.Split)),
			cmp.Compare(a.Row, b.Row),
			cmp.Compare(a.Field, b.Field),
			cmp.Compare(a.Rule, b.Rule),
		)
	})
}
