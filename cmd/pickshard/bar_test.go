package main

import (
	"strings"
	"testing"
	"time"
)

// TestBarLine wants a line that fits any terminal and leaves room for the ^C that
// one echoes, and says first what counts most.
func TestBarLine(t *testing.T) {
	t.Parallel()
	s := state{verb: "convert", bytes: 964e6, total: 3.38e9, records: 570, of: 2000, perSecond: 157e6, known: true, left: 15 * time.Second}
	for width, want := range map[int]string{
		200: "convert [===========                             ]  28% of 3.4 GB  570/2,000 records  157 MB/s  15s left",
		80:  "convert [===         ]  28% of 3.4 GB  570/2,000 records  157 MB/s  15s left",
		70:  "convert  28% of 3.4 GB  570/2,000 records  157 MB/s  15s left",
		48:  "convert  28% of 3.4 GB  157 MB/s  15s left",
		40:  "convert  28%  157 MB/s  15s left",
		20:  "convert  28%",
		8:   " 28%",
		3:   "",
	} {
		if got := barLine(s, width); got != want {
			t.Errorf("%d columns:\n%q, want\n%q", width, got, want)
		}
	}
	done := s
	done.bytes = done.total
	for _, s := range []state{s, done, {verb: "convert", waiting: true}, {verb: "verify", total: 1 << 60, of: 1e12}, {verb: "convert", of: 1}} {
		for width := range 300 {
			if got := barLine(s, width); got != "" && len(got) > width-margin {
				t.Errorf("%d columns: %q has %d", width, got, len(got))
			}
		}
	}
	if got := barLine(done, 80); !strings.HasSuffix(got, "finishing") {
		t.Errorf("at the end: %q", got)
	}
}

// TestBarIsErased wants what a bar has drawn to be gone when it ends, also when
// lines were printed above it and the terminal became narrow.
func TestBarIsErased(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	width := 20
	b := &bar{out: &out, width: func() int { return width }}
	b.draw("convert  28%")
	b.print("a warning\n", b.line)
	b.draw("")
	if got, want := onScreen(out.String()), "a warning\n"; got != want {
		t.Errorf("on the screen is %q, want %q", got, want)
	}
	b.draw("convert  28%")
	out.Reset()
	width = 5
	b.draw("28%")
	if got, want := out.String(), "\x1b[2A\r\x1b[J28%"; got != want {
		t.Errorf("in a narrow terminal it prints %q, want %q", got, want)
	}
}

// onScreen is what a terminal shows of text with carriage returns.
func onScreen(text string) string {
	var lines []string
	for line := range strings.SplitSeq(text, "\n") {
		row := []byte{}
		for part := range strings.SplitSeq(line, "\r") {
			row = append([]byte(part), row[min(len(part), len(row)):]...)
		}
		lines = append(lines, strings.TrimRight(string(row), " "))
	}
	return strings.Join(lines, "\n")
}

// TestPace counts what is done while it looks, not what an earlier run did.
func TestPace(t *testing.T) {
	t.Parallel()
	var p pace
	began := time.Unix(0, 0)
	if _, known := p.add(began, 5000); known {
		t.Error("a speed is known at once")
	}
	if got, known := p.add(began.Add(2*time.Second), 5200); !known || got != 100 {
		t.Errorf("%v bytes a second, want 100", got)
	}
	for s := 3; s < 60; s++ {
		p.add(began.Add(time.Duration(s)*time.Second), 5200+int64(s)*10)
	}
	if got, _ := p.add(began.Add(time.Minute), 5200+600); got != 10 {
		t.Errorf("%v bytes a second after a while, want 10", got)
	}
	if len(p.samples) > 20 {
		t.Errorf("%d samples are kept", len(p.samples))
	}
}

func TestHumanTime(t *testing.T) {
	t.Parallel()
	for d, want := range map[time.Duration]string{
		0: "0s", 59 * time.Second: "59s", 61 * time.Second: "1m01s", 3*time.Hour + 2*time.Minute: "3h02m", 50 * time.Hour: "2d2h",
	} {
		if got := humanTime(d); got != want {
			t.Errorf("%v is %q, want %q", d, got, want)
		}
	}
}
