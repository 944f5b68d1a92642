package webdataset

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/pickshard/pickshard/pipeline"
	"github.com/pickshard/pickshard/schema"
)

// Format lays out WebDataset shards; it fulfils pipeline.Format. Its zero value
// is ready for use.
type Format struct {
	options Options
	// last are the members of the schema that was asked for last.
	last atomic.Pointer[members]
}

// Options change which members a sample has.
type Options struct {
	// Members gives fields a member's extension by name. An image field's members all
	// have it, where each has that of its own bytes otherwise; another field's values
	// leave KEY.json for a member of their own, such as KEY.label.txt.
	Members map[string]string
	// Indexes lists the kinds of index that are written beside the shards: see
	// IndexKinds.
	Indexes []string
}

// New returns the format.
func New() *Format { return &Format{} }

// With returns the format with options.
func With(o Options) *Format { return &Format{options: o} }

// members returns those of a schema with the format's own options.
func (f *Format) members(s *schema.Schema) *members {
	m := f.last.Load()
	if m == nil || m.schema != s {
		m = newMembers(s, f.options.Members)
		f.last.Store(m)
	}
	return m
}

// Name returns "webdataset".
func (*Format) Name() string { return "webdataset" }

// FileName returns "data/train-00000-of-00042.tar", the one spelling that
// Hugging Face recognises as a shard of a split (datasets: data_files.py,
// SPLIT_PATTERN_SHARDED).
func (*Format) FileName(split string, index, total int) string {
	return fmt.Sprintf("data/%s-%05d-of-%05d.tar", split, index, total)
}

// Keyed is true: a sample's members share its key.
func (*Format) Keyed() bool { return true }

// maxImage is the largest image in bytes that any consumer's column can hold
// (Arrow's 32-bit offsets; datasets#6206).
const maxImage = math.MaxInt32

// Survey returns the extensions that were asked for. What a sample's other members
// are called follows from the sample itself.
func (f *Format) Survey(context.Context, []pipeline.Kept) (pipeline.Traits, error) {
	return maps.Clone(f.options.Members), nil
}

var _ pipeline.Indexed = (*Format)(nil)

// Check reports fields whose name cannot be part of a member's name, and extensions
// that cannot be what was asked for. Names that differ only in case, which webdataset
// would merge, are not a schema at all (schema.New).
func (f *Format) Check(s *schema.Schema) error {
	return errors.Join(checkExts(s, f.options.Members), checkNames(f.members(s)))
}

func checkNames(m *members) error {
	var errs []error
	check := func(field, length int) {
		name := m.schema.Field(field).Name
		if strings.HasPrefix(name, "_") {
			errs = append(errs, fmt.Errorf("field %q: webdataset takes members whose field begins with '_' for metadata; rename the field", name))
		}
		if n := 1 + length; n > maxName {
			errs = append(errs, fmt.Errorf("field %q: a member's name has at most %d bytes, this one %d with a key of one; shorten the field's name", name, maxName, n))
		}
	}
	for _, i := range m.images {
		check(i.field, i.longest(1))
	}
	for _, t := range m.texts {
		check(t.field, len(t.suffix))
	}
	return errors.Join(errs...)
}

// textExts are extensions of members whose text webdataset and datasets decode to text
// (autodecode.py; datasets: webdataset.py, DECODERS), and numberExts those that they
// decode to a whole number.
var (
	textExts   = []string{"txt", "text"}
	numberExts = []string{"cls", "cls2", "id", "inx"}
)

// checkExts checks the extensions that were asked for.
func checkExts(s *schema.Schema, exts pipeline.Traits) error {
	var errs []error
	for _, name := range slices.Sorted(maps.Keys(exts)) {
		i, ext := s.Index(name), exts[name]
		if i < 0 {
			errs = append(errs, fmt.Errorf("member %s: there is no such field", name))
			continue
		}
		fault := extFault(ext)
		if t := s.Field(i).Type; fault == "" && !t.Images() && t.Kind != schema.Binary {
			fault = textFault(t, ext)
		}
		if fault != "" {
			errs = append(errs, fmt.Errorf("field %s: member extension %q: %s", name, ext, fault))
		}
	}
	return errors.Join(errs...)
}

// textFault says what is wrong with an extension for values of a type: consumers take
// from it how to read the member.
func textFault(t schema.Type, ext string) string {
	switch whole := t.Kind == schema.Class || schema.Int8 <= t.Kind && t.Kind <= schema.Uint64; {
	case t.Nested():
		if ext != "json" {
			return "values in values are written as json"
		}
	case whole && !slices.Contains(textExts, ext) && !slices.Contains(numberExts, ext):
		return "a whole number is written as " + strings.Join(append(textExts[:len(textExts):len(textExts)], numberExts...), ", ")
	case !whole && !slices.Contains(textExts, ext):
		return "text is written as " + strings.Join(textExts, ", ")
	}
	return ""
}

// CheckRecord reports a key that cannot be a member's name, images that are too many
// or too large, and a record that has no member at all.
func (f *Format) CheckRecord(r *pipeline.Records, row int64) (pipeline.Violation, bool) {
	return checkRecord(f.members(r.Schema), r, row)
}

// maxItems is how many images a list of images may have: each is a column to those
// who load a sample as a row.
const maxItems = 1000

func checkRecord(m *members, r *pipeline.Records, row int64) (pipeline.Violation, bool) {
	violation := func(rule, field, detail string) (pipeline.Violation, bool) {
		return pipeline.Violation{Split: r.Split, Row: row, Rule: rule, Field: field, Detail: detail}, false
	}
	any, longest := len(m.values) > 0, m.longest
	for k := range m.images {
		i := &m.images[k]
		c := r.Images[i.field]
		n := c.Count(row)
		if longest = max(longest, i.longest(n)); n > maxItems {
			return violation(RuleMembers, r.Schema.Field(i.field).Name, fmt.Sprintf("%d images: at most %d of a list are members of a sample; "+
				"shorten the list, or leave webdataset out of the formats", n, maxItems))
		}
		for item := range n {
			size := c.Size(row, item)
			if any = any || size != pipeline.NoImage; size > maxImage {
				return violation(pipeline.RuleTooLarge, r.Schema.Field(i.field).Name, fmt.Sprintf("%d bytes: at most %d fit", size, maxImage))
			}
		}
	}
	for _, t := range m.texts {
		c := r.Cell(t.field, row)
		any = any || !c.Array.IsNull(c.Row)
	}
	if !any {
		return violation(RuleMembers, "", "no image and no other value: a sample has at least one member; "+
			"leave the record out (--on-error skip)")
	}
	var room [maxName]byte
	key := r.AppendKey(room[:0], row)
	if fault := keyFault(key, longest); fault != "" {
		field := ""
		if r.KeyField >= 0 {
			field = r.Schema.Field(r.KeyField).Name
			if c := r.Cell(r.KeyField, row); c.Array.IsNull(c.Row) {
				return violation(RuleKey, field, "no value, and the key is made of it")
			}
		}
		return violation(RuleKey, field, fmt.Sprintf("key %q: %s", string(key), fault))
	}
	return pipeline.Violation{}, true
}

// RuleMembers is the name of the rule that a record's images can be the members of
// one sample.
const RuleMembers = "webdataset.members"

// RuleKey is the name of the rule that a record's key can be the name of its
// members.
const RuleKey = "webdataset.key"

// keyFault says what is wrong with a key, empty for nothing. A dot would split
// it early, a slash makes folders, a blank breaks DALI's index, anything else
// than ASCII breaks wds2idx and plain ustar; consumers skip names that begin
// with two underscores as metadata.
func keyFault(key []byte, suffix int) string {
	switch {
	case len(key) == 0:
		return "empty"
	case len(key) > 1 && key[0] == '_' && key[1] == '_':
		return "begins with two underscores, which consumers skip"
	case len(key)+suffix > maxName:
		return fmt.Sprintf("%d bytes: at most %d leave room for the longest member name", len(key), maxName-suffix)
	}
	for _, c := range key {
		if !keyByte(c) {
			return fmt.Sprintf("has %q: use letters, digits, '_' and '-' only", rune(c))
		}
	}
	return ""
}

func keyByte(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '_' || c == '-'
}
