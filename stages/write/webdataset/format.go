package webdataset

import (
	"errors"
	"fmt"
	"math"
	"strings"

	"github.com/pickshard/pickshard/pipeline"
	"github.com/pickshard/pickshard/schema"
)

// Format lays out WebDataset shards; it fulfils pipeline.Format. Its zero value
// is ready for use.
type Format struct{}

// New returns the format.
func New() *Format { return &Format{} }

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

// Check reports image fields whose name cannot be part of a member's name.
// Names that differ only in case, which webdataset would merge, are no schema
// at all (schema.New).
func (*Format) Check(s *schema.Schema) error {
	var errs []error
	for _, f := range s.Images() {
		name := s.Field(f).Name
		if strings.HasPrefix(name, "_") {
			errs = append(errs, fmt.Errorf("image field %q: webdataset takes members whose field begins with '_' for metadata; rename the field", name))
		}
		if n := 1 + suffixLen(name); n > maxName {
			errs = append(errs, fmt.Errorf("image field %q: a member's name has at most %d bytes, this one %d with a key of one; shorten the field's name", name, maxName, n))
		}
	}
	return errors.Join(errs...)
}

// suffixLen is the length of ".FIELD.EXT" with the longest extension.
func suffixLen(field string) int { return len(field) + 2 + maxExt }

// CheckRecord reports a key that cannot be a member's name, and an image that
// is not there or too large.
func (*Format) CheckRecord(r *pipeline.Records, row int64) (pipeline.Violation, bool) {
	return checkRecord(r, row)
}

func checkRecord(r *pipeline.Records, row int64) (pipeline.Violation, bool) {
	violation := func(rule, field, detail string) (pipeline.Violation, bool) {
		return pipeline.Violation{Split: r.Split, Row: row, Rule: rule, Field: field, Detail: detail}, false
	}
	longest := len(jsonSuffix)
	for _, i := range r.Schema.Images() {
		name := r.Schema.Field(i).Name
		longest = max(longest, suffixLen(name))
		switch size := r.Images[i].Size(row, 0); {
		case size == pipeline.NoImage:
			return violation(pipeline.RuleRequired, name, "no image: webdataset needs the same members in every sample; "+
				"give the record an image, leave the field out, or leave the record out (--on-error skip)")
		case size > maxImage:
			return violation(pipeline.RuleTooLarge, name, fmt.Sprintf("%d bytes: at most %d fit", size, maxImage))
		}
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
