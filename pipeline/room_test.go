package pipeline

import (
	"errors"
	"testing"
)

// small is a store with room for so many bytes.
type small struct {
	Store
	free int64
}

func (s small) Room() int64 { return s.free }

// named is a format by its name alone.
func named(name string) Format { return nameOnly{name: name} }

type nameOnly struct {
	Format
	name string
}

func (f nameOnly) Name() string { return f.name }

// TestCheckRoom wants a run refused that cannot end, and none that may.
func TestCheckRoom(t *testing.T) {
	t.Parallel()
	plan := &Plan{Formats: []string{"parquet", "arrow"}, Splits: []PlanSplit{{Name: "train", Shards: []PlanShard{
		{ImageBytes: 100, Bounds: map[string]int64{"parquet": 150, "arrow": 120}, Exact: []string{"arrow"}},
		{ImageBytes: 1000, Bounds: map[string]int64{"parquet": 1500, "arrow": 1200}, Exact: []string{"arrow"}},
	}}}}
	planned, spec := &Planned{Plan: plan}, &Spec{Formats: []Format{named("parquet"), named("arrow")}}
	set := newRecordSet(plan)
	for free, want := range map[int64]bool{-1: true, 0: false, 2419: false, 2420: true} {
		err := (&Job{Spec: spec, Store: small{free: free}}).checkRoom(planned, set)
		if (err == nil) != want {
			t.Errorf("%d bytes free: %v", free, err)
		}
		var none *NoRoomError
		if err != nil && (!errors.As(err, &none) || none.Needs != 2420 || none.Free != free) {
			t.Errorf("%d bytes free: %v", free, err)
		}
	}
	set.keep(ShardID{0, 1}, &ShardRecord{}, nil)
	if err := (&Job{Spec: spec, Store: small{free: 220}}).checkRoom(planned, set); err != nil {
		t.Errorf("a shard that is built needs no room: %v", err)
	}
}
