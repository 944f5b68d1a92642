package pipeline

import (
	"testing"
	"time"
)

// TestStamp: a stamp tells times apart that 64 bits of nanoseconds do not reach,
// also after it went through Numbers.
func TestStamp(t *testing.T) {
	t.Parallel()
	var times []time.Time
	for _, sec := range []int64{-1_234_567_890_123_456, -62135596800, -9223372037, -9223372036, -1, 0, 1, 9223372036, 9223372037, 1 << 40, 1_234_567_890_123_457} {
		times = append(times, time.Unix(sec, 0), time.Unix(sec, 1), time.Unix(sec, 999_999_999))
	}
	kept := makeNumbers(int64(len(times)), 0)
	for i, at := range times {
		kept.Set(int64(i), Stamp(at))
	}
	for i, planned := range times {
		want := plannedStat(0, kept.At(int64(i)))
		if want.ModTime.IsZero() {
			t.Errorf("%s is planned as no time", planned)
		}
		for k, at := range times {
			if want.WrittenAt(at) != (i == k) {
				t.Errorf("planned with %s, written at %s: the same is %v", planned, at, i != k)
			}
		}
	}
	if !(FileStat{}).WrittenAt(time.Unix(5, 0)) {
		t.Error("without a planned time there is nothing to differ from")
	}
}
