package pipeline

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
)

// outputState is what a run finds in OUTPUT. Whatever else stands there is an
// error: it is refused before a byte is written.
type outputState struct {
	// manifest stands in OUTPUT, or is nil. whole: it is this plan's. swept says
	// that nothing is left to do either.
	manifest     *Manifest
	whole, swept bool
	// planned: a run of the same plan was begun and cut short.
	planned bool
}

// Refuses says no to an OUTPUT that holds something else, before anything is
// read: INPUT can take minutes. What a conversion made is judged by Convert.
func (j *Job) Refuses() error {
	names, err := j.Store.List(".")
	if err != nil {
		return err
	}
	if slices.Contains(names, manifestName) || slices.Contains(names, workFolder+"/") {
		return j.checkPrune()
	}
	return j.refuse(names)
}

// look finds out what OUTPUT holds, without writing.
func (j *Job) look(id Identity) (found outputState, err error) {
	names, err := j.Store.List(".")
	if err != nil {
		return found, err
	}
	if _, err := workFiles(j.Store); err != nil {
		return found, err
	}
	old, err := j.readOld(oldName) // there while an update is under way
	if errors.Is(err, fs.ErrNotExist) {
		old, err = nil, nil
	}
	if err != nil {
		return found, err
	}
	if slices.Contains(names, manifestName) {
		return j.lookWhole(id, names, old)
	}
	planned, err := j.plannedID()
	switch {
	case err != nil:
		return found, err
	case planned == nil && old == nil:
		return found, j.refuse(names, workFolder+"/")
	case planned == nil && !j.Update:
		return found, WithHint(fmt.Errorf("%w: an update was cut short", ErrPlanDiffers), "run it again with --update")
	}
	if err := j.refuse(names, j.ours(old)...); err != nil {
		return found, err
	}
	if planned != nil && planned.ID() == id.ID() {
		found.planned = true
		return found, nil
	}
	if workers, err := readMark(j.Store); err != nil || workers != "" {
		return found, cmp.Or(err, WithHint(differs(id, planned), "workers of another plan may be at work in OUTPUT: publish what they build by `pickshard finalize`, or remove OUTPUT"))
	}
	published := j.refuse(names, workFolder+"/") != nil
	if !published && (j.Update || id.sameRequest(planned)) {
		return found, nil // nothing final stands there, and the input was fixed since
	}
	if j.Update && old != nil {
		return found, nil // what stands there may be replaced
	}
	err = differs(id, planned)
	if published && old == nil {
		// Files have final names and no manifest tells yet which are ours to replace.
		return found, WithHint(err, "that conversion was cut short while its files got their final names: "+
			"finish it with the config, flags and input as they were, or remove OUTPUT and convert again")
	}
	return found, err
}

// lookWhole looks at an OUTPUT with a manifest: it is there only while all that
// it tells of is.
func (j *Job) lookWhole(id Identity, names []string, old *Manifest) (found outputState, err error) {
	m, err := j.readOld(manifestName)
	if errors.As(err, new(*StoreError)) {
		return found, err // it may be ours: the system does not let us see
	}
	if err != nil {
		return found, WithHint(fmt.Errorf("%w: %w", ErrOutputForeign, err), "choose an empty or new folder as OUTPUT; or, if a conversion made this one, remove it to convert again")
	}
	found.manifest = m
	found.swept = slices.Contains(names, successName) && !slices.Contains(names, workFolder+"/")
	if j.Update {
		if slices.Contains(names, ReportName) && !m.Has(ReportName) {
			return found, WithHint(fmt.Errorf("%s was made from the output as it is, and no conversion replaces it", ReportName), "remove or rename it: it would describe an output that no longer exists; `pickshard report` makes it again")
		}
		if err := j.refuse(names, append(j.ours(m), manifestName, successName)...); err != nil {
			return found, err
		}
		planned, err := j.plannedID()
		found.planned = planned != nil && planned.ID() == id.ID() && old != nil && bytes.Equal(old.raw, m.raw)
		return found, err
	}
	if err := differs(id, m.Identity); err != nil {
		return found, err
	}
	if err := m.checkSizes(j.Store); err != nil {
		return found, WithHint(err, "the output was changed after it was finished; --update rebuilds what is missing")
	}
	m.Resumed, found.whole = true, true
	return found, nil
}

// ours lists what an unfinished run of ours may have put into OUTPUT.
func (j *Job) ours(old *Manifest) []string {
	names := []string{workFolder + "/", quarantine + "/", ReportName}
	for _, f := range j.Spec.Formats {
		names = append(names, f.Name()+"/")
	}
	if old != nil {
		for _, format := range old.Formats {
			names = append(names, format+"/")
		}
	}
	return names
}

// plannedID is the identity of the plan in the work folder, nil where there is
// none.
func (j *Job) plannedID() (Identity, error) {
	data, err := j.Store.ReadFile(planName, maxPlanBytes)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	p, err := ReadPlan(bytes.NewReader(data))
	if err != nil {
		return nil, WithHint(err, "the unfinished conversion in OUTPUT cannot be continued; remove the folder to begin again")
	}
	return p.Identity()
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
		"give the same config, flags and input as before, choose another OUTPUT, or bring this one up to date with --update")
}

func (j *Job) writePlan(p *Plan) error {
	var b strings.Builder
	if err := p.Write(&b); err != nil {
		return err
	}
	return putFile(j.Store, planName, []byte(b.String()), newAttempt())
}
