package pickle

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"
)

// TestText wants files of text called that, whatever their bytes are as opcodes, and
// pickles that are damaged or refused called what they are.
func TestText(t *testing.T) {
	t.Parallel()
	for content, want := range map[string]string{
		"# Title\n\nWords.\n": "text file", "hello\n": "text file", "I am here.\n": "text file",
		"a,b\n1,2\n": "text file (CSV)", "caption,score\nfoo,1\n": "text file (CSV)", "split\tkey\ntrain\t1\n": "text file (TSV)",
		"Vote\n": "text file", "prompt;wert\näh;1\n": "text file", "Name\r\nx\r\n": "text file",
		strings.Repeat("ä", 5000): "text file",
		// Not text, or not that plain.
		"(dp0\nS'a'\np1\nX": "", "(dS'a'\nI1": "", "cposix\nsystem\n(Vls\ntR.": "", "\x80\x04\x95": "", "a\x00b": "", "(lp0\n?": "",
		"\xff\xfea\x00": "", "Pname\n.": "",
	} {
		in := Input{Name: "x.pkl", At: bytes.NewReader([]byte(content)), Size: int64(len(content))}
		_, err := ScanInput(context.Background(), in, Limits{})
		if err == nil {
			_, err = Decode(context.Background(), in, Limits{}, nil)
		}
		var foreign *ForeignError
		got := ""
		if told := Text(in, err); errors.As(told, &foreign) {
			got = foreign.What
		} else if !errors.Is(told, err) {
			t.Errorf("%.20q: %v became %v", content, err, told)
		}
		if got != want {
			t.Errorf("%.20q: %v is %q, want %q", content, err, got, want)
		}
	}
}
