package pickle

import (
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"testing"
	"testing/iotest"
	"time"

	"golang.org/x/sync/errgroup"
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

// TestStall: what a pickle is refused for is told while the pipe it comes through
// stays open and silent.
func TestStall(t *testing.T) {
	t.Parallel()
	noise := make([]byte, 1<<20)
	_, _ = rand.NewChaCha8([32]byte{}).Read(noise)
	for kind, data := range packings(t, append([]byte("\x80\x04cposix\nsystem\n"), noise...)) {
		if kind == "zip" {
			continue // its directory is at the end
		}
		r, w := io.Pipe()
		ended := make(chan error, 1)
		var g errgroup.Group
		g.Go(func() error {
			out, _, err := Unpack(Input{Name: "test", Stream: r}, Limits{})
			if err == nil {
				_, err = Decode(t.Context(), out, Limits{}, nil)
			}
			ended <- err
			return r.Close() // whoever writes on is told
		})
		g.Go(func() error {
			_, _ = w.Write(data[:500_000])
			return nil
		})
		select {
		case err := <-ended:
			if !errors.Is(err, ErrRefusedGlobal) {
				t.Errorf("%s: %v", kind, err)
			}
		case <-time.After(5 * time.Second):
			t.Errorf("%s: no error while the pipe is open", kind)
		}
		_ = w.Close()
		_ = g.Wait()
	}
}
