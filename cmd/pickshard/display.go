package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"

	"github.com/pickshard/pickshard/configs"
	"github.com/pickshard/pickshard/pipeline"
)

// display shows a run's progress: a bar where stderr is a terminal, a plain line
// now and then otherwise, events as JSON Lines on stdout with --json.
type display struct {
	err      io.Writer
	json     *json.Encoder
	quiet    bool
	terminal bool

	mu       sync.Mutex // guards writing, and dropped
	dropped  int
	broken   error // of writing events
	kept     int   // shards that an update left as they are
	bars     *mpb.Progress
	bar      *mpb.Bar
	progress *pipeline.Progress
	done     chan struct{}
	ended    sync.WaitGroup
}

// maxDropped is how many records that are left out are told one by one.
const maxDropped = 20

func newDisplay(io *streams, asJSON, quiet bool) *display {
	d := &display{err: io.err, quiet: quiet, terminal: isTerminal(io.err)}
	if asJSON {
		d.json = json.NewEncoder(io.out)
		d.json.SetEscapeHTML(false)
	}
	return d
}

// say prints a line for people.
func (d *display) say(format string, args ...any) {
	if d.quiet || d.json != nil {
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	w := d.err
	if d.bars != nil {
		w = d.bars // prints above the bar
	}
	fmt.Fprintf(w, format+"\n", args...)
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
		d.line(e)
		return
	}
	switch e.Kind {
	case pipeline.EventSized:
		d.say("split %s: %s", e.Split, plural(e.Rows, "record"))
	case pipeline.EventResumed:
		d.say("shard %s is built already", e.Shard)
	case pipeline.EventKept:
		d.kept++
	case pipeline.EventWarning:
		d.say("warning: %s", e.Message)
	case pipeline.EventDropped:
		if d.dropped++; d.dropped <= maxDropped {
			d.say("left out: %s", e.Violation)
		} else if d.dropped == maxDropped+1 {
			d.say("left out: more records, see the manifest")
		}
	}
}

// start begins to show progress until stop.
func (d *display) start(p *pipeline.Progress, verb string) {
	if d.quiet || d.json != nil {
		return
	}
	d.progress, d.done = p, make(chan struct{})
	if d.terminal {
		d.startBar(verb)
	}
	d.ended.Go(func() {
		every := 10 * time.Second
		if d.terminal {
			every = 100 * time.Millisecond
		}
		tick := time.NewTicker(every)
		defer tick.Stop()
		began := time.Now()
		for {
			select {
			case <-d.done:
				return
			case <-tick.C:
				d.tick(began)
			}
		}
	})
}

func (d *display) startBar(verb string) {
	d.bars = mpb.New(mpb.WithOutput(d.err), mpb.WithWidth(40), mpb.WithAutoRefresh())
	style := mpb.BarStyle()
	d.bar = d.bars.New(0, style,
		mpb.BarRemoveOnComplete(),
		mpb.PrependDecorators(decor.Name(verb+" ")),
		mpb.AppendDecorators(
			decor.CountersKiloByte("% .1f / % .1f", decor.WCSyncSpace),
			decor.Any(func(decor.Statistics) string {
				return fmt.Sprintf("  %s/%s records", humanCount(d.progress.Records.Load()), humanCount(d.progress.TotalRecords.Load()))
			}),
			decor.AverageSpeed(decor.SizeB1000(0), "  % .1f"),
			decor.OnComplete(decor.AverageETA(decor.ET_STYLE_GO, decor.WCSyncSpace), ""),
		),
	)
}

func (d *display) tick(began time.Time) {
	bytes, total := d.progress.Bytes.Load(), d.progress.TotalBytes.Load()
	if d.terminal {
		d.bar.SetTotal(max(total, 1), false)
		d.bar.SetCurrent(bytes)
		return
	}
	if total == 0 {
		return
	}
	took := time.Since(began)
	left := time.Duration(0)
	if bytes > 0 {
		left = time.Duration(float64(took) * float64(total-bytes) / float64(bytes))
	}
	d.say("%s of %s records, %s of %s, %s/s, %s left", humanCount(d.progress.Records.Load()), humanCount(d.progress.TotalRecords.Load()),
		humanBytes(bytes), humanBytes(total), humanBytes(int64(float64(bytes)/took.Seconds())), left.Round(time.Second))
}

// stop ends the display of progress.
func (d *display) stop() {
	if d.done == nil {
		return
	}
	close(d.done)
	d.ended.Wait()
	if d.bar != nil {
		d.bar.Abort(true)
		d.bars.Wait()
		d.bars = nil
	}
}

// joinClose closes at the end of a function that returns err.
func joinClose(err error, close func() error) error { return errors.Join(err, close()) }

// ready lists the ready configs for completion.
func ready() []string { return configs.Ready() }
