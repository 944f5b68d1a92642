package pipeline

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"maps"
	"slices"
)

// LayoutVersion names the rules by which bytes are laid out. It changes when
// the same input and config would give other bytes, and with it every plan's
// identity, so that shards of two layouts never mix in one OUTPUT.
const LayoutVersion = 2

// A Plan fixes, before anything is written, which record goes into which shard
// and what each file is called. It is a function of the input and the config.
// Together with the input it is all that building a shard takes, wherever that
// happens; it is written and read as JSON.
type Plan struct {
	Version int `json:"version"` // of this file's shape, 1
	Layout  int `json:"layout"`  // LayoutVersion
	// Tool is the version of pickshard: two versions do not share an OUTPUT.
	Tool string `json:"tool"`
	Name string `json:"name"`
	// Config is the effective config, as JSON, but for what only concerns how
	// a run is done (workers, memory, policy).
	Config json.RawMessage `json:"config"`
	// Card is a digest of what is said of the whole in dataset cards, if anything.
	Card    string   `json:"card_sha256,omitempty"`
	Formats []string `json:"formats"`
	// Traits has, by format, what Format.Survey found.
	Traits map[string]Traits `json:"traits,omitempty"`
	Splits []PlanSplit       `json:"splits"`
	// Rules and Violations are what rules have found without reading images, see
	// Manifest. They are not part of the plan's identity.
	Rules      []RuleResult `json:"rules,omitempty"`
	Violations []Violation  `json:"violations,omitempty"`
}

// PlanSplit is the plan of one split.
type PlanSplit struct {
	Name    string       `json:"name"`
	Records []RecordFile `json:"records"`
	Rows    int64        `json:"rows"` // as read
	// Filtered is how many more rows the files hold that the config leaves out.
	Filtered int64 `json:"rows_filtered,omitempty"`
	// Dropped lists the records that break a rule, by the policy left out; one
	// entry a violation, in order of rows.
	Dropped []Violation `json:"dropped,omitempty"`
	// Shuffle is the seed of the order, nil for source order.
	Shuffle *uint64 `json:"shuffle,omitempty"`
	// Images is the SHA-256 over the name and size of every image of the kept
	// records, in order.
	Images     string      `json:"images_sha256"`
	ImageCount int64       `json:"image_count"`
	ImageBytes int64       `json:"image_bytes"`
	Shards     []PlanShard `json:"shards"`
}

// RecordFile is a file that records were read from.
type RecordFile struct {
	Path   string `json:"path"` // relative to INPUT
	Bytes  int64  `json:"bytes"`
	SHA256 string `json:"sha256"`
}

// PlanShard is the plan of one shard.
type PlanShard struct {
	First      int64  `json:"first"` // place of its first record among the kept ones, in the split's order
	Rows       int    `json:"rows"`
	FirstKey   string `json:"first_key,omitempty"`
	LastKey    string `json:"last_key,omitempty"`
	ImageBytes int64  `json:"image_bytes"`
	// Bounds gives, by format, a size in bytes that the file will not exceed;
	// it is the size itself where Exact lists the format.
	Bounds map[string]int64 `json:"bounds"`
	Exact  []string         `json:"exact,omitempty"`
	// Oversize says that a single record is larger than the shard size asked
	// for, so that it stands alone and the bound is exceeded.
	Oversize bool `json:"oversize,omitempty"`
}

// Identity is what makes two plans the same conversion: a digest for each part,
// so that a difference can be named.
type Identity map[string]string

// Identity returns the plan's identity.
func (p *Plan) Identity() (Identity, error) {
	id := Identity{partLayout: fmt.Sprint(p.Layout), partTool: p.Tool}
	if p.Card != "" {
		id[partCard] = p.Card
	}
	var tables, images, dropped, cuts []any
	for _, s := range p.Splits {
		tables = append(tables, s.Name, s.Rows, s.Filtered, s.Records)
		images = append(images, s.Images)
		for _, v := range s.Dropped {
			dropped = append(dropped, v.Split, v.Row)
		}
		cuts = append(cuts, s.Shuffle, s.Shards)
	}
	for part, v := range map[string]any{
		partConfig: p.Config, partFormats: p.Formats, partTables: tables, partImages: images, partDropped: dropped, partCuts: cuts,
	} {
		sum, err := partDigest(v)
		if err != nil {
			return nil, err
		}
		id[part] = sum
	}
	return id, nil
}

// The parts of an identity, as people read them when two plans differ.
const (
	partConfig  = "config"
	partCard    = "card"
	partFormats = "formats"
	partTables  = "records (pickle files)"
	partImages  = "image names and sizes"
	partDropped = "records left out"
	partCuts    = "shards"
	partLayout  = "layout"
	partTool    = "tool version"
)

func partDigest(v any) (string, error) {
	data, err := json.Marshal(v)
	if err != nil {
		return "", fmt.Errorf("digest plan: %w", err)
	}
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:]), nil
}

// ID is the identity's own digest, 64 hexadecimal digits.
func (id Identity) ID() string {
	h := sha256.New()
	for _, part := range slices.Sorted(maps.Keys(id)) {
		fmt.Fprintf(h, "%s=%s\n", part, id[part])
	}
	return hex.EncodeToString(h.Sum(nil))
}

// Differences names the parts in which two identities differ, sorted.
func (id Identity) Differences(other Identity) []string {
	var parts []string
	for _, part := range slices.Sorted(maps.Keys(id)) {
		if id[part] != other[part] {
			parts = append(parts, part)
		}
	}
	return parts
}

// sameRequest says whether two identities ask for the same thing of an input
// that has changed: config, formats and rules of layout are equal.
func (id Identity) sameRequest(other Identity) bool {
	return id["layout"] == other["layout"] && id["config"] == other["config"] && id["formats"] == other["formats"]
}

// shardIDs are the places of all shards, in the plan's order.
func (p *Plan) shardIDs() iter.Seq[ShardID] {
	return func(yield func(ShardID) bool) {
		for split := range p.Splits {
			for index := range p.Splits[split].Shards {
				if !yield(ShardID{split, index}) {
					return
				}
			}
		}
	}
}

// Shards is the number of shards of all splits.
func (p *Plan) Shards() int {
	n := 0
	for _, s := range p.Splits {
		n += len(s.Shards)
	}
	return n
}

// Write writes the plan as indented JSON.
func (p *Plan) Write(w io.Writer) error {
	data, err := marshalIndent(p)
	if err != nil {
		return fmt.Errorf("write plan: %w", err)
	}
	if _, err := w.Write(data); err != nil {
		return fmt.Errorf("write plan: %w", err)
	}
	return nil
}

// maxPlanBytes bounds a plan file: 100,000 shards need some 30 MB.
const maxPlanBytes = 1 << 30

// ReadPlan reads what Write wrote, strictly.
func ReadPlan(r io.Reader) (*Plan, error) {
	data, err := io.ReadAll(io.LimitReader(r, maxPlanBytes))
	if err != nil {
		return nil, fmt.Errorf("read plan: %w", err)
	}
	var p Plan
	if err := unmarshalStrict(data, &p); err != nil {
		return nil, fmt.Errorf("read plan: %w", err)
	}
	if p.Version != 1 || p.Layout != LayoutVersion {
		return nil, fmt.Errorf("read plan: version %d with layout %d, this pickshard knows version 1 with layout %d", p.Version, p.Layout, LayoutVersion)
	}
	if err := p.check(); err != nil {
		return nil, fmt.Errorf("read plan: %w", err)
	}
	return &p, nil
}

// marshalIndent is JSON as all files of OUTPUT have it: two spaces, one newline
// at the end, no HTML escapes.
func marshalIndent(v any) ([]byte, error) {
	var b bytes.Buffer
	err := encodeIndent(&b, "", v)
	return b.Bytes(), err
}

// encodeIndent writes JSON as it stands at an indent, and the end of its last line.
func encodeIndent(w io.Writer, indent string, v any) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent(indent, "  ")
	return enc.Encode(v)
}
