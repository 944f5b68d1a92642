package pickle

import (
	"strings"
	"testing"
)

// TestLatin1LeavesCopies: _codecs.encode turns text into bytes where it lies, but not
// text that was copied out of its tuple before.
func TestLatin1LeavesCopies(t *testing.T) {
	t.Parallel()
	const pair = "X\x04\x00\x00\x00éX\x06\x00\x00\x00latin1tq\x01" // ("éé", "latin1"), memo 1
	pairs := strings.Replace(pair, "é", "éé", 1)
	for name, data := range map[string]string{
		"OrderedDict": "\x80\x02](ccollections\nOrderedDict\n](" + pairs + "a\x85Rc_codecs\nencode\nh\x01Re.",
		"set":         "\x80\x02](c__builtin__\nset\n(" + pairs + "\x85Rc_codecs\nencode\nh\x01Re.",
		"list":        "\x80\x02](c__builtin__\nlist\n(" + pairs + "\x85Rc_codecs\nencode\nh\x01Re.",
	} {
		for from, in := range map[string]Input{"stream": streamOf([]byte(data)), "memory": BytesInput("test", []byte(data))} {
			doc, err := Decode(t.Context(), in, Limits{}, nil)
			if err != nil {
				t.Errorf("%s from %s: %v", name, from, err)
				continue
			}
			if got := dump(doc); !strings.Contains(got, `"éé"`) || !strings.Contains(got, `b"\xe9\xe9"`) {
				t.Errorf("%s from %s: %s", name, from, got)
			}
		}
	}
}
