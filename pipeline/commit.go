package pipeline

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"sync"
)

// commit puts a built shard's record, once: the record is the one point at
// which the shard is done. Its files are durable already.
func commit(s Store, rec *ShardRecord, attempt string) error {
	data, err := marshalIndent(rec)
	if err != nil {
		return fmt.Errorf("record shard %s: %w", rec.Shard, err)
	}
	if err := putFile(s, recordName(rec.Shard), data, attempt); err != nil {
		return fmt.Errorf("record shard %s: %w", rec.Shard, err)
	}
	return nil
}

// putFile puts a small file at its final name, whole, durable and only if the
// name is free or holds the same bytes.
func putFile(s Store, name string, data []byte, attempt string) error {
	temp := filesFolder + "/" + attempt + "." + path.Base(name)
	if err := s.Remove(temp); err != nil {
		return err
	}
	f, err := s.Create(temp)
	if err != nil {
		return err
	}
	if len(data) > 0 {
		_, err = f.WriteAt(data, 0)
	}
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return errors.Join(err, s.Remove(temp))
	}
	err = s.Publish(temp, name)
	if errors.Is(err, fs.ErrExist) {
		err = sameBytes(s, name, data)
	}
	if err = errors.Join(err, s.Remove(temp)); err != nil {
		return err
	}
	return s.SyncDir(path.Dir(name))
}

func sameBytes(s Store, name string, data []byte) error {
	old, err := s.ReadFile(name, int64(len(data))+1)
	if err != nil {
		return err
	}
	if !bytes.Equal(old, data) {
		return fmt.Errorf("%s is there already with other content", name)
	}
	return nil
}

// maxRecordBytes bounds a shard record, which grows with what was dropped.
const maxRecordBytes = 1 << 30

func readRecord(s Store, shard string) (*ShardRecord, error) {
	data, err := s.ReadFile(recordName(shard), maxRecordBytes)
	if err != nil {
		return nil, err
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	var rec ShardRecord
	if err := dec.Decode(&rec); err != nil {
		return nil, fmt.Errorf("read record of shard %s: %w", shard, err)
	}
	return &rec, nil
}

// filesThere says whether the files that a record names are there with their
// sizes, under their work names or, when publishing was cut short, their final
// ones.
func (r *ShardRecord) filesThere(s Store) bool {
	for _, f := range r.Built.Files {
		size, err := s.Size(r.Attempts[f.Format])
		if err != nil {
			size, err = s.Size(f.Path)
		}
		if err != nil || size != f.Bytes {
			return false
		}
	}
	return true
}

func (r *ShardRecord) bytes() int64 {
	n := int64(0)
	for _, f := range r.Built.Files {
		n += f.Bytes
	}
	return n
}

// recordSet holds the records of the shards that are built.
type recordSet struct {
	mu      sync.Mutex
	records [][]*ShardRecord
}

func newRecordSet(p *Plan) *recordSet {
	s := &recordSet{records: make([][]*ShardRecord, len(p.Splits))}
	for i := range s.records {
		s.records[i] = make([]*ShardRecord, len(p.Splits[i].Shards))
	}
	return s
}

func (s *recordSet) put(split, index int, r *ShardRecord) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.records[split][index] = r
}

func (s *recordSet) has(split, index int) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.records[split][index] != nil
}
