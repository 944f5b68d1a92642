package pipeline

import (
	"strings"
	"testing"
)

// TestMergeCard wants what people have written, with our numbers and our text.
func TestMergeCard(t *testing.T) {
	t.Parallel()
	card := func(front, before, ours, after string) string {
		return "---\n" + front + "---\n" + before + CardBegin + ours + CardEnd + after
	}
	fresh := card("license: mit\nconfigs:\n- b: 2\ndataset_info:\n  n: 2\n", "\n", "\nnew\n", "\n")
	for name, c := range map[string]struct{ edited, want string }{
		"nothing":       {fresh, fresh},
		"text around":   {card("license: mit\nconfigs:\n- b: 1\ndataset_info:\n  n: 1\n", "\nHello.\n", "\nold\n", "\nBye.\n"), card("license: mit\nconfigs:\n- b: 2\ndataset_info:\n  n: 2\n", "\nHello.\n", "\nnew\n", "\nBye.\n")},
		"another key":   {card("tags:\n- x\n# a note\nlicense: other\nconfigs:\n- b: 1\n", "\n", "old", ""), card("tags:\n- x\n# a note\nlicense: other\nconfigs:\n- b: 2\ndataset_info:\n  n: 2\n", "\n", "\nnew\n", "")},
		"marks gone":    {"---\nlicense: mit\n---\nAll mine.\n", "---\nlicense: mit\nconfigs:\n- b: 2\ndataset_info:\n  n: 2\n---\nAll mine.\n"},
		"no metadata":   {"All mine.", "---\nlicense: mit\nconfigs:\n- b: 2\ndataset_info:\n  n: 2\n---\n\nAll mine."},
		"ends reversed": {"---\n---\n" + CardEnd + CardBegin, "---\nlicense: mit\nconfigs:\n- b: 2\ndataset_info:\n  n: 2\n---\n" + CardEnd + CardBegin},
		"lines of DOS":  {strings.ReplaceAll(fresh, "\n", "\r\n"), fresh},
		"empty":         {"", "---\nlicense: mit\nconfigs:\n- b: 2\ndataset_info:\n  n: 2\n---\n\n"},
	} {
		got := string(mergeCard([]byte(c.edited), []byte(fresh)))
		if got != c.want {
			t.Errorf("%s: got\n%s\nwant\n%s", name, got, c.want)
		}
		if again := string(mergeCard([]byte(got), []byte(fresh))); again != got {
			t.Errorf("%s: laid in again it is\n%s\nnot\n%s", name, again, got)
		}
	}
}

// FuzzMergeCard wants an end to it, and the same when it is laid in again.
func FuzzMergeCard(f *testing.F) {
	fresh := []byte("---\nlicense: mit\nconfigs:\n- b: 2\n---\n\n" + CardBegin + "\nnew\n" + CardEnd + "\n")
	f.Add("---\nconfigs: 1\n---\ntext")
	f.Add(string(fresh))
	f.Fuzz(func(t *testing.T, edited string) {
		once := mergeCard([]byte(edited), fresh)
		if again := mergeCard(once, fresh); string(again) != string(once) {
			t.Errorf("%q becomes %q, and then %q", edited, once, again)
		}
	})
}
