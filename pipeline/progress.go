package pipeline

import "sync/atomic"

// Progress counts a run's work. A run adds to it, a display reads it, at any
// time and from any goroutine.
type Progress struct {
	// Records and Bytes count what is finished of what is known to be to do.
	// Bytes are image bytes read while shards are built, file bytes while
	// verifying.
	Records, Bytes           atomic.Int64
	TotalRecords, TotalBytes atomic.Int64
	Shards, TotalShards      atomic.Int64
}

// Event is something that happened in a run, for people and machines. Kind says
// which of the fields mean something.
type Event struct {
	Kind  EventKind `json:"event"`
	Split string    `json:"split,omitempty"`
	Shard string    `json:"shard,omitempty"` // "train-00003-of-00042"
	Rows  int64     `json:"rows"`
	Bytes int64     `json:"bytes"`
	// Violation accompanies EventDropped.
	Violation *Violation `json:"violation,omitempty"`
	Message   string     `json:"message,omitempty"`
}

// EventKind names an event.
type EventKind string

// The events of a run, in the order in which they first can come.
const (
	EventLoaded    EventKind = "loaded"    // a split's records are read
	EventSized     EventKind = "sized"     // a split's images are found
	EventResumed   EventKind = "resumed"   // a shard that an earlier run built is kept
	EventKept      EventKind = "kept"      // an update found a shard unchanged
	EventPlanned   EventKind = "planned"   // Rows, and Bytes of images, of the shards that are left to build
	EventDropped   EventKind = "dropped"   // a record broke a rule and is left out
	EventShard     EventKind = "shard"     // a shard is built and recorded
	EventPublished EventKind = "published" // all files have their final names
	EventVerified  EventKind = "verified"  // a shard was re-read
	EventWarning   EventKind = "warning"   // Message
	EventNote      EventKind = "note"      // Message: good to know, nothing is wrong
)

// An Observer is told of events, from any goroutine, one call at a time.
type Observer func(Event)
