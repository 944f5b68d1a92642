package jsonscan_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/pickshard/pickshard/stages/read/internal/jsonscan"
)

// FuzzValue: what is valid is what encoding/json takes, but for what Python writes
// beside it; and walking over a value shows all of it.
func FuzzValue(f *testing.F) {
	for _, s := range []string{
		`{"a":[1,-0.5e+3,null,true,false,"x\u00e9\ud83d\ude00\n"],"b":{}}`, `[]`, `NaN`, `[-Infinity,Infinity]`, `"\ud800"`, `"a`, `01`, `1.`, `-`, `{"a"}`, `[1,]`, "\"\x01\"", "\"\xff\"", ` 1 `,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		const depth = 100
		valid := jsonscan.Valid(data, depth)
		python := bytes.Contains(data, []byte("NaN")) || bytes.Contains(data, []byte("Infinity"))
		if !python && utf8.Valid(data) && bytes.Count(data, []byte("["))+bytes.Count(data, []byte("{")) < depth && valid != json.Valid(data) {
			t.Fatalf("%q: valid %v, encoding/json says %v", data, valid, !valid)
		}
		if valid {
			walk(t, bytes.TrimSpace(data))
		}
	})
}

// A number is as long as numbers are.
func TestLongNumber(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("9", 64<<10)
	for text, valid := range map[string]bool{long: true, "-" + long[1:]: true, long + "9": false, long + ".5": false, "[" + long + "]": true, long[2:] + "e9": true, long + "e9": false} {
		if jsonscan.Valid([]byte(text), 2) != valid {
			t.Errorf("%d bytes: valid %v", len(text), !valid)
		}
	}
	if _, err := jsonscan.ValueLen([]byte("[1,"+long+long), 2); err == nil || err.Error() != "a number of more than 65536 bytes" {
		t.Error(err)
	}
}

func walk(t *testing.T, raw []byte) {
	switch jsonscan.KindOf(raw[0]) {
	case jsonscan.String:
		var want string
		if err := json.Unmarshal(raw, &want); err != nil {
			t.Fatal(err)
		}
		if got, _ := jsonscan.AppendText(nil, raw); string(got) != want {
			t.Fatalf("%q spells %q, encoding/json says %q", raw, got, want)
		}
		if !jsonscan.TextIs(raw, want) {
			t.Fatalf("%q is not %q", raw, want)
		}
	case jsonscan.Array:
		jsonscan.Items(raw, func(item []byte) bool { walk(t, item); return true })
	case jsonscan.Object:
		jsonscan.Members(raw, func(name, value []byte) bool { walk(t, name); walk(t, value); return true })
	}
}
