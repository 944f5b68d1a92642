package configs

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Size is a number of bytes. It is written as a whole number, or with a unit:
// 500MB, 32MiB, 1.5GB; 500M and 1G are short for 500MB and 1GB.
type Size int64

// The units of a Size. Decimal units are powers of 1000, binary ones of 1024.
const (
	KB  Size = 1000
	MB       = 1000 * KB
	GB       = 1000 * MB
	TB       = 1000 * GB
	KiB Size = 1 << 10
	MiB      = 1 << 10 * KiB
	GiB      = 1 << 10 * MiB
	TiB      = 1 << 10 * GiB
)

type unit struct {
	name string
	size Size
}

// units lists the units from the largest, as String tries them.
func units() []unit {
	return []unit{
		{"TiB", TiB}, {"TB", TB}, {"GiB", GiB}, {"GB", GB},
		{"MiB", MiB}, {"MB", MB}, {"KiB", KiB}, {"kB", KB}, {"KB", KB}, {"B", 1},
	}
}

// ParseSize reads a size such as "500MB", "32 MiB", "1.5GB", "1G" or "1048576".
// MB and M are a million bytes, MiB and Mi are 1024 times 1024. The result must be
// a whole number of bytes.
func ParseSize(s string) (Size, error) {
	digits := strings.TrimRight(s, "BKMGTki ")
	name := strings.TrimSpace(s[len(digits):])
	scale := Size(1)
	known := name == ""
	for _, u := range units() {
		if u.name == name || strings.TrimSuffix(u.name, "B") == name && name != "" {
			scale, known = u.size, true
		}
	}
	whole, fraction, dotted := strings.Cut(digits, ".")
	if !known || !allDigits(whole) || dotted && (!allDigits(fraction) || len(fraction) > 9) {
		return 0, fmt.Errorf("%s is not a size: write bytes as a number, or with a unit such as 500MB or 32MiB", quote(s))
	}
	n, err := strconv.ParseInt(whole, 10, 64)
	if err != nil || n > math.MaxInt64/int64(scale) {
		return 0, fmt.Errorf("%s is too large for a size", quote(s))
	}
	total := n * int64(scale)
	if dotted {
		// At most nine digits and a unit below 2^41: scaled up to ten digits at a
		// time, so that nothing overflows and nothing is rounded.
		part := int64(scale)
		f, rest := int64(0), int64(1)
		for _, c := range fraction {
			f, rest = f*10+int64(c-'0'), rest*10
		}
		hi, lo := part/rest, part%rest
		if lo*f%rest != 0 {
			return 0, fmt.Errorf("%s is not a whole number of bytes", quote(s))
		}
		add := hi*f + lo*f/rest
		if total > math.MaxInt64-add {
			return 0, fmt.Errorf("%s is too large for a size", quote(s))
		}
		total += add
	}
	return Size(total), nil
}

func allDigits(s string) bool {
	for _, c := range s {
		if c < '0' || c > '9' {
			return false
		}
	}
	return s != ""
}

// String returns the size with the largest unit that divides it, e.g. "500MB";
// ParseSize reads it back exactly.
func (s Size) String() string {
	for _, u := range units() {
		if s != 0 && s%u.size == 0 {
			return strconv.FormatInt(int64(s/u.size), 10) + u.name
		}
	}
	return strconv.FormatInt(int64(s), 10)
}
