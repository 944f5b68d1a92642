package report

import (
	"math"
	"strconv"
	"strings"
)

// spellFloat spells a number with four digits that matter, and a true minus.
func spellFloat(x float64) string {
	if math.IsNaN(x) || math.IsInf(x, 0) {
		return strings.ToLower(strconv.FormatFloat(x, 'g', -1, 64))
	}
	a := math.Abs(x)
	s := ""
	switch {
	case a == 0:
		return "0"
	case a < 1e-4 || a >= 1e7:
		s = strconv.FormatFloat(a, 'g', 4, 64)
	default:
		s = strconv.FormatFloat(a, 'f', max(0, 3-int(math.Floor(math.Log10(a)))), 64)
		s = trimmedFloat(s)
	}
	if x < 0 {
		return "−" + s
	}
	return s
}

// trimmedFloat drops zeros at the end that stand behind a point.
func trimmedFloat(s string) string {
	if strings.Contains(s, ".") && !strings.Contains(s, "e") {
		return trimmed(s)
	}
	return s
}
