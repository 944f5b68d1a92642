package parquet

import (
	"fmt"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/pickshard/pickshard/schema"
)

// sparkDigits are the most digits that a decimal has in Spark, DuckDB and Polars.
const sparkDigits = 38

// Lacking names the programs that have no type for some field, as the judges saw it.
func (*Format) Lacking(s *schema.Schema) []string {
	var lacking []string
	if names, times := fieldsWith(s, sparkRefuses), fieldsWith(s, nanoseconds); names != "" {
		text := fmt.Sprintf("Spark has no types for %s: give it a schema of the other fields, `spark.read.schema(...)`", names)
		if times != "" {
			text += fmt.Sprintf("; it has timestamp[us], if %s can be that", times)
		}
		lacking = append(lacking, text)
	}
	if names := fieldsWith(s, longDecimal); names != "" {
		lacking = append(lacking, fmt.Sprintf("DuckDB reads %s as a double, and Polars only the other fields: their decimals have %d digits", names, sparkDigits))
	}
	return lacking
}

// fieldsWith lists the fields that have a part of such a type.
func fieldsWith(s *schema.Schema, such func(schema.Type) bool) string {
	var names []string
	for i := range s.Len() {
		if f := s.Field(i); f.Type.Any(such) {
			names = append(names, fmt.Sprintf("`%s` (%s)", f.Name, f.Type))
		}
	}
	return strings.Join(names, ", ")
}

// sparkRefuses says that Spark refuses a whole file for a type (ParquetSchemaConverter:
// half floats, times of day, nanoseconds (SPARK-40819), longer decimals).
func sparkRefuses(t schema.Type) bool {
	return t.Kind == schema.Float16 || t.Kind == schema.Time || nanoseconds(t) || longDecimal(t)
}

func nanoseconds(t schema.Type) bool {
	return t.Kind == schema.Timestamp && t.Unit == arrow.Nanosecond
}

func longDecimal(t schema.Type) bool { return t.Kind == schema.Decimal && t.Precision > sparkDigits }
