package pipeline

import (
	"fmt"
	"slices"
)

// NoRoomError says that OUTPUT cannot hold what is going to be written; nothing
// was.
type NoRoomError struct {
	// Needs is how many bytes the shards have at the least that are not built yet,
	// Free how many there is room for.
	Needs, Free int64
}

func (e *NoRoomError) Error() string {
	return fmt.Sprintf("no room for OUTPUT: it needs %s bytes, %s are free", Grouped(e.Needs), Grouped(e.Free))
}

// roomy is a Store that knows how many bytes it has room for; -1 is not known.
type roomy interface{ Room() int64 }

// checkRoom refuses to begin what cannot end for want of room. Whoever writes to
// the same disk at the same time is not known here: Reserve stands behind it.
func (j *Job) checkRoom(planned *Planned, set *recordSet) error {
	store, ok := j.Store.(roomy)
	if !ok {
		return nil
	}
	needs := int64(0)
	for id := range planned.Plan.shardIDs() {
		sh := &planned.Plan.Splits[id.Split].Shards[id.Index]
		needs += sh.least(formatNames(set.missing(id, j.Spec.Formats)))
	}
	if free := store.Room(); free >= 0 && free < needs {
		return WithHint(&NoRoomError{Needs: needs, Free: free}, "make room, or choose an OUTPUT on another disk; shards that are built are kept")
	}
	return nil
}

// least is how many bytes a shard's files have at the least: their sizes where
// these are exact, else the images they hold.
func (sh *PlanShard) least(formats []string) int64 {
	sum := int64(0)
	for _, f := range formats {
		if slices.Contains(sh.Exact, f) {
			sum += sh.Bounds[f]
		} else {
			sum += min(sh.ImageBytes, sh.Bounds[f])
		}
	}
	return sum
}
