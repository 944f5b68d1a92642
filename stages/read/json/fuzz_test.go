package json_test

import (
	"bytes"
	"errors"
	"testing"

	"github.com/pickshard/pickshard/stages/read"
	"github.com/pickshard/pickshard/stages/read/json"
)

// FuzzRead: whatever the bytes and the orient, there is a table or an error.
func FuzzRead(f *testing.F) {
	for _, s := range []string{
		"{\"a\":1}\n{\"a\":[{\"b\":null}]}\n", `[{"a":NaN},{"b":"x"}]`, `{"a":{"0":1},"b":{"0":2}}`, `{"a":[1],"b":["x"]}`,
		`{"columns":["a"],"index":[3],"data":[[1]]}`, `{"schema":{},"data":[{"a":1}]}`, `[[1,2],[3,4]]`, `{"images":[{}],"annotations":[{"a":1}]}`, "[", `{"a":"\ud800"}`, "\xef\xbb\xbf[]", "{}", "\xff\xfe{",
	} {
		for o := range len(read.Orients()) + 1 {
			f.Add([]byte(s), uint8(o))
		}
	}
	f.Fuzz(func(t *testing.T, data []byte, orient uint8) {
		file, err := read.OpenFile(read.Input{Name: "x", At: bytes.NewReader(data), Size: int64(len(data))}, read.Limits{})
		if err != nil {
			return
		}
		defer file.Close()
		opts := read.Options{DedupeColumns: true, Surrogates: read.SurrogatesReplace, Limits: read.Limits{RowBytes: 1 << 16, Columns: 1000}}
		if o := int(orient) - 1; o >= 0 && o < len(read.Orients()) {
			opts.Orient = read.Orients()[o]
		}
		res, err := json.New().Read(t.Context(), []*read.File{file}, opts)
		if err != nil {
			var fe *read.FileError
			if !errors.As(err, &fe) {
				t.Fatalf("an error without a file: %v", err)
			}
			return
		}
		res.Table.Release()
	})
}
