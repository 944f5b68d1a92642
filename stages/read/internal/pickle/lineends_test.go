package pickle

import (
	"errors"
	"strings"
	"testing"
)

// What Python 3.12's pickle.dumps([{'file': 'a.jpg', 'n': 1}], 0) and
// pickle.dumps(['a\r'], 0) give, the second in the spelling of Python 3.6.
const (
	protocol0 = "(lp0\n(dp1\nVfile\np2\nVa.jpg\np3\nsVn\np4\nI1\nsa."
	ownReturn = "(lp0\nVa\r\np1\na."
)

func TestLinesThatGitRewrote(t *testing.T) {
	t.Parallel()
	rewritten := strings.ReplaceAll(protocol0, "\n", "\r\n")
	for name, in := range map[string]Input{"file": inputOf([]byte(rewritten)), "stream": streamOf([]byte(rewritten))} {
		doc, err := Decode(t.Context(), in, Limits{}, nil)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		plain, err := decodeScanned(t, []byte(protocol0))
		if err != nil {
			t.Fatal(err)
		}
		if dump(doc) != dump(plain) || !doc.Rewritten() || plain.Rewritten() {
			t.Errorf("%s: %s, not %s", name, dump(doc), dump(plain))
		}
	}
	if _, err := decodeScanned(t, []byte(rewritten)); err != nil {
		t.Error(err)
	}
}

func TestTextMayEndWithReturn(t *testing.T) {
	t.Parallel()
	doc, err := decodeScanned(t, []byte(ownReturn))
	if err != nil || doc.Rewritten() {
		t.Fatalf("rewritten %v, %v", doc != nil && doc.Rewritten(), err)
	}
	if got := string(doc.Bytes(rootItems(doc).At(0))); got != "a\r" {
		t.Errorf("%q", got)
	}
}

// What a stream is does not depend on the pieces it comes in.
func TestReturnInPieces(t *testing.T) {
	t.Parallel()
	const text = "Va\r\np1\n."
	doc, err := Decode(t.Context(), Input{Stream: &slow{strings.NewReader(text)}}, Limits{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if got := string(doc.Bytes(doc.Root())); got != "a\r" || doc.Rewritten() {
		t.Errorf("%q, rewritten %v", got, doc.Rewritten())
	}
}

// Beyond the part that is looked at a line may still end otherwise.
func TestLinesRewrittenInPart(t *testing.T) {
	t.Parallel()
	many := "(l" + strings.Repeat("Va\r\na", maxEndsHead/4) + "Vb\na."
	if _, err := decodeScanned(t, []byte(many)); !errors.Is(err, ErrMalformed) || !strings.Contains(err.Error(), "rewritten as text") {
		t.Error(err)
	}
}

func rootItems(d *Doc) *Items {
	items := d.Items(d.Root())
	return &items
}
