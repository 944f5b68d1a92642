package schema

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
)

// Field is one field of a record as it is written.
type Field struct {
	Name string
	Type Type
	// Nullable says that a record may leave the field empty. It is a rule for
	// validation; the written columns are nullable either way, because
	// consumers compare types including nullability (see Arrow).
	Nullable bool
	// Doc is a sentence for people, shown in dataset cards.
	Doc string
}

// Schema is an ordered, immutable list of fields with distinct names.
type Schema struct {
	fields []Field
	images []int
}

// MaxFieldName is the longest field name in bytes: the Hugging Face viewer
// refuses longer column names.
const MaxFieldName = 500

// fieldName is what a name may consist of: WebDataset takes a member's field
// from its file name, where a dot or a slash would split it.
var fieldName = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9_-]*$`)

// New checks the fields and returns their schema. Names must be distinct even
// when case is ignored (Spark's and many file systems' rule) and the schema
// must have at least one field. All faults are reported, joined.
func New(fields []Field) (*Schema, error) {
	var errs []error
	if len(fields) == 0 {
		errs = append(errs, errors.New("a schema needs at least one field"))
	}
	s := &Schema{fields: append([]Field(nil), fields...)}
	seen := make(map[string]string, len(fields))
	for i, f := range s.fields {
		switch other, twice := seen[strings.ToLower(f.Name)]; {
		case len(f.Name) > MaxFieldName:
			errs = append(errs, fmt.Errorf("field name of %d bytes: at most %d are allowed", len(f.Name), MaxFieldName))
		case !fieldName.MatchString(f.Name):
			errs = append(errs, fmt.Errorf("field name %q: use letters, digits, '_' and '-' only", f.Name))
		case strings.HasPrefix(f.Name, "__"):
			errs = append(errs, fmt.Errorf("field name %q: names that begin with two underscores are reserved by consumers", f.Name))
		case twice:
			errs = append(errs, fmt.Errorf("field names %q and %q differ only in case or not at all", other, f.Name))
		case f.Type.Kind == Invalid:
			errs = append(errs, fmt.Errorf("field %q has no type", f.Name))
		}
		seen[strings.ToLower(f.Name)] = f.Name
		if f.Type.Images() {
			s.images = append(s.images, i)
		}
	}
	return s, errors.Join(errs...)
}

// Len is the number of fields.
func (s *Schema) Len() int { return len(s.fields) }

// Field returns the i-th field.
func (s *Schema) Field(i int) Field { return s.fields[i] }

// Type returns the i-th field's type, for those who ask row by row: it is not copied,
// and the caller must not change it.
func (s *Schema) Type(i int) *Type { return &s.fields[i].Type }

// Images returns the indexes of the fields that are images or lists of them, in
// order. The caller must
// not change the slice.
func (s *Schema) Images() []int { return s.images }

// Index returns the index of the field with that name, or -1.
func (s *Schema) Index(name string) int {
	for i := range s.fields {
		if s.fields[i].Name == name {
			return i
		}
	}
	return -1
}
