package webdataset

import (
	"fmt"
	"strings"

	"github.com/pickshard/pickshard/schema"
)

// floatDigits are the digits of a decimal that a float surely keeps.
const floatDigits = 15

// Lacking names the fields of which JSON, as it is mostly read, loses digits.
func (f *Format) Lacking(s *schema.Schema) []string {
	var names []string
	m := f.members(s)
	for _, i := range m.values {
		if field := s.Field(i); field.Type.Any(func(t schema.Type) bool { return t.Kind == schema.Decimal && t.Precision > floatDigits }) {
			names = append(names, fmt.Sprintf("`%s` (%s)", field.Name, field.Type))
		}
	}
	if names == nil {
		return nil
	}
	return []string{fmt.Sprintf("webdataset and `datasets` read %s in KEY.json as floats, which keep %d digits", strings.Join(names, ", "), floatDigits)}
}
