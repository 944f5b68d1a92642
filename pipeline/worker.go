package pipeline

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"sync"

	"golang.org/x/sync/errgroup"
)

// A ShardID names a shard of a plan by its place.
type ShardID struct{ Split, Index int }

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
// its shards, whose numbers, by split, are totals. Each is told to done once it is
// recorded, one call at a time. A shard that cannot be built keeps no other from it.
//
// Any number of processes may work at one OUTPUT, at the same shards too.
func (j *Job) Work(ctx context.Context, outline *Plan, planID string, tasks Tasks, ids <-chan ShardID, done func(ShardDone) error) error {
	w := &workLoop{
		Job: j, done: done, attempt: newAttempt(),
		builder: &Builder{
			Plan: outline, Tasks: tasks, PlanID: planID, Checker: j.Checker, Store: j.Store, Budget: NewBudget(j.Memory),
			Spec: j.Spec, Readers: j.Readers, Progress: j.Progress, Workers: j.Workers,
		},
	}
	w.builder.Init()
	if whole, err := w.published(); whole == nil && err == nil {
		if err := checkMark(j.Store, planID); err != nil {
			return err
		}
	} else if err != nil {
		return err
	}
	g, work := errgroup.WithContext(ctx)
	g.SetLimit(2 * max(j.Workers, 1))
	seen := make(map[ShardID]bool)
	for more := true; more; {
		select {
		case <-work.Done():
			more = false
		case id, ok := <-ids:
			if more = ok; ok && !seen[id] {
				seen[id] = true
				g.Go(func() error { return w.one(work, id) })
			}
		}
	}
	if err := g.Wait(); err != nil {
		return err
	}
	if err := context.Cause(ctx); err != nil {
		return err
	}
	if len(w.failed) > 0 {
		return &ShardsError{w.failed}
	}
	return nil
}

// workLoop is a Work under way.
type workLoop struct {
	*Job
	builder *Builder
	attempt string
	mu      sync.Mutex
	done    func(ShardDone) error
	failed  []error
	whole   *Manifest // of an OUTPUT that is published
}

// one builds a shard, unless it is there.
func (w *workLoop) one(ctx context.Context, id ShardID) error {
	task, err := w.builder.Tasks.Task(id.Split, id.Index)
	if err != nil {
		return err
	}
	name := ShardName(task.Split, task.Index, task.Total)
	rec, err := w.recorded(task)
	if rec == nil && err == nil {
		built, berr := w.builder.Build(ctx, id.Split, id.Index, w.Spec.Formats, w.attempt)
		if rec, err = built, berr; err == nil {
			rec, err = commit(w.Store, built, w.attempt)
		}
		if err == nil {
			return w.tell(rec, rec != built)
		}
	} else if err == nil {
		return w.tell(rec, true)
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	// Who finds the work folder gone comes late: OUTPUT is published.
	if m, merr := w.published(); merr == nil && m != nil {
		return w.tellWhole(m, id)
	}
	err = w.judge(ctx, task, name, err)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.failed = append(w.failed, err)
	return nil
}

// recorded returns the record of a shard that is built, nil for none. One that is not
// this plan's, or whose files are gone, gives way.
func (w *workLoop) recorded(task *Task) (*ShardRecord, error) {
	name := ShardName(task.Split, task.Index, task.Total)
	rec, err := readRecord(w.Store, name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err == nil && rec.Plan == w.builder.PlanID && rec.checkShard(task.Split, task.Index, task.Total, task.Len(), w.Spec.Formats) == nil &&
		rec.checkBuilt() == nil && rec.Source == task.Source() && rec.filesThere(w.Store) {
		return rec, nil
	}
	if errors.As(err, new(*StoreError)) {
		return nil, err
	}
	return nil, w.Store.Remove(recordName(name))
}

// published returns the manifest of an OUTPUT that is whole, nil where it is not. It
// must be this plan's.
func (w *workLoop) published() (*Manifest, error) {
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
		if m.Plan != w.builder.PlanID {
			return nil, WithHint(fmt.Errorf("%w: it holds another one, whole", ErrPlanDiffers), "%s", notPreparedHint)
		}
		w.whole = m
	}
	return w.whole, nil
}

// tell reports a shard that is recorded.
func (w *workLoop) tell(rec *ShardRecord, there bool) error {
	return w.report(ShardDone{Shard: rec.Shard, Rows: rec.Built.Rows, Dropped: int64(countRecords(rec.Built.Dropped)), Bytes: rec.bytes(), There: there})
}

// tellWhole reports a shard of an OUTPUT that is published.
func (w *workLoop) tellWhole(m *Manifest, id ShardID) error {
	if id.Split >= len(m.Splits) || id.Index >= len(m.Splits[id.Split].Shards) {
		return WithHint(fmt.Errorf("%w: manifest.json has no such shard", ErrPlanDiffers), "%s", notPreparedHint)
	}
	s := &m.Splits[id.Split]
	rec := &ShardRecord{Shard: ShardName(s.Name, id.Index, len(s.Shards)), Built: s.Shards[id.Index]}
	return w.tell(rec, true)
}

func (w *workLoop) report(d ShardDone) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.done(d)
}

// judge says what an error means: an input that changed for good is not the fault of the
// machine, and violations are written down for who publishes.
func (w *workLoop) judge(ctx context.Context, task *Task, name string, err error) error {
	var broken *ViolationsError
	switch {
	case errors.As(err, &broken):
		bad := badShard{Plan: w.builder.PlanID, Shard: name, Records: broken.Total, Violations: broken.First}
		if werr := bad.write(w.Store, w.attempt); werr != nil {
			return errors.Join(err, werr)
		}
		return fmt.Errorf("shard %s: %w", name, err)
	case errors.Is(err, ErrSourceChanged), errors.Is(err, fs.ErrNotExist) && !errors.As(err, new(*StoreError)):
		if file, changed := task.changed(ctx); changed {
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
