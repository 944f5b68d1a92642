package configs

import (
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/pickshard/pickshard/stages/join"
)

// given says whether records become several samples.
func (e *Each) given() bool { return len(e.Samples)+len(e.Pairs) > 0 || e.By != "" }

// each is what it asks of a data set; nil for nothing.
func (e *Each) each() *join.Each {
	if !e.given() {
		return nil
	}
	out := &join.Each{}
	for _, s := range e.Samples {
		var v join.Variant
		for _, g := range s {
			v = append(v, join.Given(g))
		}
		out.Samples = append(out.Samples, v)
	}
	if len(e.Pairs) > 0 {
		out.Pairs = &join.Pairs{Lists: e.Pairs, By: e.By, Best: e.Best, Take: e.Take, Ties: e.Ties}
	}
	return out
}

// sample decodes where the columns of a sample come from.
func (d *decoder) sample(n *yaml.Node, path string, s *Sample) {
	d.mapping(n, path, "a mapping of columns that are added to columns", func(name string, n *yaml.Node, path string) {
		g := Given{Name: name}
		if n.Kind == yaml.MappingNode {
			d.mapping(n, path, "", func(key string, n *yaml.Node, at string) {
				if key != "value" {
					d.fault(n, at, "write {value: text}", "unknown key %s", quote(key))
				} else if d.is(n, at, "a text", "!!str", "!!int") {
					g.Text = n.Value
				}
			})
		} else if d.is(n, path, "a column's name, or {value: text}", "!!str") {
			g.Column = n.Value
		}
		*s = append(*s, g)
	})
}

// maxVariants bounds the samples that a config makes of a record.
const maxVariants = 1000

// each checks what records become.
func (k *checker) each() {
	e := &k.c.Each
	if !k.c.Each.given() {
		if _, there := k.c.where["each"]; there {
			k.add("each", "write samples: or pairs:", "it says nothing")
		}
		return
	}
	if len(e.Samples) > 0 && len(e.Pairs) > 0 {
		k.add("each.pairs", "keep one of them", "samples says already what a record becomes")
	}
	if len(e.Samples) > maxVariants {
		k.add("each.samples", "", "%d samples, at most %d are allowed", len(e.Samples), maxVariants)
	}
	names := func(s Sample) (names []string) {
		for _, g := range s {
			names = append(names, g.Name)
		}
		slices.Sort(names)
		return names
	}
	for i, s := range e.Samples {
		at := k.element("each.samples", i)
		if len(s) == 0 {
			k.add(at, "write e.g. {image_0: easy_image_0, image_1: refine_image}", "no columns")
		} else if !slices.Equal(names(s), names(e.Samples[0])) {
			k.add(at, "give all samples the same names", "it has %s, the first one %s", strings.Join(names(s), ", "), strings.Join(names(e.Samples[0]), ", "))
		}
	}
	if len(e.Pairs) > 0 && e.By == "" {
		k.add("each.by", "name the column that ranks them", "missing")
	}
	if len(e.Pairs) == 0 && e.By != "" {
		k.add("each.by", "leave it out", "it stands with pairs only")
	}
	choice(k, "each.best", e.Best, join.BestLowest, join.BestHighest)
	choice(k, "each.take", e.Take, join.TakeAll, join.TakeBestWorst)
	choice(k, "each.ties", e.Ties, join.TiesSkip, join.TiesKeep)
}

// choice checks that a value is one of those that it may be, or left out.
func choice[T ~string](k *checker, path string, v T, known ...T) {
	if v == "" || slices.Contains(known, v) {
		return
	}
	var words []string
	for _, w := range known {
		words = append(words, string(w))
	}
	k.add(path, instead(string(v), words), "unknown value %s", quote(string(v)))
}
