package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"github.com/pickshard/pickshard/pipeline"
)

// display shows a run's progress: a bar where stderr is a terminal, a plain line
// now and then otherwise, events as JSON Lines on stdout with --json.
type display struct {
	err   io.Writer
	json  *json.Encoder
	quiet bool
	bar   *bar // nil where stderr is not a terminal, and with --json

	mu       sync.Mutex // guards writing
	dropped  int
	cause    string // of the record that was left out last
	broken   error  // of writing events
	kept     int64  // shards that are as an earlier run made them
	built    int64  // bytes of the shards that this run made
	progress *pipeline.Progress
	verb     string
	pace     pace // pace and ticks belong to the one goroutine that ticks
	ticks    int
	done     chan struct{}
	ended    sync.WaitGroup
}

// plainEvery is how many seconds lie between two lines of progress.
const plainEvery = 30

// maxDropped is how many records that are left out are told one by one.
const maxDropped = 20

func newDisplay(io *streams, asJSON, quiet bool) *display {
	d := &display{err: io.err, quiet: quiet}
	if f, ok := io.err.(*os.File); ok && !asJSON && isTerminal(f) {
		d.bar = newBar(f)
	}
	if asJSON {
		d.json = json.NewEncoder(io.out)
		d.json.SetEscapeHTML(false)
	}
	return d
}

// say prints a line for people.
func (d *display) say(format string, args ...any) {
	d.tell("", format, args...)
}

// tell prints a line that begins with a word in colour, if it is not empty.
func (d *display) tell(word, format string, args ...any) {
	if d.quiet || d.json != nil {
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	text := word + safe(fmt.Sprintf(format, args...)) + "\n"
	if d.bar != nil {
		d.bar.print(text, d.bar.line)
		return
	}
	// Who does not listen to words does not stop the work.
	_, _ = io.WriteString(d.err, text)
}

// line prints an event for machines.
func (d *display) line(v any) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.json.Encode(v); err != nil && d.broken == nil {
		d.broken = fmt.Errorf("write events: %w", err)
	}
}

// closed returns the first error of writing events: machines must not take a
// cut stream for the whole.
func (d *display) closed() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.broken
}

// observe is told of events by the pipeline.
func (d *display) observe(e pipeline.Event) {
	if d.json != nil {
		if e.Kind == pipeline.EventShard {
			d.far()
		}
		d.line(e)
		return
	}
	switch e.Kind {
	case pipeline.EventSized:
		d.say("split %s: %s", e.Split, plural(e.Rows, "record"))
	case pipeline.EventResumed, pipeline.EventKept:
		d.kept++
	case pipeline.EventPlanned:
		if d.kept > 0 {
			d.say("%s of %s kept, %s left", humanCount(d.kept), plural(d.progress.TotalShards.Load(), "shard"), plural(e.Rows, "record"))
		}
	case pipeline.EventShard:
		d.built += e.Bytes
	case pipeline.EventWarning:
		d.tell(yellow.on(d.err, "warning:"), " %s", e.Message)
	case pipeline.EventNote:
		d.say("%s", e.Message)
	case pipeline.EventDropped:
		if cause := e.Violation.Cause; cause != "" && cause == d.cause && e.Violation.Rule == pipeline.RuleMissing {
			return // told already
		}
		d.cause = e.Violation.Cause
		if d.dropped++; d.dropped <= maxDropped {
			d.tell(yellow.on(d.err, "left out:"), " %s", e.Violation)
		} else if d.dropped == maxDropped+1 {
			d.tell(yellow.on(d.err, "left out:"), " more records, see the manifest")
		}
	}
}

// start begins to show progress until stop.
func (d *display) start(p *pipeline.Progress, verb string) {
	d.progress = p
	if d.quiet && d.json == nil {
		return
	}
	d.verb, d.done = verb, make(chan struct{})
	every := time.Second
	if d.bar != nil {
		every = 100 * time.Millisecond
		d.tick(time.Now())
	}
	d.ended.Go(func() {
		tick := time.NewTicker(every)
		defer tick.Stop()
		for {
			select {
			case <-d.done:
				return
			case now := <-tick.C:
				d.tick(now)
			}
		}
	})
}

// progressEvent tells machines how far a run is: once a second, before a shard
// that is built, and at the end.
type progressEvent struct {
	Event      string `json:"event"` // "progress"
	Rows       int64  `json:"rows"`
	TotalRows  int64  `json:"total_rows"`
	Bytes      int64  `json:"bytes"` // of images
	TotalBytes int64  `json:"total_bytes"`
}

// tick shows how far the run is.
func (d *display) tick(now time.Time) {
	p := d.progress
	if d.json != nil {
		d.far()
		return
	}
	s := state{
		verb: d.verb, bytes: p.Bytes.Load(), total: p.TotalBytes.Load(), records: p.Records.Load(), of: p.TotalRecords.Load(),
	}
	s.waiting = s.of == 0
	if !s.waiting {
		if s.perSecond, s.known = d.pace.add(now, s.bytes); s.known {
			s.left = time.Duration(float64(s.total-s.bytes) / s.perSecond * float64(time.Second))
		}
	}
	if d.bar != nil {
		d.mu.Lock()
		defer d.mu.Unlock()
		d.bar.draw(barLine(s, d.bar.width()))
		return
	}
	if d.ticks++; s.known && d.ticks%plainEvery == 0 {
		d.say("%s of %s records, %s of %s, %s/s, %s left", humanCount(s.records), humanCount(s.of),
			humanBytes(s.bytes), humanBytes(s.total), humanBytes(int64(s.perSecond)), humanTime(s.left))
	}
}

// far tells machines how far the run is, once that is known.
func (d *display) far() {
	if p := d.progress; p != nil && p.TotalRecords.Load() > 0 {
		d.line(progressEvent{"progress", p.Records.Load(), p.TotalRecords.Load(), p.Bytes.Load(), p.TotalBytes.Load()})
	}
}

// stop ends the display of progress.
func (d *display) stop() {
	if d.done == nil {
		return
	}
	close(d.done)
	d.ended.Wait()
	if d.json != nil {
		d.tick(time.Now())
	}
	if d.bar != nil {
		d.mu.Lock()
		defer d.mu.Unlock()
		d.bar.draw("")
	}
}

// joinClose closes at the end of a function that returns err.
func joinClose(err error, close func() error) error { return errors.Join(err, close()) }
