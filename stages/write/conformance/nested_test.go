package conformance

import (
	"testing"

	"github.com/pickshard/pickshard/schema"
)

// TestNestedCases builds every table, and wants each kind of type in them.
func TestNestedCases(t *testing.T) {
	t.Parallel()
	missing := make(map[schema.Kind]bool)
	for k := schema.String; k <= schema.Map; k++ {
		missing[k] = true
	}
	for _, c := range NestedCases() {
		shard := c.Table.Shard(c.Order)
		for i := range shard.Schema.Len() {
			f := shard.Schema.Field(i)
			f.Type.Walk(func(p schema.Type) bool { delete(missing, p.Kind); return true })
			if f.Type.Kind == schema.Image {
				continue
			}
			if _, err := shard.Column(i, 0, shard.Len()); err != nil {
				t.Errorf("%s, field %s: %v", c.Name, f.Name, err)
			}
		}
	}
	for k := range missing {
		t.Errorf("no case has a type of kind %d", k)
	}
}
