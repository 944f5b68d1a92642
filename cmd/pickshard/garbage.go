package main

import (
	"runtime/debug"
	"runtime/metrics"

	"github.com/pickshard/pickshard/pipeline"
)

// garbageRoom is how many bytes of garbage large columns leave room for, unless
// 2 % of what is alive are more.
const garbageRoom = 10 << 20

// boundGarbage returns an observer that sees to the garbage collector before it
// passes events on. Left to itself, Go lets the heap grow to twice what is alive:
// two gigabytes for one gigabyte of columns. These hold no pointers and are
// collected for nothing, so it may as well run sooner.
func boundGarbage(observe pipeline.Observer) pipeline.Observer {
	return func(e pipeline.Event) {
		switch e.Kind {
		case pipeline.EventLoaded, pipeline.EventSized, pipeline.EventPlanned:
			alive := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
			metrics.Read(alive)
			debug.SetGCPercent(garbagePercent(alive[0].Value.Uint64()))
		}
		observe(e)
	}
}

// recordsGarbage is how much garbage there may be, in percent, to the records of shards
// that a finalize holds: they are a few kilobytes a shard and stay to the end, but are
// full of pointers, so collecting costs more the less room it leaves.
const recordsGarbage = 50

// garbagePercent is how much garbage there may be to so many bytes alive.
func garbagePercent(alive uint64) int {
	return int(min(max(100*garbageRoom/max(alive, 1), 2), 100))
}
