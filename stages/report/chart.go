package report

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/pickshard/pickshard/pipeline"
)

// A chart is a histogram of one measure, its splits over each other, each as shares of
// its own numbers.
type chart struct {
	Title, Unit string
	Note        string
	Lines       []chartLine
	Ticks       []tick
	Top         string // what the highest point stands for
	Zero        string // x of zero where it is within, else empty
	Bins        []chartBin
	Delta       bool
}

type chartLine struct {
	Class, Split string
	Area, Path   string // of an SVG path
	Count        string
	Mean, Median string
	Low, High    string
	Below, Zero  string // shares, of differences alone
	Other        string // not finite, empty where there are none
}

type tick struct{ X, Anchor, Label string }

type chartBin struct {
	From, To string
	Counts   []string
}

// The chart's frame, in the units of its viewBox.
const (
	chartWidth  = 320
	chartHeight = 100
)

// splitClass is the class that gives a split its colour and its dashes.
func splitClass(split int) string { return "s" + strconv.Itoa(split%6) }

func (f *profile) chart(i int) (chart, bool) {
	m := &f.measures[i]
	var all []*histogram
	for s := range f.splits {
		all = append(all, &f.counts[i][s])
	}
	sc, ok := scaleOf(all, m.whole)
	if !ok {
		return chart{}, false
	}
	c := chart{Title: m.name, Unit: m.unit.String(), Delta: m.unit == unitDelta}
	counts, top := make([][]int64, len(all)), 0.0
	for s, h := range all {
		counts[s] = sc.count(h)
		for _, n := range counts[s] {
			if h.count > 0 {
				top = max(top, float64(n)/float64(h.count))
			}
		}
	}
	c.Top = percentOf(top)
	for s, h := range all {
		if h.count+h.other == 0 {
			continue
		}
		line := chartLine{Class: splitClass(s), Split: f.splits[s], Count: pipeline.Grouped(h.count)}
		if h.other > 0 {
			line.Other = plural(h.other, "value") + " not finite"
		}
		if h.count > 0 {
			line.Path, line.Area = steps(counts[s], h.count, top)
			line.Mean, line.Median = m.brief(h.mean()), m.brief(h.quantile(0.5))
			line.Low, line.High = m.brief(h.low), m.brief(h.high)
		}
		if c.Delta {
			line.Below, line.Zero = percent(h.below, h.count), percent(h.zero, h.count)
		}
		c.Lines = append(c.Lines, line)
	}
	c.Ticks, c.Zero = ticks(sc, m)
	c.Bins = f.bins(sc, m, counts, all)
	if m.unit == unitPixels || m.unit == unitDensity {
		c.Note = f.headsNote()
	}
	return c, true
}

// bins is the chart as a table: bins that nothing is in are left out.
func (f *profile) bins(sc scale, m *measure, counts [][]int64, all []*histogram) []chartBin {
	var bins []chartBin
	for b := range sc.bins {
		row := chartBin{From: m.spell(sc.edge(b)), To: m.spell(sc.edge(b + 1))}
		some := false
		for s, h := range all {
			if h.count+h.other > 0 {
				row.Counts = append(row.Counts, pipeline.Grouped(counts[s][b]))
				some = some || counts[s][b] > 0
			}
		}
		if some {
			bins = append(bins, row)
		}
	}
	return bins
}

// steps is the outline of a split's shares, and the area under it.
func steps(counts []int64, total int64, top float64) (line, area string) {
	var b strings.Builder
	for i, n := range counts {
		x0, x1 := float64(i)*chartWidth/float64(len(counts)), float64(i+1)*chartWidth/float64(len(counts))
		y := chartHeight * (1 - float64(n)/float64(total)/top)
		if i == 0 {
			fmt.Fprintf(&b, "M%s %s", coordinate(x0), coordinate(y))
		} else if n != counts[i-1] {
			fmt.Fprintf(&b, "V%s", coordinate(y))
		}
		fmt.Fprintf(&b, "H%s", coordinate(x1))
	}
	line = b.String()
	return line, line + fmt.Sprintf("V%dH0Z", chartHeight)
}

func coordinate(f float64) string { return trimmed(fmt.Sprintf("%.1f", f)) }

// ticks are round numbers along the chart's foot, about five.
func ticks(sc scale, m *measure) (all []tick, zero string) {
	low, high := sc.edge(0), sc.edge(sc.bins)
	x := func(v float64) float64 { return (v - low) / (high - low) * chartWidth }
	step := sc.edge(1) - low
	for _, factor := range []int{1, 2, 5, 10, 20, 50, 100} {
		if sc.bins/factor <= 5 {
			step = (sc.edge(1) - low) * float64(factor)
			break
		}
	}
	for k := math.Ceil(low/step - 1e-9); k*step <= high*(1+1e-12)+step*1e-9 && len(all) < 12; k++ {
		v := k * step
		at := x(v)
		anchor := "middle"
		switch {
		case at < 12:
			anchor = "start"
		case at > chartWidth-12:
			anchor = "end"
		}
		all = append(all, tick{coordinate(min(max(at, 0), chartWidth)), anchor, m.spell(v)})
	}
	if low < 0 && high > 0 {
		zero = coordinate(x(0))
	}
	return all, zero
}

func percentOf(share float64) string { return significant(100*share) + " %" }

// spell spells one of a measure's numbers.
func (m *measure) spell(x float64) string {
	switch m.unit {
	case unitBytes:
		return size(int64(x))
	case unitPixels:
		return significant(x / 1e6)
	}
	return short(x)
}

// brief spells a number with three digits that matter, for tables that are narrow.
func (m *measure) brief(x float64) string {
	if m.unit == unitBytes || m.unit == unitPixels || x == math.Trunc(x) || math.Abs(x) >= 1000 {
		return m.spell(x)
	}
	return strings.Replace(trimmedFloat(strconv.FormatFloat(x, 'g', 3, 64)), "-", "−", 1)
}

func (u unit) String() string {
	return [...]string{"", "difference", "characters", "elements", "bytes", "megapixels", "bytes per pixel"}[u]
}

// labelTable is a field counted by its values.
type labelTable struct {
	Title  string
	Splits []chartLine // their classes and names
	Rows   []labelRow
	More   string
}

type labelRow struct {
	Value string
	Cells []labelCell
}

type labelCell struct{ Class, Count, Share, Width string }

const mostLabelRows = 12

func (f *profile) labelTable(i int) (labelTable, bool) {
	l, field := &f.values[i], f.labels[i]
	if l.many || len(l.counts) == 0 {
		return labelTable{}, false
	}
	t := labelTable{Title: f.schema.Field(field).Name}
	totals := make([]int64, len(f.splits))
	type entry struct {
		value string
		sum   int64
	}
	var all []entry
	for value, counts := range l.counts {
		e := entry{value: value}
		for s, n := range counts {
			e.sum += n
			totals[s] += n
		}
		all = append(all, e)
	}
	slices.SortFunc(all, func(a, b entry) int {
		if a.sum != b.sum {
			return int(min(max(b.sum-a.sum, -1), 1))
		}
		return strings.Compare(a.value, b.value)
	})
	for s, n := range totals {
		if n > 0 {
			t.Splits = append(t.Splits, chartLine{Class: splitClass(s), Split: f.splits[s]})
		}
	}
	for k, e := range all {
		if k == mostLabelRows {
			t.More = "and " + plural(int64(len(all)-k), "more value")
			break
		}
		row := labelRow{Value: shown(e.value, longestLabel)}
		if e.value == "" {
			row.Value = "(empty)"
		}
		for s, n := range totals {
			if n > 0 {
				c := l.counts[e.value][s]
				row.Cells = append(row.Cells, labelCell{splitClass(s), pipeline.Grouped(c), percent(c, n), coordinate(100 * float64(c) / float64(n))})
			}
		}
		t.Rows = append(t.Rows, row)
	}
	return t, true
}

func (f *profile) headsNote() string {
	seen, all := int64(0), int64(0)
	for i, m := range f.measures {
		for s := range f.splits {
			switch m.unit {
			case unitPixels:
				seen += f.counts[i][s].count
			case unitBytes:
				all += f.counts[i][s].count
			}
		}
	}
	if f.heads == ^uint64(0) {
		return ""
	}
	return fmt.Sprintf("from %s of %s images, chosen by a hash", pipeline.Grouped(seen), pipeline.Grouped(all))
}
