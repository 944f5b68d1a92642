package pipeline

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
)

// A Manifest says what an output is: what was read, planned and written. It is
// enough to verify the output, to go on from it, and to cite it, and nothing in
// it depends on when or where the run was.
type Manifest struct {
	Version  int             `json:"manifest_version"` // 1
	Tool     Tool            `json:"tool"`
	Name     string          `json:"name"`
	Plan     string          `json:"plan"`     // the plan's ID
	Identity Identity        `json:"identity"` // what the ID is made of
	Config   json.RawMessage `json:"config"`   // as used
	// Form is a digest over what says how a record becomes bytes, see Spec.Form:
	// an update keeps shards of the same form.
	Form    string          `json:"form_sha256,omitempty"`
	Fields  []ManifestField `json:"fields"`
	Formats []string        `json:"formats"`
	// Traits has, by format, what is alike in all of its shards.
	Traits map[string]Traits `json:"traits,omitempty"`
	Splits []ManifestSplit   `json:"splits"`
	// Rows and Bytes are totals: of records written, and of all shards' files.
	Rows    int64 `json:"rows"`
	Bytes   int64 `json:"bytes"`
	Dropped int64 `json:"dropped"` // records left out
	// Rules are what each rule found in each split, with exact counts, and Violations
	// the first of what broke them, of a rule and split at most as many as
	// RuleResult.Told says: those that left a record out, and those that did not.
	Rules      []RuleResult `json:"rules,omitempty"`
	Violations []Violation  `json:"violations,omitempty"`
	// Files are those beside the shards, with their digests.
	Files []ManifestFile `json:"files"`
	// Digest is the SHA-256 of this file with an empty string in this place, so
	// that no change of the manifest itself goes unnoticed.
	Digest string `json:"manifest_sha256"`

	// Resumed says that the output was whole before the run began.
	Resumed bool `json:"-"`

	raw []byte // as it was read
}

// Tool names the program and the version of its layout rules.
type Tool struct {
	Name    string `json:"name"`
	Version string `json:"version"`
	Layout  int    `json:"layout"`
}

// ManifestField is a field of the schema.
type ManifestField struct {
	Name     string `json:"name"`
	Type     string `json:"type"`
	Nullable bool   `json:"nullable"`
	Doc      string `json:"doc,omitempty"`
}

// ManifestSplit is one split.
type ManifestSplit struct {
	Name    string       `json:"name"`
	Records []RecordFile `json:"records"`
	// Images is the SHA-256 over names and sizes of the planned records' images.
	Images string `json:"images_sha256"`
	RowsIn int64  `json:"rows_read"`
	// Filtered counts the rows that the config leaves out.
	Filtered int64 `json:"rows_filtered,omitempty"`
	Rows     int64 `json:"rows"`
	Bytes    int64 `json:"bytes"`
	// Dropped counts the violations of records left out, by rule.
	Dropped map[string]int64 `json:"dropped,omitempty"`
	Shards  []ShardResult    `json:"shards"`
}

// ManifestFile is a file beside the shards.
type ManifestFile struct {
	Path   string `json:"path"`
	Bytes  int64  `json:"bytes"`
	CRC32C string `json:"crc32c"`

	data []byte // to be written by the run that makes the manifest
}

const maxManifestBytes = 1 << 30

// ReadManifest reads the manifest of an output, strictly. The error knows what
// to do about an output that is not there, not finished or damaged.
func ReadManifest(s Store) (*Manifest, error) {
	return readManifestAt(s, manifestName)
}

func readManifestAt(s Store, name string) (*Manifest, error) {
	data, err := s.ReadFile(name, maxManifestBytes)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, WithHint(fmt.Errorf("read manifest: %w", err), "%s", noManifestHint(s))
	}
	if err != nil {
		return nil, fmt.Errorf("read manifest: %w", err)
	}
	m := &Manifest{raw: data}
	if err := unmarshalStrict(data, m); err != nil {
		return nil, WithHint(fmt.Errorf("read manifest: %s %w", name, notManifest(err, len(data))), damagedHint)
	}
	if m.Version != 1 {
		return nil, WithHint(fmt.Errorf("read manifest: %s has version %d, this pickshard knows version 1", name, m.Version), "read it with the pickshard that wrote it, or convert again")
	}
	if err := m.check(); err != nil {
		return nil, WithHint(fmt.Errorf("read manifest: %s was not written by pickshard: %w", name, err), damagedHint)
	}
	return m, nil
}

const damagedHint = "if pickshard made this folder, the manifest was damaged since: take it from a copy, or remove the folder and convert again"

// noManifestHint tells an output that was begun from a folder that is none.
func noManifestHint(s Store) string {
	if _, err := s.Size(planName); err == nil {
		return "this conversion was not finished: run the same `pickshard convert` again to finish it"
	}
	return "give the folder that a `pickshard convert` finished as OUTPUT"
}

// notManifest says in plain words why a manifest cannot be read.
func notManifest(err error, size int) error {
	var syntax *json.SyntaxError
	switch {
	case errors.Is(err, io.EOF):
		return errors.New("is empty")
	case errors.Is(err, io.ErrUnexpectedEOF):
		return fmt.Errorf("is cut after %d bytes", size)
	case errors.As(err, &syntax):
		return fmt.Errorf("is not JSON at byte %d: %w", syntax.Offset, err)
	}
	return fmt.Errorf("is not a manifest of pickshard: %w", err)
}

// files lists all files of the output but the manifest itself.
func (m *Manifest) files() []ManifestFile {
	var files []ManifestFile
	for _, s := range m.Splits {
		for _, sh := range s.Shards {
			for _, f := range sh.Files {
				files = append(files, ManifestFile{Path: f.Path, Bytes: f.Bytes, CRC32C: f.CRC32C})
			}
		}
	}
	return append(files, m.Files...)
}

// ImageStats summarises all images of each field and format, sorted by these.
func (m *Manifest) ImageStats() []ImageStat {
	var all []ImageStat
	for _, s := range m.Splits {
		for _, sh := range s.Shards {
			all = mergeStats(all, sh.Images)
		}
	}
	return all
}

// checkSizes checks that all files are there with their sizes, which a card that
// someone has edited need not have.
func (m *Manifest) checkSizes(s Store) error {
	for _, f := range m.files() {
		size, err := s.Size(f.Path)
		if err != nil {
			return err
		}
		if size != f.Bytes && !f.isCard() {
			return fmt.Errorf("%s has %d bytes, the manifest says %d", f.Path, size, f.Bytes)
		}
	}
	return nil
}

// SplitNames lists the names of the splits, in order.
func (m *Manifest) SplitNames() []string {
	names := make([]string, len(m.Splits))
	for i, s := range m.Splits {
		names[i] = s.Name
	}
	return names
}
