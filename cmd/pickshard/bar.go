package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"golang.org/x/term"
)

// bar is one line at the bottom of a terminal that is drawn over and over. It
// uses carriage returns and blanks alone, and leaves the cursor as it is, so that
// whatever ends the program leaves nothing to put right.
type bar struct {
	out   io.Writer
	width func() int
	line  string // as it stands there; empty when it does not
}

// margin is kept free at the right: the terminal echoes ^C behind the line, and a
// line that is full would wrap and could not be drawn over any more.
const margin = 4

func newBar(f *os.File) *bar {
	return &bar{out: f, width: func() int {
		width, _, err := term.GetSize(int(f.Fd()))
		if err != nil || width <= 0 {
			return 80
		}
		return width
	}}
}

// draw replaces the line. Its parts are ASCII: a byte is a column.
func (b *bar) draw(line string) { b.print("", line) }

// print prints text, whole lines or none, above a new line. What cannot be
// written is lost: nobody is there to tell.
func (b *bar) print(text, line string) {
	_, _ = io.WriteString(b.out, b.erased()+text+line)
	b.line = line
}

// erased is what takes the line away. Where the terminal has become narrower than
// the line, it has wrapped: the rows above go too.
func (b *bar) erased() string {
	width := b.width()
	switch {
	case b.line == "":
		return ""
	case len(b.line) >= width:
		return fmt.Sprintf("\x1b[%dA\r\x1b[J", (len(b.line)-1)/width)
	}
	return "\r" + strings.Repeat(" ", min(len(b.line)+margin, width-1)) + "\r"
}

// state is how far a run is.
type state struct {
	verb           string
	bytes, total   int64
	records, of    int64
	perSecond      float64
	left           time.Duration
	known, waiting bool // whether perSecond is known; whether there is no total yet
}

// barLine spells a state in at most width columns: what it says first is told
// last when there is less and less room.
func barLine(s state, width int) string {
	width -= margin
	if s.waiting {
		return fit(width, s.verb+"  reading records and looking at images", s.verb)
	}
	percent := fmt.Sprintf("%3d%%", s.bytes*100/max(s.total, 1))
	of := " of " + humanBytes(s.total)
	records := fmt.Sprintf("  %s/%s records", humanCount(s.records), humanCount(s.of))
	pace := ""
	if s.known {
		pace = "  " + humanBytes(int64(s.perSecond)) + "/s  " + humanTime(s.left) + " left"
	}
	if s.bytes >= s.total {
		pace = "  finishing"
	}
	long := percent + of + records + pace
	if room := min(width-len(s.verb)-len(long)-len(" [] "), 40); room >= 8 {
		done := int(s.bytes * int64(room) / max(s.total, 1))
		return s.verb + " [" + strings.Repeat("=", done) + strings.Repeat(" ", room-done) + "] " + long
	}
	return fit(width, s.verb+" "+long, s.verb+" "+percent+of+pace, s.verb+" "+percent+pace, s.verb+" "+percent, percent)
}

// fit is the first of the texts that has at most width columns, or nothing.
func fit(width int, texts ...string) string {
	for _, text := range texts {
		if len(text) <= width {
			return text
		}
	}
	return ""
}

// humanTime spells a duration in its two largest units.
func humanTime(d time.Duration) string {
	d = d.Round(time.Second)
	switch {
	case d >= 24*time.Hour:
		return fmt.Sprintf("%dd%dh", d/(24*time.Hour), d%(24*time.Hour)/time.Hour)
	case d >= time.Hour:
		return fmt.Sprintf("%dh%02dm", d/time.Hour, d%time.Hour/time.Minute)
	case d >= time.Minute:
		return fmt.Sprintf("%dm%02ds", d/time.Minute, d%time.Minute/time.Second)
	}
	return d.String()
}

// pace measures speed over the last seconds: what an earlier run has done counts
// as done, not as fast, and a disk that becomes slow shows.
type pace struct {
	samples []sample // the oldest first
}

type sample struct {
	at    time.Time
	bytes int64
}

// over is how far back the speed is measured.
const over = 15 * time.Second

// add notes how far a run is and returns its speed in bytes a second.
func (p *pace) add(at time.Time, bytes int64) (perSecond float64, known bool) {
	p.samples = append(p.samples, sample{at, bytes})
	for len(p.samples) > 2 && at.Sub(p.samples[1].at) >= over {
		p.samples = p.samples[1:]
	}
	took := at.Sub(p.samples[0].at)
	if took < time.Second || bytes <= p.samples[0].bytes {
		return 0, false
	}
	return float64(bytes-p.samples[0].bytes) / took.Seconds(), true
}
