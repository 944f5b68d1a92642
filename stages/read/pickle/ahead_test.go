package pickle

import (
	"bytes"
	"errors"
	"io"
	"testing"
	"testing/iotest"
)

// TestAhead: use reads what r holds, then r's own error, and may stop anywhere.
func TestAhead(t *testing.T) {
	t.Parallel()
	data := bytes.Repeat([]byte("0123456789abcdef"), aheadSize/4)
	broken := errors.New("broken")
	for name, r := range map[string]io.Reader{
		"whole":  bytes.NewReader(data),
		"halves": iotest.HalfReader(bytes.NewReader(data)),
		"eof":    iotest.DataErrReader(bytes.NewReader(data)),
		"broken": io.MultiReader(bytes.NewReader(data), iotest.ErrReader(broken)),
	} {
		err := ahead(r, func(r io.Reader) error {
			got, err := io.ReadAll(r)
			if !bytes.Equal(got, data) {
				t.Errorf("%s: other bytes, %d of them", name, len(got))
			}
			if _, again := r.Read(make([]byte, 1)); err != nil && again != err || err == nil && again != io.EOF {
				t.Errorf("%s: %v, then %v", name, err, again)
			}
			return err
		})
		if name == "broken" && err != broken || name != "broken" && err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := ahead(bytes.NewReader(data), func(r io.Reader) error {
		_, _ = r.Read(make([]byte, 10))
		return broken
	}); err != broken {
		t.Error(err)
	}
}
