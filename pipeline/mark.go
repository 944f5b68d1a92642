package pipeline

import (
	"errors"
	"fmt"
	"io/fs"
)

// A plan that was written for workers marks the OUTPUT that it was written for: a worker
// on a machine that sees another folder under that name finds no mark there, and neither
// does who publishes. The mark tells every run that workers may be under way, whose files
// nobody else may sweep. It goes with the work folder.
const markName = workFolder + "/workers.json"

type outputMark struct {
	Plan string `json:"plan"` // the plan's ID
}

// ErrNotPrepared: OUTPUT is not the folder that a plan was written for.
var ErrNotPrepared = errors.New("output folder was not prepared for this plan")

const notPreparedHint = "give the OUTPUT that `pickshard plan --write` was given: one folder that all machines share"

// readMark returns the ID of the plan whose workers may be at work, empty for none.
func readMark(s Store) (planID string, err error) {
	data, err := s.ReadFile(markName, 1<<10)
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	var m outputMark
	if err := unmarshalStrict(data, &m); err != nil || m.Plan == "" {
		return "", WithHint(fmt.Errorf("%w: %s is damaged", ErrOutputForeign, markName), "remove OUTPUT, and write the plan again")
	}
	return m.Plan, nil
}

// checkMark wants OUTPUT to be prepared for a plan.
func checkMark(s Store, planID string) error {
	found, err := readMark(s)
	switch {
	case err != nil:
		return err
	case found == "":
		return WithHint(ErrNotPrepared, "%s", notPreparedHint)
	case found != planID:
		return WithHint(fmt.Errorf("%w: it was prepared for another one", ErrPlanDiffers), "%s", notPreparedHint)
	}
	return nil
}

// Prepare makes OUTPUT ready for workers of a plan that is written: the plan, the folders
// that they write to, and the mark, last.
func (j *Job) Prepare(p *Plan) error {
	id, err := p.Identity()
	if err != nil {
		return err
	}
	found, err := j.look(id)
	if err != nil || found.whole {
		return err
	}
	release, err := j.Store.Lock()
	if err != nil {
		return busy(err)
	}
	return errors.Join(j.prepareLocked(p, id), release())
}

func (j *Job) prepareLocked(p *Plan, id Identity) error {
	found, err := j.look(id) // another process may have come first
	if err != nil || found.whole {
		return err
	}
	if !found.planned {
		if err := sweepWork(j.Store); err != nil {
			return err
		}
		if err := j.writePlan(p); err != nil {
			return err
		}
	}
	// Workers make no folder: what they find gone has been published.
	for _, name := range []string{filesFolder + "/" + newAttempt() + ".ready", badName(ShardName("ready", 0, 0))} {
		f, err := j.Store.Create(name)
		if err != nil {
			return err
		}
		if err := errors.Join(f.Close(), j.Store.Remove(name)); err != nil {
			return err
		}
	}
	data, err := marshalIndent(outputMark{Plan: id.ID()})
	if err != nil {
		return err
	}
	return putFile(j.Store, markName, data, newAttempt())
}

// busy says what to do about an OUTPUT that another process writes.
func busy(err error) error {
	if errors.Is(err, ErrOutputBusy) {
		err = WithHint(err, "wait for it to end, or choose another OUTPUT")
	}
	return err
}
