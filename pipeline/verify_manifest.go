package pipeline

import (
	"bytes"
	"fmt"
	"slices"
)

// manifestItself checks that the manifest is as it was written and that its
// numbers agree with each other; what they say of the files is checked where
// the files are read.
func (r *verification) manifestItself() error {
	m := r.manifest
	written, err := m.bytes()
	if err != nil {
		return err
	}
	if !bytes.Equal(written, m.raw) {
		r.find(manifestName, "was edited: its text or its manifest_sha256 is not what pickshard wrote")
	}
	r.wantText("plan", m.Plan, m.Identity.ID())
	identity, err := m.identity()
	if err != nil {
		return err
	}
	for part, digest := range identity {
		r.wantText("identity, "+part, m.Identity[part], digest)
	}
	var rows, size, dropped int64
	for i := range m.Splits {
		s := &m.Splits[i]
		r.split(s)
		rows, size, dropped = rows+s.Rows, size+s.Bytes, dropped+s.RowsIn-s.Rows
	}
	r.wantNumber("rows", m.Rows, rows)
	r.wantNumber("bytes", m.Bytes, size)
	r.wantNumber("dropped", m.Dropped, dropped)
	return nil
}

// identity computes those parts of the plan's identity that the manifest tells
// all about.
func (m *Manifest) identity() (Identity, error) {
	var tables, images []any
	for _, s := range m.Splits {
		tables = append(tables, s.Name, s.RowsIn, s.Filtered, s.Records)
		images = append(images, s.Images)
	}
	id := Identity{partLayout: fmt.Sprint(m.Tool.Layout), partTool: m.Tool.Version}
	for part, v := range map[string]any{partFormats: m.Formats, partTables: tables, partImages: images} {
		sum, err := partDigest(v)
		if err != nil {
			return nil, err
		}
		id[part] = sum
	}
	return id, nil
}

// split checks the totals of a split, and that its shards have the files that
// they must have.
func (r *verification) split(s *ManifestSplit) {
	var rows, size int64
	for i, sh := range s.Shards {
		name := ShardName(s.Name, i, len(s.Shards))
		rows += sh.Rows
		for _, f := range sh.Files {
			size += f.Bytes
		}
		if err := sh.checkFiles(r.known(), s.Name, i, len(s.Shards)); err != nil {
			r.find(manifestName, "%v", err)
		}
		var images int64
		for _, st := range sh.Images {
			images += st.Bytes
		}
		if images > size && len(sh.Files) > 0 {
			r.find(manifestName, "shard %s has %d bytes of images in %d bytes of files", name, images, size)
		}
	}
	r.wantNumber("rows of split "+s.Name, s.Rows, rows)
	r.wantNumber("bytes of split "+s.Name, s.Bytes, size)
	if s.Rows > s.RowsIn || len(s.Dropped) == 0 && s.Rows != s.RowsIn {
		r.find(manifestName, "split %s: %d records written of %d read", s.Name, s.Rows, s.RowsIn)
	}
}

// known are the formats of the output that this pickshard knows.
func (r *verification) known() []Format {
	return slices.DeleteFunc(slices.Clone(r.Formats), func(f Format) bool { return !slices.Contains(r.manifest.Formats, f.Name()) })
}

func (r *verification) wantNumber(what string, got, want int64) {
	if got != want {
		r.find(manifestName, "%s is %d, must be %d", what, got, want)
	}
}

func (r *verification) wantText(what, got, want string) {
	if got != want {
		r.find(manifestName, "%s is %q, must be %q", what, got, want)
	}
}
