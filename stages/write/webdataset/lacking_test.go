package webdataset

import (
	"strings"
	"testing"

	"github.com/pickshard/pickshard/schema"
)

// TestLacking: decimals of more digits than floats have are named, others are not.
func TestLacking(t *testing.T) {
	t.Parallel()
	var fields []schema.Field
	for name, text := range map[string]string{"short": "decimal[15, 2]", "long": "list[decimal[16, 2]]", "text": "string"} {
		typ, err := schema.ParseType(text)
		if err != nil {
			t.Fatal(err)
		}
		fields = append(fields, schema.Field{Name: name, Type: typ})
	}
	s, err := schema.New(fields)
	if err != nil {
		t.Fatal(err)
	}
	got := strings.Join(new(Format).Lacking(s), "\n")
	if !strings.Contains(got, "read `long` (list[decimal[16, 2]]) in KEY.json as floats") || strings.Contains(got, "short") {
		t.Error(got)
	}
}
