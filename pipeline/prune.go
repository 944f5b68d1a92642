package pipeline

import (
	"fmt"
	"slices"
	"strings"
)

// PruneError says that an update would remove whole splits or formats of OUTPUT;
// nothing was touched.
type PruneError struct {
	// Splits and Formats are those that OUTPUT has and the conversion does not.
	Splits, Formats []string
	// Files and Bytes count what the shards of these are.
	Files int
	Bytes int64
}

func (e *PruneError) Error() string {
	var what []string
	for _, kind := range []struct {
		name  string
		these []string
	}{{"split", e.Splits}, {"format", e.Formats}} {
		if len(kind.these) == 1 {
			what = append(what, kind.name+" "+kind.these[0])
		} else if len(kind.these) > 1 {
			what = append(what, kind.name+"s "+strings.Join(kind.these, ", "))
		}
	}
	return fmt.Sprintf("the update would remove %s: %s shard files of %s bytes", strings.Join(what, " and "), Grouped(int64(e.Files)), Grouped(e.Bytes))
}

// checkPrune refuses an update that would remove splits or formats, unless that is
// asked for. It reads the old manifest alone; one that cannot be read is told where
// OUTPUT is looked at.
func (j *Job) checkPrune() error {
	if !j.Update || j.Prune {
		return nil
	}
	old, err := j.readOld(manifestName)
	if err != nil {
		old, err = j.readOld(oldName) // there while an update is under way
	}
	if err != nil {
		return nil
	}
	gone := &PruneError{}
	formats := formatNames(j.Spec.Formats)
	for _, name := range old.Formats {
		if !slices.Contains(formats, name) {
			gone.Formats = append(gone.Formats, name)
		}
	}
	for _, s := range old.Splits {
		lost := !slices.Contains(j.Spec.Splits, s.Name)
		if lost {
			gone.Splits = append(gone.Splits, s.Name)
		}
		for _, sh := range s.Shards {
			for _, f := range sh.Files {
				if lost || slices.Contains(gone.Formats, f.Format) {
					gone.Files++
					gone.Bytes += f.Bytes
				}
			}
		}
	}
	if len(gone.Splits)+len(gone.Formats) == 0 {
		return nil
	}
	return WithHint(gone, "add --prune to remove them, or ask for them too, as OUTPUT becomes what the config and the flags say")
}
