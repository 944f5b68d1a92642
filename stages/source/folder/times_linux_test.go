package folder

import (
	"context"
	"errors"
	"math"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/pickshard/pickshard/pipeline"
)

// TestAnyTime: whatever time a file system gives, a plan knows it again from its
// stamp, and tells another one from it.
func TestAnyTime(t *testing.T) {
	t.Parallel()
	f, dir := input(t)
	ctx, name := context.Background(), "img/train/x.jpg"
	file := filepath.Join(dir, filepath.FromSlash(name))
	for _, sec := range []int64{math.MinInt64 / 4, -62135596800, -9223372037, -1, 0, 9223372037, 13569465600, 1 << 40, math.MaxInt64 / 4} {
		at := unix.Timespec{Sec: sec, Nsec: 7}
		err := unix.UtimesNanoAt(unix.AT_FDCWD, file, []unix.Timespec{at, at}, 0)
		if err != nil {
			t.Fatal(err)
		}
		st, err := f.Stat(ctx, name)
		if err != nil {
			t.Fatal(err)
		}
		want := pipeline.FileStat{Size: st.Size, ModTime: time.Unix(0, pipeline.Stamp(st.ModTime))}
		if _, err := f.ReadFile(ctx, name, want, make([]byte, st.Size)); err != nil {
			t.Errorf("%s: %v", st.ModTime, err)
		}
		want.ModTime = want.ModTime.Add(time.Hour)
		_, err = f.ReadFile(ctx, name, want, make([]byte, st.Size))
		if !errors.Is(err, pipeline.ErrSourceChanged) || !strings.Contains(err.Error(), "planned was "+st.ModTime.Add(time.Hour).UTC().Format(time.RFC3339Nano)) {
			t.Errorf("%s, an hour later: %v", st.ModTime, err)
		}
	}
}
