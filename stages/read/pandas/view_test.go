package pandas

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/pickshard/pickshard/stages/read/internal/pickle"
	"github.com/pickshard/pickshard/stages/read/internal/readtest"
)

// TestLookCorpus: what stays in the mapped file is what Read copies out of it.
func TestLookCorpus(t *testing.T) {
	t.Parallel()
	files, _ := filepath.Glob(filepath.Join(readtest.Pickles(t), "pandas-*", "*.pkl"))
	for _, path := range files {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		res, errRead := Read(t.Context(), Input{Name: path, At: bytes.NewReader(data), Size: int64(len(data))}, Options{})
		in, closer, err := pickle.OpenInput(path)
		if err != nil {
			t.Fatal(err)
		}
		errLook := Look(t.Context(), in, Options{}, func(v *View) error {
			if errRead == nil {
				checkView(t, v, res)
			}
			return nil
		})
		if fmt.Sprint(errLook) != fmt.Sprint(errRead) {
			t.Errorf("%s: Look %v, Read %v", path, errLook, errRead)
		}
		if err := closer.Close(); err != nil {
			t.Error(err)
		}
	}
}

// records is a pickled list of dicts {"s": text, "i": int}, more than a chunk of
// them, every seventh without text.
func records(n int) []byte {
	var b bytes.Buffer
	b.WriteString("\x80\x04](")
	for i := range n {
		b.WriteString("}(\x8c\x01s")
		if text := rowText(i); text == "" {
			b.WriteString("N")
		} else {
			b.WriteString("\x8c" + string(rune(len(text))) + text)
		}
		b.WriteString("\x8c\x01iJ" + string([]byte{byte(i), byte(i >> 8), byte(i >> 16), 0}) + "u")
	}
	b.WriteString("e.")
	return b.Bytes()
}

func rowText(i int) string {
	if i%7 == 0 {
		return ""
	}
	return strings.Repeat("é", i%5) + fmt.Sprint(i)
}

// TestLookRanges: batches hold the rows that are asked for, wherever chunks end.
func TestLookRanges(t *testing.T) {
	t.Parallel()
	const n = 2*chunkRows + 100
	path := filepath.Join(t.TempDir(), "x.pkl")
	if err := os.WriteFile(path, records(n), 0o600); err != nil {
		t.Fatal(err)
	}
	in, closer, err := pickle.OpenInput(path)
	if err != nil {
		t.Fatal(err)
	}
	defer closer.Close()
	err = Look(t.Context(), in, Options{}, func(v *View) error {
		if v.Rows() != n || v.Schema().Field(0).Type.ID() != arrow.STRING {
			t.Errorf("%d rows, %v", v.Rows(), v.Schema())
		}
		for _, r := range [][2]int64{{0, 0}, {0, 3}, {chunkRows - 1, chunkRows + 1}, {5, n}, {n - 1, n}, {0, n}} {
			at := r[0]
			err := v.Batches(r[0], r[1], func(b arrow.RecordBatch) error {
				text, number := b.Column(0).(*array.String), b.Column(1).(*array.Int64)
				for i := range int(b.NumRows()) {
					if want := rowText(int(at)); text.Value(i) != want || text.IsNull(i) != (want == "") || number.Value(i) != at {
						t.Fatalf("row %d is %q, %d", at, text.Value(i), number.Value(i))
					}
					at++
				}
				return nil
			})
			if err != nil || at != r[1] {
				t.Errorf("rows %d to %d end at %d, %v", r[0], r[1], at, err)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestLookErrors: the error of use comes back as it is; a file that is cut short
// meanwhile is an error that names it, even where its text is only then looked at.
func TestLookErrors(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "x.pkl")
	if err := os.WriteFile(path, records(chunkRows), 0o600); err != nil {
		t.Fatal(err)
	}
	in, closer, err := pickle.OpenInput(path)
	if err != nil {
		t.Fatal(err)
	}
	defer closer.Close()
	mine := errors.New("mine")
	if err := Look(t.Context(), in, Options{}, func(*View) error { return mine }); err != mine {
		t.Errorf("got %v", err)
	}
	err = Look(t.Context(), in, Options{}, func(v *View) error {
		if err := os.Truncate(path, 4096); err != nil {
			t.Fatal(err)
		}
		return v.Batches(0, v.Rows(), func(arrow.RecordBatch) error { return nil })
	})
	if !errors.Is(err, pickle.ErrTruncated) || !strings.Contains(err.Error(), path) {
		t.Errorf("got %v", err)
	}
}
