package configs

import (
	"context"
	"errors"
	"fmt"

	"github.com/pickshard/pickshard/pipeline"
	"github.com/pickshard/pickshard/stages/planned"
	"github.com/pickshard/pickshard/stages/store/folder"
)

// WritePlan plans the job, writes the plan into a folder for workers on other machines,
// and makes OUTPUT ready for them. A plan that is there already, whole, stays.
func (j *Job) WritePlan(ctx context.Context, path string) (_ *pipeline.Plan, err error) {
	p, err := pipeline.MakePlan(ctx, j.Spec, j.Source, j.Loader, j.Observe)
	if err != nil {
		return nil, err
	}
	store := folder.New(path)
	defer func() { err = errors.Join(err, store.Close()) }()
	if err := planned.Write(ctx, store, p, j.Spec); err != nil && !errors.Is(err, planned.ErrThere) {
		return nil, err
	}
	return p.Plan, j.Prepare(p.Plan)
}

// A PlannedJob is the work of a plan that was written.
type PlannedJob struct {
	Job
	plan   *planned.Folder
	folder *folder.Store
}

// Sharing says how a worker runs, as far as its plan does not: Workers and Memory are those
// of Job, 0 for the plan's own; Sync is Run.Sync.
type Sharing struct {
	Workers int
	Memory  int64
	Sync    bool
}

// OpenPlan opens a plan that WritePlan has written. input is empty for who publishes: it
// reads no image. The caller closes the job.
func OpenPlan(path, input, output string, s Sharing, r Running) (_ *PlannedJob, err error) {
	j := &PlannedJob{folder: folder.New(path)}
	defer func() {
		if err != nil {
			err = errors.Join(err, j.Close())
		}
	}()
	if j.plan, err = planned.Open(j.folder); err != nil {
		return nil, err
	}
	h := j.plan.Header
	if err := h.CheckTool(r.Tool); err != nil {
		return nil, err
	}
	c, err := Parse("config of the plan", h.Config)
	if err != nil {
		return nil, fmt.Errorf("read plan: %w", err)
	}
	c.Run = Default().Run
	c.Run.Workers, c.Run.Sync = s.Workers, s.Sync
	if s.Memory > 0 {
		c.Run.Memory = Size(s.Memory)
	}
	splits := make([]string, len(h.Splits))
	for i := range h.Splits {
		splits[i] = h.Splits[i].Name
	}
	if j.Job.Job, err = c.job(asking{schema: j.plan.Schema, splits: splits, card: h.Card}, r); err != nil {
		return nil, err
	}
	keyField := -1
	if c.Output.Key != "" {
		keyField = j.plan.Schema.Index(c.Output.Key)
	}
	j.plan.Bind(nil, keyField)
	if input != "" {
		files, err := j.read(c, input, r)
		if err != nil {
			return nil, err
		}
		j.Source = files
		j.plan.Bind(files, keyField)
	}
	j.write(c, output)
	return j, nil
}

// Close closes plan, input and output.
func (j *PlannedJob) Close() error {
	var errs []error
	if j.plan != nil {
		errs = append(errs, j.plan.Close())
	}
	return errors.Join(append(errs, j.folder.Close(), j.Job.Close())...)
}

// Shards is how many shards each split has, in the plan's order.
func (j *PlannedJob) Shards() []planned.HeaderSplit { return j.plan.Header.Splits }

// Build builds shards, see pipeline.Job.Work.
func (j *PlannedJob) Build(ctx context.Context, ids <-chan pipeline.ShardID, done func(pipeline.ShardDone) error) error {
	j.Store = j.output.Begun()
	return j.Work(ctx, j.plan.Outline(), j.plan.Header.Plan, j.plan, ids, done)
}

// Publish publishes what workers have built, see pipeline.Job.Finalize.
func (j *PlannedJob) Publish(ctx context.Context) (*pipeline.Manifest, error) {
	c, err := j.collected()
	if err != nil {
		return nil, err
	}
	return j.Finalize(ctx, c)
}

// Unbuilt lists the shards that are not built: nil where all are.
func (j *PlannedJob) Unbuilt(ctx context.Context) (*pipeline.MissingError, error) {
	c, err := j.collected()
	if err != nil {
		return nil, err
	}
	return j.Missing(ctx, c)
}

func (j *PlannedJob) collected() (*pipeline.Collected, error) {
	p, err := j.plan.Plan()
	if err != nil {
		return nil, err
	}
	return &pipeline.Collected{Plan: p, Tasks: j.plan}, nil
}
