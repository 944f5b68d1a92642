package pipeline

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"sync"
)

// ShardDone says that a shard is recorded.
type ShardDone struct {
	Shard   string
	Rows    int64
	Dropped int64 // records that its build left out
	Bytes   int64
	// There says that it was before: another attempt has built it.
	There bool
}

// InputChangedError says that an image is not the one that was planned with.
type InputChangedError struct {
	Shard, File string
}

func (e *InputChangedError) Error() string {
	return fmt.Sprintf("build shard %s: %s is not what it was when the plan was written", e.Shard, Printable(e.File))
}

// Unwrap makes it ErrSourceChanged.
func (e *InputChangedError) Unwrap() error { return ErrSourceChanged }

// changedHint says what to do about an input that is another one by now.
const changedHint = "the plan no longer holds: write another one, into another PLAN and OUTPUT"

// ShardsError gathers what went wrong with single shards; the others were built.
type ShardsError struct{ Errs []error }

func (e *ShardsError) Error() string { return errors.Join(e.Errs...).Error() }

// Unwrap returns the errors of the shards.
func (e *ShardsError) Unwrap() []error { return e.Errs }

// Work builds shards of a written plan whose ID is planID; outline is the plan without
// its shards. Each is told to done once it is recorded, one call at a time. A shard that
// cannot be built keeps no other from it.
//
// Any number of processes may work at one OUTPUT, at the same shards too.
func (j *Job) Work(ctx context.Context, outline *Plan, planID string, tasks Tasks, ids <-chan ShardID, done func(ShardDone) error) error {
	w := &worker{Job: j, planID: planID, tasks: tasks, ids: ids, done: done, begun: make(map[ShardID]bool)}
	whole, err := w.published()
	if err == nil && whole == nil {
		err = checkMark(j.Store, planID)
	}
	if err != nil {
		return err
	}
	if err := j.builder(outline, planID).work(ctx, w); err != nil {
		return err
	}
	if len(w.faults) > 0 {
		return &ShardsError{w.faults}
	}
	return nil
}

// worker is the agenda of a process that is told which shards to build.
type worker struct {
	*Job
	planID string
	tasks  Tasks
	ids    <-chan ShardID

	mu     sync.Mutex
	begun  map[ShardID]bool
	done   func(ShardDone) error
	faults []error
	whole  *Manifest // of an OUTPUT that is published
}

// next implements agenda: a shard that is recorded is told, and passed over.
func (w *worker) next(ctx context.Context) (*Task, []Format, error) {
	for {
		id, more := w.named(ctx)
		if !more {
			return nil, nil, nil
		}
		task, err := w.tasks.Task(id)
		if err != nil {
			return nil, nil, err
		}
		rec, err := w.recorded(task)
		switch {
		case err != nil:
			err = w.failed(ctx, task, err)
		case rec != nil:
			err = w.built(task, rec, true)
		default:
			return task, w.Spec.Formats, nil
		}
		if err != nil {
			return nil, nil, err
		}
	}
}

// named waits for a shard that is named for the first time.
func (w *worker) named(ctx context.Context) (id ShardID, more bool) {
	for {
		select {
		case <-ctx.Done():
			return id, false
		case id, more = <-w.ids:
			if !more || w.begin(id) {
				return id, more
			}
		}
	}
}

func (w *worker) begin(id ShardID) (first bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	first = !w.begun[id]
	w.begun[id] = true
	return first
}

// recorded returns the record of a shard that is built, nil for none. One that is stale
// gives way.
func (w *worker) recorded(t *Task) (*ShardRecord, error) {
	at := t.place()
	rec, stale, err := w.readBuilt(w.planID, w.tasks, at, w.Spec.Formats)
	if stale {
		err = w.Store.Remove(recordName(at.name()))
	}
	return rec, err
}

// built implements agenda.
func (w *worker) built(_ *Task, rec *ShardRecord, there bool) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.done(ShardDone{Shard: rec.Shard, Rows: rec.Built.Rows, Dropped: int64(countRecords(rec.Built.Dropped)), Bytes: rec.bytes(), There: there})
}

// failed implements agenda.
func (w *worker) failed(ctx context.Context, t *Task, err error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	// Who finds the work folder gone comes late: OUTPUT is published.
	if m, merr := w.published(); merr == nil && m != nil {
		return w.builtBefore(m, t)
	}
	err = w.judge(ctx, t, err)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.faults = append(w.faults, err)
	return nil
}

// published returns the manifest of an OUTPUT that is whole, nil where it is not. It
// must be this plan's.
func (w *worker) published() (*Manifest, error) {
	if _, err := w.Store.Size(manifestName); errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.whole == nil {
		m, err := w.readOld(manifestName)
		if err != nil {
			return nil, err
		}
		if m.Plan != w.planID {
			return nil, WithHint(fmt.Errorf("%w: it holds another one, whole", ErrPlanDiffers), "%s", notPreparedHint)
		}
		w.whole = m
	}
	return w.whole, nil
}

// builtBefore tells of a shard of an OUTPUT that is published.
func (w *worker) builtBefore(m *Manifest, t *Task) error {
	if t.ID.Split >= len(m.Splits) || t.ID.Index >= len(m.Splits[t.ID.Split].Shards) {
		return WithHint(fmt.Errorf("%w: manifest.json has no such shard", ErrPlanDiffers), "%s", notPreparedHint)
	}
	s := &m.Splits[t.ID.Split]
	return w.built(t, &ShardRecord{Shard: ShardName(s.Name, t.ID.Index, len(s.Shards)), Built: s.Shards[t.ID.Index]}, true)
}

// judge says what an error means: an input that changed for good is not the fault of the
// machine, and violations are written down for who publishes.
func (w *worker) judge(ctx context.Context, t *Task, err error) error {
	name := ShardName(t.Split, t.Index, t.Total)
	var broken *ViolationsError
	switch {
	case errors.As(err, &broken):
		bad := badShard{Plan: w.planID, Shard: name, Records: broken.Total, Violations: broken.First}
		if werr := bad.write(w.Store, newAttempt()); werr != nil {
			return errors.Join(err, werr)
		}
		return fmt.Errorf("shard %s: %w", name, err)
	case errors.Is(err, ErrSourceChanged), errors.Is(err, fs.ErrNotExist) && !errors.As(err, new(*StoreError)):
		if file, changed := t.changed(ctx); changed {
			return WithHint(&InputChangedError{Shard: name, File: file}, "%s", changedHint)
		}
	}
	return err
}

// changed looks at all images of the shard, and names the first that is not what the plan
// saw.
func (t *Task) changed(ctx context.Context) (file string, changed bool) {
	for n := range t.Assets() {
		a := t.Asset(n)
		row, c := t.Order.At(a.Record), t.Images[a.Field]
		place := c.Place(row, a.Item)
		size := c.Sizes.At(place)
		if size == NoImage {
			continue
		}
		stat, err := c.Stat(ctx, row, a.Item)
		gone := errors.Is(err, fs.ErrNotExist)
		if gone || err == nil && (stat.Size != size || !plannedStat(size, t.Times[a.Field].At(place)).WrittenAt(stat.ModTime)) {
			return c.File(row, a.Item), true
		}
	}
	return "", false
}

// A badShard says why a shard could not be built, so that who publishes can tell: its
// records broke rules.
type badShard struct {
	Plan       string      `json:"plan"`
	Shard      string      `json:"shard"`
	Records    int64       `json:"records"`
	Violations []Violation `json:"violations"`
}

func badName(shard string) string { return shardsFolder + "/" + shard + ".bad.json" }

func (b *badShard) write(s Store, attempt string) error {
	data, err := marshalIndent(b)
	if err != nil {
		return err
	}
	if err := s.Remove(badName(b.Shard)); err != nil {
		return err
	}
	if err := putFile(s, badName(b.Shard), data, attempt); err != nil && !errors.Is(err, errOther) {
		return err // another attempt has said it
	}
	return nil
}

// readBad returns why a shard could not be built, nil where nobody says.
func readBad(s Store, planID, shard string) *badShard {
	data, err := s.ReadFile(badName(shard), 1<<20)
	var b badShard
	if err != nil || unmarshalStrict(data, &b) != nil || b.Plan != planID || b.Shard != shard ||
		slices.ContainsFunc(b.Violations, func(v Violation) bool { return len(v.Detail) > 1<<16 }) {
		return nil
	}
	return &b
}
