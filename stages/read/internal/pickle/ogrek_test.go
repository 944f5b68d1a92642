package pickle

import (
	"bytes"
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"
	"strings"
	"testing"

	ogorek "github.com/kisielk/og-rek"
)

// TestAgainstOgrek: what og-rek writes of plain containers in protocols 0 to 4 is
// what we read, and both read it alike.
func TestAgainstOgrek(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(1, 2))
	for i := range 2000 {
		v := randomValue(rng, 3)
		var b bytes.Buffer
		if err := ogorek.NewEncoderWithConfig(&b, &ogorek.EncoderConfig{Protocol: i % 5}).Encode(v); err != nil {
			t.Fatal(err)
		}
		doc, err := decodeScanned(t, b.Bytes())
		if err != nil {
			t.Fatalf("protocol %d: %v\n%q", i%5, err, b.Bytes())
		}
		theirs, err := ogorek.NewDecoder(&b).Decode()
		if err != nil {
			t.Fatal(err)
		}
		want, got := plain(v), dump(doc)
		if got = strings.ReplaceAll(got, `s"`, `"`); got != want || plain(theirs) != want {
			t.Fatalf("protocol %d:\nwrote   %s\nours    %s\nog-rek  %s", i%5, want, got, plain(theirs))
		}
	}
}

func randomValue(rng *rand.Rand, depth int) any {
	switch n := rng.IntN(9); {
	case n == 0:
		return ogorek.None{}
	case n == 1:
		return rng.IntN(2) == 0
	case n == 2:
		return int64(rng.Uint64() >> rng.IntN(64))
	case n == 3:
		return new(big.Int).Mul(big.NewInt(rng.Int64()), big.NewInt(-rng.Int64()))
	case n == 4:
		return math.Float64frombits(rng.Uint64()&^(1<<62) | 1)
	case n == 5 || depth == 0:
		return []string{"", "a", "é€\n", "'\"\\", strings.Repeat("x", 300)}[rng.IntN(5)]
	case n == 6:
		list := []any{}
		for range rng.IntN(5) {
			list = append(list, randomValue(rng, depth-1))
		}
		return list
	case n == 7:
		var tuple ogorek.Tuple
		for range rng.IntN(5) {
			tuple = append(tuple, randomValue(rng, depth-1))
		}
		return tuple
	}
	m := map[any]any{}
	if rng.IntN(2) == 0 {
		m["k"] = randomValue(rng, depth-1)
	}
	return m
}

// plain prints a value of og-rek as dump prints ours.
func plain(v any) string {
	list := func(open, end string, vs []any) string {
		parts := make([]string, len(vs))
		for i, x := range vs {
			parts[i] = plain(x)
		}
		return open + strings.Join(parts, ", ") + end
	}
	switch v := v.(type) {
	case ogorek.None:
		return "None"
	case bool:
		if v {
			return "bool True"
		}
		return "bool False"
	case int64, *big.Int:
		return fmt.Sprint(v)
	case float64:
		return fmt.Sprintf("float %v", v)
	case string:
		return fmt.Sprintf("%q", v)
	case []any:
		return list("[", "]", v)
	case ogorek.Tuple:
		return list("(", ")", v)
	case map[any]any:
		var s strings.Builder
		s.WriteString("dict{")
		for k, x := range v {
			s.WriteString(plain(k) + ": " + plain(x))
		}
		return s.String() + "}"
	}
	return fmt.Sprintf("%T", v)
}
