package configs

import (
	"bytes"
	"encoding/json"
)

// Canonical returns the effective configuration, defaults filled in and flags
// merged, as one line of JSON: the same bytes for the same meaning. Run is left
// out, as it changes nothing that is written. What it returns is YAML too, and
// Parse reads it back to the same configuration.
//
// c must be valid.
func (c *Config) Canonical() []byte {
	output := *c
	output.Run = Run{}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(&output); err != nil {
		// Only a constant that Validate refuses (NaN) cannot be written.
		return nil
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n"))
}

// MarshalJSON writes the mapping in its order.
func (s Splits) MarshalJSON() ([]byte, error) {
	return ordered(s, func(s Split) string { return s.Name })
}

// MarshalJSON writes the mapping in its order.
func (f Fields) MarshalJSON() ([]byte, error) {
	return ordered(f, func(f Field) string { return f.Name })
}

// ordered writes a list as an object, which encoding/json would sort.
func ordered[T any](list []T, name func(T) string) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	b.WriteByte('{')
	for i, v := range list {
		if i > 0 {
			b.WriteByte(',')
		}
		if err := e.Encode(name(v)); err != nil {
			return nil, err
		}
		b.WriteByte(':')
		if err := e.Encode(v); err != nil {
			return nil, err
		}
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}
