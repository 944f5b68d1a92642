package join

import (
	"github.com/apache/arrow-go/v18/arrow"

	"github.com/pickshard/pickshard/schema"
)

// typeName spells a column's type as a config does, or in Arrow's word where no field
// can be that.
func typeName(dt arrow.DataType) string {
	if t, ok := schema.FromArrow(dt); ok {
		return t.String()
	}
	return dt.String()
}
