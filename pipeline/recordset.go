package pipeline

import (
	"fmt"
	"slices"
	"sync"
)

// recordSet holds the records of the shards that are built, and of those that an
// update keeps in some formats alone.
type recordSet struct {
	mu      sync.Mutex
	records [][]*ShardRecord
	// begun are kept in some formats; the others are to be built.
	begun [][]*ShardRecord
}

func newRecordSet(p *Plan) *recordSet {
	s := &recordSet{records: make([][]*ShardRecord, len(p.Splits)), begun: make([][]*ShardRecord, len(p.Splits))}
	for i := range s.records {
		s.records[i] = make([]*ShardRecord, len(p.Splits[i].Shards))
		s.begun[i] = make([]*ShardRecord, len(p.Splits[i].Shards))
	}
	return s
}

func (s *recordSet) has(id ShardID) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.records[id.Split][id.Index] != nil
}

// keep takes a shard that stays, in all or some of the formats.
func (s *recordSet) keep(id ShardID, r *ShardRecord, formats []Format) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(r.formats(formats)) == len(formats) {
		s.records[id.Split][id.Index] = r
	} else {
		s.begun[id.Split][id.Index] = r
	}
}

// kept lists the shards that stay, in all or some of the formats.
func (s *recordSet) kept() []*ShardRecord {
	var kept []*ShardRecord
	for si, split := range s.records {
		for i, rec := range split {
			if rec == nil {
				rec = s.begun[si][i]
			}
			if rec != nil {
				kept = append(kept, rec)
			}
		}
	}
	return kept
}

// countBegun counts the shards that are kept in some formats and not built yet in
// the others.
func (s *recordSet) countBegun() int {
	n := 0
	for si, split := range s.begun {
		for i, rec := range split {
			if rec != nil && s.records[si][i] == nil {
				n++
			}
		}
	}
	return n
}

// missing are the formats that a shard is still to be built in.
func (s *recordSet) missing(id ShardID, formats []Format) []Format {
	s.mu.Lock()
	defer s.mu.Unlock()
	begun := s.begun[id.Split][id.Index]
	switch {
	case s.records[id.Split][id.Index] != nil:
		return nil
	case begun == nil:
		return formats
	}
	kept := formatNames(begun.formats(formats))
	return slices.DeleteFunc(slices.Clone(formats), func(f Format) bool { return slices.Contains(kept, f.Name()) })
}

// complete takes a shard that was built in the formats that were missing.
func (s *recordSet) complete(id ShardID, built *ShardRecord, formats []Format) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	begun := s.begun[id.Split][id.Index]
	if begun == nil {
		s.records[id.Split][id.Index] = built
		return nil
	}
	if built.Built.Records != begun.Built.Records || built.Built.Contents != begun.Built.Contents {
		return WithHint(fmt.Errorf("add formats to shard %s: %w", built.Shard, ErrSourceChanged), sourceHint)
	}
	whole := *built
	whole.Built.Files, whole.Attempts = nil, make(map[string]string)
	for _, f := range formats {
		from := built
		if begun.Attempts[f.Name()] != "" {
			from = begun
		}
		for _, file := range from.Built.Files {
			if file.Format == f.Name() {
				whole.Built.Files = append(whole.Built.Files, file)
				whole.Attempts[file.part()] = from.Attempts[file.part()]
			}
		}
	}
	s.records[id.Split][id.Index] = &whole
	return nil
}

// formats are those of the known ones that the record has files of.
func (r *ShardRecord) formats(known []Format) []Format {
	return slices.DeleteFunc(slices.Clone(known), func(f Format) bool { return r.Attempts[f.Name()] == "" })
}
