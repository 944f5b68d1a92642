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
	Row   int64  `json:"row"` // in the split as read, from 0
	// Origin is where the record stands in the pickles of its split, empty where
	// the split has one pickle alone: the row is that one's.
	Origin Origin `json:"origin,omitzero"`
	Rule   string `json:"rule"`
	Field  string `json:"field"`
	File   string `json:"file,omitempty"` // of the image, relative to INPUT
	// Detail says what was found, for people, e.g. "cut after 41,312 bytes".
	Detail string `json:"detail"`

	// Cause is what other violations have in common with this one, empty for nothing:
	// an archive that is damaged breaks every record with an image in it.
	Cause string `json:"-"`
	// Same counts the others of one cause that a list tells with this one.
	Same int `json:"-"`
}

// Origin is one of several files that a split was read from, and a row in it.
type Origin struct {
	File string `json:"file"` // relative to INPUT
	Row  int64  `json:"row"`  // from 0
}

func (v Violation) String() string {
	s := fmt.Sprintf("%s row %d", v.Split, v.Row)
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
	if v.Same > 0 {
		s += fmt.Sprintf("; %s more for the same reason", Grouped(int64(v.Same)))
	}
	return s
}

// listed makes the error of sorted violations: it tells of the first of them, and of
// those with one cause once.
func listed(found []Violation) *ViolationsError {
	e := &ViolationsError{Total: int64(countRecords(found))}
	at := make(map[string]int) // in First, by cause
	told := make(map[Violation]bool)
	for _, v := range found {
		i, same := at[v.Cause]
		switch {
		case same && v.Cause != "":
			e.First[i].Same++
		case len(e.First) == MaxListed:
			continue
		default:
			at[v.Cause] = len(e.First)
			e.First = append(e.First, v)
		}
		if record := (Violation{Split: v.Split, Row: v.Row}); !told[record] {
			told[record] = true
			e.Told++
		}
	}
	return e
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
)

// SortViolations orders by split as listed, then row, then field, then rule, so
// that reports do not depend on who found what first.
func SortViolations(vs []Violation, splits []string) {
	slices.SortStableFunc(vs, func(a, b Violation) int {
		return cmp.Or(
			cmp.Compare(slices.Index(splits, a.Split), slices.Index(splits, b.Split)),
			cmp.Compare(a.Row, b.Row),
			cmp.Compare(a.Field, b.Field),
			cmp.Compare(a.Rule, b.Rule),
		)
	})
}
