package card

import (
	"fmt"
	"strings"

	"github.com/pickshard/pickshard/schema"
)

// writeFeature writes a column as datasets spells it in a card (datasets:
// features/features.py, Features._to_yaml_list). A list of so many is a sequence,
// which versions after 4.0 take for the same; the names that both have for it, and
// what they call lists of any number, each knows.
//
//   - name: ranks          - name: votes              - name: label
//     list: int64            list:                      dtype:
//   - name: vector           - name: user                 class_label:
//     sequence: float32        dtype: string                names:
//     length: 512                                             '0': cat
func writeFeature(b *strings.Builder, name string, t schema.Type, indent string) {
	fmt.Fprintf(b, "%s- name: %s\n", indent, scalar(name))
	indent += "  "
	if t.Kind == schema.List || t.Kind == schema.Struct {
		writeType(b, t, indent)
		return
	}
	fmt.Fprintf(b, "%sdtype:", indent)
	writePart(b, t, indent)
}

// writeType writes the keys that spell a list or a struct.
func writeType(b *strings.Builder, t schema.Type, indent string) {
	switch {
	case t.Kind == schema.Struct:
		fmt.Fprintf(b, "%sstruct:\n", indent)
		writeMembers(b, t, indent)
	case t.Len > 0:
		fmt.Fprintf(b, "%ssequence:", indent)
		writePart(b, *t.Elem, indent)
		fmt.Fprintf(b, "%slength: %d\n", indent, t.Len)
	default:
		fmt.Fprintf(b, "%slist:", indent)
		writePart(b, *t.Elem, indent)
	}
}

func writeMembers(b *strings.Builder, t schema.Type, indent string) {
	for _, m := range t.Members {
		writeFeature(b, m.Name, m.Type, indent)
	}
}

// writePart writes what follows a key and its colon: a name on the same line, or
// lines below.
func writePart(b *strings.Builder, t schema.Type, indent string) {
	switch t.Kind {
	case schema.Struct:
		b.WriteByte('\n')
		writeMembers(b, t, indent)
	case schema.List:
		b.WriteByte('\n')
		writeType(b, t, indent+"  ")
	case schema.Class:
		fmt.Fprintf(b, "\n%s  class_label:\n%s    names:\n", indent, indent)
		for i, n := range t.Names {
			fmt.Fprintf(b, "%s      '%d': %s\n", indent, i, scalar(n))
		}
	default:
		fmt.Fprintf(b, " %s\n", scalar(t.Dtype()))
	}
}
