package pipeline

import (
	"context"

	"golang.org/x/sync/errgroup"
)

// An agenda is what a loop over shards works off. There are two: a conversion knows all
// shards of the plan that it made, and stops at the first that is bad; a worker is told of
// shards one by one, and goes on. It is safe for concurrent use.
type agenda interface {
	// next gives the next shard and the formats that it is to be built in; nil: none is
	// to be begun any more.
	next(ctx context.Context) (*Task, []Format, error)
	// built hears of a shard that is recorded; there: another attempt was first.
	built(t *Task, rec *ShardRecord, there bool) error
	// failed hears of a shard that is not; nil lets the others go on.
	failed(ctx context.Context, t *Task, err error) error
}

// builder builds shards of a plan with what the job has.
func (j *Job) builder(p *Plan, planID string) *Builder {
	b := &Builder{
		Plan: p, PlanID: planID, Checker: j.Checker, Store: j.Store, Budget: NewBudget(j.Memory), Spec: j.Spec,
		Workers: j.Workers, Readers: j.Readers, Progress: j.Progress,
	}
	b.Init()
	return b
}

// work builds the shards of an agenda, and records each. Syncing a shard to the disk
// overlaps with building the next one: at most Workers shards are being filled, and as
// many again may be on their way to the disk.
func (b *Builder) work(ctx context.Context, a agenda) error {
	g, work := errgroup.WithContext(ctx)
	attempt := newAttempt()
	for range 2 * b.Workers {
		g.Go(func() error {
			for {
				task, formats, err := a.next(work)
				if err != nil || task == nil {
					return err
				}
				built, err := b.Build(work, task, formats, attempt)
				rec := built
				if err == nil {
					rec, err = commit(b.Store, built, attempt)
				}
				if err != nil {
					err = a.failed(work, task, err)
				} else {
					err = a.built(task, rec, rec != built)
				}
				if err != nil {
					return err
				}
			}
		})
	}
	if err := g.Wait(); err != nil {
		return err
	}
	return context.Cause(ctx)
}
