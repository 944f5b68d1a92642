package parquet

import (
	"errors"
	"io"
	"unicode/utf8"

	"github.com/parquet-go/parquet-go/format"

	"github.com/pickshard/pickshard/schema"
	"github.com/pickshard/pickshard/stages/read"
)

// classes are the names of the classes that Hugging Face's library says columns are.
func (s *source) classes() map[string][]string {
	for _, kv := range s.meta.KeyValueMetadata {
		if kv.Key == read.HuggingFace && len(kv.Value) <= mostHeader {
			return read.ClassNames(kv.Value)
		}
	}
	return nil
}

// categories are the names of a column that was written from a dictionary, in its order:
// Arrow's writers begin each row group with the dictionary as it is, names that no
// record has among them. nil is none, or too many for a class.
func (s *source) categories(n *node) ([]string, error) {
	if len(s.meta.RowGroups) == 0 {
		return nil, nil
	}
	chunk, err := findChunk(&s.meta.RowGroups[0].Columns[n.leaf], s.size)
	if err != nil {
		return nil, err
	}
	l := &leafReader{leaf: n, pageReader: pageReader{r: s.r, at: chunk.at, end: chunk.at + chunk.size, codec: chunk.codec, limits: s.limits}}
	defer l.close()
	began := l.at
	h, data, err := l.next()
	if errors.Is(err, io.EOF) {
		return nil, nil
	} else if err != nil {
		return nil, err
	}
	if h.Type != format.DictionaryPage {
		return nil, nil
	}
	if err := l.openDictionary(h, data); err != nil {
		return nil, fault(began, err)
	}
	if len(l.dict.texts) > schema.MaxTypeParts {
		return nil, nil
	}
	names := make([]string, len(l.dict.texts))
	for i, text := range l.dict.texts {
		if names[i] = string(text); !utf8.ValidString(names[i]) {
			return nil, nil // its cells say so
		}
	}
	return names, nil
}
