package planned

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"

	"github.com/pickshard/pickshard/pipeline"
	"github.com/pickshard/pickshard/schema"
)

const (
	headerName = "worker.json"
	planName   = "plan.json"
	folderName = "splits"

	// shape is the version of the folder's own shape.
	shape = 1
)

// A Header is what all workers of a plan need, whatever shards they build.
type Header struct {
	Version int    `json:"version"` // shape
	Layout  int    `json:"layout"`  // pipeline.LayoutVersion
	Tool    string `json:"tool"`
	Plan    string `json:"plan"` // the plan's ID
	// Config is the effective config, whole but for how a run is done.
	Config  json.RawMessage            `json:"config"`
	Fields  []pipeline.ManifestField   `json:"fields"`
	Formats []string                   `json:"formats"`
	Traits  map[string]pipeline.Traits `json:"traits,omitempty"`
	Card    pipeline.CardInfo          `json:"card"`
	Splits  []HeaderSplit              `json:"splits"`
	// Source says that batches hold the columns that the records were read from, for
	// the quarantine.
	Source bool `json:"source,omitempty"`
}

// HeaderSplit is one split of a Header.
type HeaderSplit struct {
	Name       string          `json:"name"`
	Shards     int             `json:"shards"`
	Rows       int64           `json:"rows"`
	Read       int64           `json:"rows_read"` // those too that the config leaves out
	ImageCount int64           `json:"image_count"`
	Parts      []pipeline.Part `json:"parts,omitempty"`
	// Embedded lists the fields whose images stand in the records.
	Embedded []string `json:"embedded,omitempty"`
}

// Bounds of what is read back.
const (
	maxHeader = 64 << 20
	maxShards = 10_000_000
)

// VersionError says that a plan is another version's.
type VersionError struct{ text string }

func (e *VersionError) Error() string { return e.text }

// CheckTool wants the plan to be written by this version of pickshard.
func (h *Header) CheckTool(version string) error {
	if h.Tool == version {
		return nil
	}
	err := &VersionError{fmt.Sprintf("the plan was written by pickshard %s, this is %s", pipeline.Printable(h.Tool), version)}
	return pipeline.WithHint(err, "use the same version for the plan, its workers and `pickshard finalize`, or write the plan again")
}

// ErrNotWhole: a plan is not written to its end.
var ErrNotWhole = errors.New("the plan is not whole")

func readHeader(s pipeline.Store) (*Header, error) {
	data, err := s.ReadFile(headerName, maxHeader)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, pipeline.WithHint(fmt.Errorf("%w: there is no %s", ErrNotWhole, headerName), "wait until `pickshard plan --write` has ended, or run it again; PLAN is the folder that it was given")
	}
	if err != nil {
		return nil, err
	}
	return parseHeader(data)
}

func parseHeader(data []byte) (*Header, error) {
	var h Header
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&h); err != nil {
		return nil, damaged("%s: %w", headerName, err)
	}
	if h.Version != shape || h.Layout != pipeline.LayoutVersion {
		err := &VersionError{fmt.Sprintf("the plan has version %d with layout %d, this pickshard knows version %d with layout %d", h.Version, h.Layout, shape, pipeline.LayoutVersion)}
		return nil, pipeline.WithHint(err, "use the pickshard that wrote it (%s), or write the plan again", pipeline.Printable(h.Tool))
	}
	return &h, h.check()
}

// check checks names and numbers.
func (h *Header) check() error {
	names := make(map[string]bool)
	for i := range h.Splits {
		s := &h.Splits[i]
		if !pipeline.IsSplitName(s.Name) || names[s.Name] {
			return damaged("%s: %q cannot be a split's name here", headerName, s.Name)
		}
		names[s.Name] = true
		if s.Shards < 0 || s.Shards > maxShards || s.Rows < 0 || s.Read < 0 || s.ImageCount < 0 {
			return damaged("%s: split %s has numbers that cannot be", headerName, s.Name)
		}
		for _, p := range s.Parts {
			if p.Rows < 0 {
				return damaged("%s: split %s has numbers that cannot be", headerName, s.Name)
			}
		}
	}
	return nil
}

// outline is the plan as a pipeline.Builder needs it: without its shards.
func (h *Header) outline() *pipeline.Plan {
	p := &pipeline.Plan{Version: 1, Layout: h.Layout, Tool: h.Tool, Formats: h.Formats, Traits: h.Traits}
	for _, s := range h.Splits {
		p.Splits = append(p.Splits, pipeline.PlanSplit{Name: s.Name, Rows: s.Rows, ImageCount: s.ImageCount})
	}
	return p
}

// Schema is that of the records.
func (h *Header) Schema() (*schema.Schema, error) {
	s, err := pipeline.SchemaOf(h.Fields)
	if err != nil {
		return nil, damaged("%s: %w", headerName, err)
	}
	return s, nil
}

// damaged is the error of a plan that says what cannot be.
func damaged(format string, args ...any) error {
	return pipeline.WithHint(fmt.Errorf("read plan: "+format, args...), "the plan is damaged: write it again with `pickshard plan --write`")
}
