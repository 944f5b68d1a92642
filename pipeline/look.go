package pipeline

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
)

// outputState is what a run finds in OUTPUT. Whatever else stands there is an
// error: it is refused before a byte is written.
type outputState struct {
	// whole: all of this plan is there, and manifest describes it. swept says
	// that nothing is left to do either.
	whole, swept bool
	manifest     *Manifest
	// planned: a run of the same plan was begun and cut short.
	planned bool
}

// look finds out what OUTPUT holds, without writing.
func (j *Job) look(id Identity) (found outputState, err error) {
	names, err := j.Store.List(".")
	if err != nil {
		return found, err
	}
	if slices.Contains(names, manifestName) {
		return j.lookWhole(id, names)
	}
	data, err := j.Store.ReadFile(planName, maxPlanBytes)
	if errors.Is(err, fs.ErrNotExist) {
		return found, j.refuse(names, workFolder+"/")
	}
	if err != nil {
		return found, err
	}
	ours := []string{workFolder + "/", quarantine + "/"}
	for _, f := range j.Spec.Formats {
		ours = append(ours, f.Name()+"/")
	}
	if err := j.refuse(names, ours...); err != nil {
		return found, err
	}
	old, err := ReadPlan(strings.NewReader(string(data)))
	if err != nil {
		return found, WithHint(err, "the unfinished conversion in OUTPUT cannot be continued; remove the folder to begin again")
	}
	oldID, err := old.Identity()
	if err != nil {
		return found, err
	}
	found.planned = true
	return found, differs(id, oldID)
}

// lookWhole looks at an OUTPUT with a manifest: it is there only once everything
// else is.
func (j *Job) lookWhole(id Identity, names []string) (found outputState, err error) {
	m, err := ReadManifest(j.Store)
	if err != nil {
		return found, WithHint(fmt.Errorf("%w: %w", ErrOutputForeign, err), "choose an empty or new folder as OUTPUT")
	}
	if err := differs(id, m.Identity); err != nil {
		return found, err
	}
	if err := m.checkSizes(j.Store); err != nil {
		return found, WithHint(err, "the output was changed after it was finished; remove the folder to convert again")
	}
	m.Resumed = true
	found.whole, found.manifest = true, m
	found.swept = slices.Contains(names, successName) && !slices.Contains(names, workFolder+"/")
	return found, nil
}

// refuse says no to an OUTPUT that holds anything but these names.
func (j *Job) refuse(names []string, but ...string) error {
	for _, name := range names {
		if !slices.Contains(but, name) {
			return WithHint(fmt.Errorf("%w: %s", ErrOutputForeign, strings.TrimSuffix(name, "/")), "choose an empty or new folder as OUTPUT")
		}
	}
	return nil
}

// differs names what makes two plans different conversions; nil when nothing
// does.
func differs(id, old Identity) error {
	if id.ID() == old.ID() {
		return nil
	}
	return WithHint(fmt.Errorf("%w: different %s", ErrPlanDiffers, strings.Join(id.Differences(old), ", ")),
		"give the same config, flags and input as before, or choose another OUTPUT")
}

func (j *Job) writePlan(p *Plan) error {
	var b strings.Builder
	if err := p.Write(&b); err != nil {
		return err
	}
	return putFile(j.Store, planName, []byte(b.String()), newAttempt())
}
