package pandas

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// pickle.dumps of Python 2.7: a dict of lists of str.
func TestTextOfPython2(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, pickle string
		want         []any
		warning      string
	}{
		{"UTF-8", "\x80\x02}U\x01a](U\x05caf\xc3\xa9U\x03teaNes.", []any{"café", "tea", nil}, "as UTF-8"},
		{"Latin-1", "\x80\x02}U\x01a](U\x04caf\xe9U\x05caf\xc3\xa9es.", []any{"café", "cafÃ©"}, "as Latin-1"},
		{"ASCII", "\x80\x02}U\x01a]U\x03teaas.", []any{"tea"}, ""},
		{"nested", "\x80\x02}U\x01a](](U\x02\xc3\xa9e](U\x01\xe9U\x02\xc3\xa9ees.", []any{[]any{"Ã©"}, []any{"é", "Ã©"}}, "as Latin-1"},
	}
	for _, tt := range tests {
		_, got, res := values(t, []byte(tt.pickle), Options{})
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s: %s", tt.name, diff)
		}
		if all := strings.Join(res.Info.Warnings, "\n"); (tt.warning == "") != (all == "") || !strings.Contains(all, tt.warning) {
			t.Errorf("%s: warnings %q", tt.name, all)
		}
	}
}

// Each column is settled on its own.
func TestColumnsOfPython2AreSettledApart(t *testing.T) {
	t.Parallel()
	res, err := readBytes(t, []byte("\x80\x02](}(U\x01aU\x02\xc3\xa9U\x02\xc3\xb6U\x01\xe9ue."), Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer res.Table.Release()
	want := []readColumn{{"a", []any{"é"}}, {"ö", []any{"é"}}}
	if diff := cmp.Diff(want, tableValues(res.Table), cmp.AllowUnexported(readColumn{})); diff != "" {
		t.Error(diff)
	}
}

func TestRewrittenLinesAreWarnedOf(t *testing.T) {
	t.Parallel()
	data := strings.ReplaceAll("(lp0\n(dp1\nVfile\np2\nVa.jpg\np3\nsVn\np4\nI1\nsa.", "\n", "\r\n")
	res, err := readBytes(t, []byte(data), Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer res.Table.Release()
	want := []readColumn{{"file", []any{"a.jpg"}}, {"n", []any{1.0}}}
	if diff := cmp.Diff(want, tableValues(res.Table), cmp.AllowUnexported(readColumn{})); diff != "" {
		t.Error(diff)
	}
	if all := strings.Join(res.Info.Warnings, "\n"); !strings.Contains(all, `\r\n`) {
		t.Errorf("warnings %q", all)
	}
}
