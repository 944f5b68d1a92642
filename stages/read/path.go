package read

import (
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/pickshard/pickshard/stages/read/internal/jsonscan"
)

// Path follows a path of members into an array of structs. The result is null where
// any struct on the way is. ok is false where there is no such member. The caller
// releases the result.
func Path(a arrow.Array, path []string) (out arrow.Array, ok bool) {
	if len(path) == 0 {
		a.Retain()
		return a, true
	}
	s, ok := a.(*array.Struct)
	if !ok {
		return nil, false
	}
	at, ok := s.DataType().(*arrow.StructType).FieldIdx(path[0])
	if !ok {
		return nil, false
	}
	member := s.Field(at)
	if s.NullN() == 0 {
		return Path(member, path[1:])
	}
	masked := maskNulls(member, s)
	defer masked.Release()
	return Path(masked, path[1:])
}

// maskNulls is an array with nulls where another has them too.
func maskNulls(a, by arrow.Array) arrow.Array {
	valid := make([]byte, (a.Len()+7)/8)
	nulls := 0
	for i := range a.Len() {
		if a.IsValid(i) && by.IsValid(i) {
			valid[i/8] |= 1 << (i % 8)
		} else {
			nulls++
		}
	}
	return withNulls(a, valid, nulls)
}

// pathType follows a path into a type.
func pathType(dt arrow.DataType, path []string) (arrow.DataType, bool) {
	for _, name := range path {
		s, ok := dt.(*arrow.StructType)
		if !ok {
			return nil, false
		}
		f, ok := s.FieldIdx(name)
		if !ok {
			return nil, false
		}
		dt = s.Field(f).Type
	}
	return dt, true
}

// jsonPath follows a path of members into a JSON value, nil where there is none.
func jsonPath(raw []byte, path []string) []byte {
	for _, name := range path {
		if raw == nil || raw[0] != '{' {
			return nil
		}
		var found []byte
		jsonscan.Members(raw, func(key, value []byte) bool {
			if jsonscan.TextIs(key, name) {
				found = value
			}
			return true
		})
		raw = found
	}
	if raw != nil && raw[0] == 'n' {
		return nil
	}
	return raw
}

// findColumn finds a column by its name, or the longest of which name is a path into.
func findColumn(names map[string]int, name string) (at int, path []string, ok bool) {
	if at, ok = names[name]; ok {
		return at, nil, true
	}
	for end := strings.LastIndexByte(name, '.'); end > 0; end = strings.LastIndexByte(name[:end], '.') {
		if at, ok = names[name[:end]]; ok {
			return at, strings.Split(name[end+1:], "."), true
		}
	}
	return 0, nil, false
}
