package configs_test

import (
	"math"
	"testing"

	"github.com/pickshard/pickshard/configs"
)

func TestParseSize(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]configs.Size{
		"0": 0, "1": 1, "7B": 7, "500MB": 500_000_000, "32MiB": 32 << 20, "32 MiB": 32 << 20,
		"1kB": 1000, "1KB": 1000, "1KiB": 1024, "1.5GB": 1_500_000_000, "0.5KiB": 512, "2TB": 2_000_000_000_000, "1G": 1_000_000_000, "500M": 500_000_000, "1k": 1000, "1K": 1000, "1.5Gi": 3 << 29, "2T": 2_000_000_000_000, "1TiB": 1 << 40,
		"9223372036854775807": math.MaxInt64, "8388607TiB": 8388607 << 40, "1.000000001GB": 1_000_000_001, "1.50": -1,
		"": -1, "-1": -1, "+1": -1, "MB": -1, "1XB": -1, "1 M B": -1, "1mb": -1, "1g": -1, "1i": -1, "1e6": -1, "0x10": -1, ".5MB": -1, "1.MB": -1,
		"9223372036854775808": -1, "8388608TiB": -1, "9223372036854775807KB": -1, "0.1B": -1, "0.3KiB": -1, "1.0000000001GB": -1,
		"8388607.9999TiB": -1, "١MB": -1,
	} {
		got, err := configs.ParseSize(text)
		if want < 0 {
			if err == nil {
				t.Errorf("%q gives %d", text, got)
			}
			continue
		}
		if err != nil || got != want {
			t.Errorf("%q: %d, %v", text, got, err)
		}
	}
}

func FuzzParseSize(f *testing.F) {
	for _, s := range []string{"0", "500MB", "1.5GiB", "9223372036854775807", "0.000000001GB", "8388607.5TiB"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		size, err := configs.ParseSize(s)
		if err != nil {
			return
		}
		if size < 0 {
			t.Fatalf("%q gives %d", s, size)
		}
		if back, err := configs.ParseSize(size.String()); err != nil || back != size {
			t.Fatalf("%q: %s reads back as %d, %v", s, size, back, err)
		}
	})
}
