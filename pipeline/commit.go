package pipeline

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
)

// commit puts a built shard's record, once: the record is the one point at
// which the shard is done. Its files are durable already. Where another attempt at the
// shard was first, that one's record stands, and the files of this one go: they are the
// same bytes.
func commit(s Store, rec *ShardRecord, attempt string) (*ShardRecord, error) {
	data, err := marshalIndent(rec)
	if err == nil {
		err = putFile(s, recordName(rec.Shard), data, attempt)
	}
	if err == nil {
		return rec, nil
	}
	first := rec
	if errors.Is(err, errOther) {
		if first, err = readRecord(s, rec.Shard); err == nil && !first.same(rec) {
			err = WithHint(errors.New("another attempt has built it with other bytes"), "this is a defect of pickshard, or of a disk: please report it with what `pickshard verify` says of OUTPUT")
		}
	}
	for _, name := range rec.Attempts {
		err = errors.Join(err, s.Remove(name))
	}
	if err != nil {
		return nil, fmt.Errorf("record shard %s: %w", rec.Shard, err)
	}
	return first, nil
}

// same says whether two records tell of the same bytes.
func (r *ShardRecord) same(o *ShardRecord) bool {
	return r.Plan == o.Plan && r.Source == o.Source && r.Built.Records == o.Built.Records && slices.Equal(r.Built.Files, o.Built.Files)
}

// errOther: a file is there already, and holds something else.
var errOther = errors.New("it is there already with other content")

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
		return fmt.Errorf("%s: %w", name, errOther)
	}
	return nil
}

// maxRecordBytes bounds a shard record, which grows with what was dropped.
const maxRecordBytes = 1 << 30

// errDamaged: a record cannot be read as one.
var errDamaged = errors.New("it is damaged")

func readRecord(s Store, shard string) (*ShardRecord, error) {
	data, err := s.ReadFile(recordName(shard), maxRecordBytes)
	if err != nil {
		return nil, err
	}
	var rec ShardRecord
	if err := unmarshalStrict(data, &rec); err != nil {
		return nil, fmt.Errorf("read record of shard %s: %w: %w", shard, errDamaged, err)
	}
	return &rec, nil
}

// readBuilt returns the record of a shard that was built in these formats, nil for none.
// One that does not fit, or that the policy does not allow by now, is stale: it counts for
// nothing.
func (j *Job) readBuilt(planID string, tasks Tasks, at shardPlace, formats []Format) (rec *ShardRecord, stale bool, err error) {
	rec, err = readRecord(j.Store, at.name())
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, false, nil
	case errors.Is(err, errDamaged):
		return nil, true, nil
	case err != nil:
		return nil, false, err
	}
	stops := func(v Violation) bool { return !j.Spec.severity(&v).LeavesOut() }
	if rec.checkBuilt() != nil || slices.ContainsFunc(rec.Built.Dropped, stops) {
		return nil, true, nil
	}
	fits, err := rec.fits(j.Store, planID, tasks, at, formats)
	if err != nil || !fits {
		return nil, err == nil, err
	}
	return rec, false, nil
}

// fits says whether the record is that of a shard of this plan in these formats, its images
// are those that the plan saw, and its files are there.
func (r *ShardRecord) fits(s Store, planID string, tasks Tasks, at shardPlace, formats []Format) (bool, error) {
	if r.Plan != planID || r.check(at, formats) != nil {
		return false, nil
	}
	source, err := tasks.Source(at.ShardID)
	return err == nil && r.Source == source && r.filesThere(s), err
}

// filesThere says whether the files that a record names are there: with their
// sizes under their work names or, where publishing was cut short on a file
// system without hard links, with their digests under their final ones, as
// another file of that size may stand there.
func (r *ShardRecord) filesThere(s Store) bool {
	for _, f := range r.Built.Files {
		if size, err := s.Size(r.Attempts[f.part()]); err == nil {
			if size != f.Bytes {
				return false
			}
			continue
		}
		if sum, size, err := fileSum(s, f.Path); err != nil || size != f.Bytes || sum != f.CRC32C {
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
