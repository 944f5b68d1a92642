package configs

import (
	"bytes"
	"encoding/json"
	"slices"
)

// Canonical returns the effective configuration, defaults filled in and flags
// merged, as one line of JSON: the same bytes for the same meaning. Run is left
// out, as it changes nothing that is written. What it returns is YAML too, and
// Parse reads it back to the same configuration.
//
// c must be valid.
func (c *Config) Canonical() []byte {
	used := *c
	used.Run = Run{}
	return line(&used)
}

// Shaping returns the part of Canonical that shapes shards: all but the policy,
// which decides whether there is an output, while the plan itself lists what is
// left out of it, the page for people, which is made of the shards, and the bounds on
// pickles, which decide whether they are read at all. What the card says is told by the
// plan, with the text that it takes from a file.
//
// c must be valid.
func (c *Config) Shaping() []byte {
	shaping := *c
	shaping.Run, shaping.Output.OnError, shaping.Card = Run{}, "", Card{}
	shaping.Output.Report, shaping.Output.ReportRecords = "", 0
	bounds := Default().Limits
	shaping.Limits.PickleNesting, shaping.Limits.PickleStack, shaping.Limits.PickleOutput = bounds.PickleNesting, bounds.PickleStack, bounds.PickleOutput
	return line(&shaping)
}

// Told returns Canonical as dataset cards tell it: without the card, which tells
// itself, and without the formats, as each format's folder is the same whether it was
// made alone or with others.
//
// c must be valid.
func (c *Config) Told() []byte {
	told := *c
	told.Run, told.Card, told.Output.Formats = Run{}, Card{}, nil
	told.Output.Report, told.Output.ReportRecords = "", 0
	return line(&told)
}

// Form returns the part of Shaping that says how a record becomes bytes, whatever
// records, splits, shards and formats there are. Where two configurations have the
// same form, shards of the same records are the same bytes. A new key counts as part
// of the form until it is taken out here.
//
// c must be valid.
func (c *Config) Form() []byte {
	form := *c
	form.Name, form.Paths, form.Splits, form.Split, form.Join, form.Where, form.Each = "", Paths{}, nil, SplitBy{}, nil, nil, Each{}
	form.Limit, form.Sample = 0, 0
	form.Output.Formats, form.Output.ShardSize, form.Output.ShardRows, form.Output.Shards, form.Output.Shuffle = nil, 0, 0, 0, nil
	form.Fields = slices.Clone(c.Fields)
	for i := range form.Fields {
		form.Fields[i].Doc = ""
	}
	return form.Shaping()
}

// line writes a copy of a configuration, which it changes. The formats and the indexes
// are sets: they stand in the order of the lists of all, however they were written.
func line(c *Config) []byte {
	if c.Split.given() {
		c.Splits = nil // they follow from it
	}
	c.Output.Formats, c.Output.Indexes = sorted(c.Output.Formats, Formats()), sorted(c.Output.Indexes, Indexes())
	c.plainImages()
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(c); err != nil {
		return nil // a constant that is not finite, which Validate refuses
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n"))
}

// MarshalJSON writes the mapping in its order.
func (s Splits) MarshalJSON() ([]byte, error) {
	return ordered(s, func(s Split) string { return s.Name })
}

// MarshalJSON writes the mapping in its order.
func (w Where) MarshalJSON() ([]byte, error) {
	return ordered(w, func(f Filter) string { return f.Column })
}

// MarshalJSON writes the mapping in its order.
func (r Ratio) MarshalJSON() ([]byte, error) {
	return orderedAs(r, func(s Share) string { return s.Split }, func(s Share) any { return s.Part })
}

// MarshalJSON writes the files as a list, or the columns as a mapping.
func (r Records) MarshalJSON() ([]byte, error) {
	if r.Listing != "" {
		return json.Marshal(map[string]string{"listing": r.Listing})
	}
	if r.Columns == nil {
		return json.Marshal(r.Files)
	}
	columns, err := orderedAs(r.Columns, func(c ColumnFile) string { return c.Column }, func(c ColumnFile) any { return c.File })
	if err != nil {
		return nil, err
	}
	return json.Marshal(map[string]json.RawMessage{"columns": columns})
}

// MarshalJSON writes the mapping in its order.
func (s Sample) MarshalJSON() ([]byte, error) {
	return orderedAs(s, func(g Given) string { return g.Name }, func(g Given) any {
		if g.Column == "" {
			return map[string]string{"value": g.Text}
		}
		return g.Column
	})
}

// MarshalJSON writes the pairs as a mapping.
func (k Keys) MarshalJSON() ([]byte, error) {
	return orderedAs(k, func(p KeyPair) string { return p.Left }, func(p KeyPair) any { return p.Right })
}

// MarshalJSON writes the mapping in its order.
func (f Fields) MarshalJSON() ([]byte, error) {
	return ordered(f, func(f Field) string { return f.Name })
}

// ordered writes a list as an object, which encoding/json would sort.
func ordered[T any](list []T, name func(T) string) ([]byte, error) {
	return orderedAs(list, name, func(v T) any { return v })
}

func orderedAs[T any](list []T, name func(T) string, value func(T) any) ([]byte, error) {
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
		if err := e.Encode(value(v)); err != nil {
			return nil, err
		}
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}
