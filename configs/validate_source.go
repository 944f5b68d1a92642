package configs

import (
	"math"
	"slices"
	"strings"

	"github.com/pickshard/pickshard/schema"
	"github.com/pickshard/pickshard/stages"
)

// sources lists the keys that say where a field's value comes from.
func (f Field) sources() []string {
	var given []string
	for _, s := range []struct{ key, value string }{
		{"from", f.From}, {"file", f.File}, {"bytes", f.Bytes}, {"pixels", f.Pixels}, {"text", f.Text}, {"lines", f.Lines},
	} {
		if s.value != "" {
			given = append(given, s.key)
		}
	}
	if f.Value != nil {
		given = append(given, "value")
	}
	if f.Is != "" {
		given = append(given, "is")
	}
	if len(f.Prefer) > 0 {
		given = append(given, "prefer")
	}
	return given
}

// source checks where a field's value comes from, and what says how.
func (k *checker) source(at string, f Field, t schema.Type) {
	given := f.sources()
	if len(given) > 1 {
		k.add(at+"."+given[1], "keep one of them", "%s says already where the value comes from", given[0])
		return
	}
	if t.Images() {
		k.image(at, f, given)
	} else {
		k.value(at, f, t, given)
	}
	onlyWith := func(key string, set bool, need ...string) {
		if set && !slices.ContainsFunc(need, func(n string) bool { return slices.Contains(given, n) }) {
			k.add(at+"."+key, "leave it out", "it stands with %s only", strings.Join(need, " or "))
		}
	}
	onlyWith("shape", len(f.Shape) > 0, "pixels")
	onlyWith("name", f.ImageName != "", "bytes", "pixels")
	onlyWith("cast", f.Cast, "from")
	onlyWith("of", f.Of != "", "is")
	onlyWith("margin", f.Margin != 0, "prefer")
	onlyWith("default", f.Default != nil, "from")
	if f.ImageName != "" {
		k.template(at+".name", f, f.ImageName)
	}
	for i, n := range f.Shape {
		within(k, k.element(at+".shape", i), n, 1, 1<<16)
	}
	if n := len(f.Shape); n == 1 || n > 3 {
		k.add(at+".shape", "write height and width, and channels behind or in front", "an image has 2 or 3 lengths, not %d", n)
	}
}

// image checks an image's source.
func (k *checker) image(at string, f Field, given []string) {
	switch {
	case len(given) == 0:
		k.add(at+".file", `write e.g. file: "images/{folder}/{`+f.Name+`}"; bytes or pixels name a column that holds the image itself`, "an image needs the name of its file")
	case f.File != "":
		k.template(at+".file", f, f.File)
	case f.From != "":
		k.add(at+".from", "name the column in file, or as bytes or pixels if it holds the image itself", "an image comes from a file, or from bytes or pixels of a column")
	case f.Value != nil:
		k.add(at+".value", "leave it out", "an image cannot be a constant")
	case f.Is != "" || len(f.Prefer) > 0:
		k.add(at+"."+given[0], "leave it out", "an image cannot be derived")
	case f.Text != "" || f.Lines != "":
		k.add(at+"."+given[0], "use file", "an image is not text")
	case f.Pixels != "" && f.Type != "image":
		k.add(at+".type", "use type: image", "pixels are one image a record")
	}
}

// value checks the source of a field that is not an image.
func (k *checker) value(at string, f Field, t schema.Type, given []string) {
	for _, key := range []string{"file", "bytes", "pixels"} {
		if slices.Contains(given, key) {
			k.add(at+"."+key, "leave it out, or use type: image", "only an image has a file, bytes or pixels")
		}
	}
	switch {
	case f.Text != "":
		if t.Kind != schema.String && t.Kind != schema.JSON {
			k.add(at+".type", "use type: string, or json", "the text of a file does not make a value of type %s", t)
		}
		k.template(at+".text", f, f.Text)
	case f.Lines != "":
		if !t.Equal(schema.ListOf(schema.Type{Kind: schema.String})) {
			k.add(at+".type", `use type: "list[string]"`, "the lines of a file do not make a value of type %s", t)
		}
		k.template(at+".lines", f, f.Lines)
	case f.Is != "":
		k.derived(at, f, t)
	case len(f.Prefer) > 0:
		k.preference(at, f, t)
	case f.Value != nil:
		if _, err := f.Constant(); err != nil {
			k.add(at+".value", "", "%v", err)
		}
	}
}

// derived checks what a derived value is of.
func (k *checker) derived(at string, f Field, t schema.Type) {
	if !slices.Contains(stages.Derivations(), f.Is) {
		var known []string
		for _, is := range stages.Derivations() {
			known = append(known, string(is))
		}
		k.add(at+".is", instead(string(f.Is), known), "unknown value %s", quote(string(f.Is)))
		return
	}
	switch whole := t.Kind >= schema.Int8 && t.Kind <= schema.Uint64; {
	case f.Is.Text() && t.Kind != schema.String:
		k.add(at+".type", "use type: string", "%s is text, not %s", f.Is, t)
	case !f.Is.Text() && !whole:
		k.add(at+".type", "use type: int64", "%s is a whole number, not %s", f.Is, t)
	}
	switch of := slices.IndexFunc(k.c.Fields, func(o Field) bool { return o.Name == f.Of }); {
	case f.Is == stages.IsRow || f.Is == stages.IsSource:
		if f.Of != "" {
			k.add(at+".of", "leave it out", "%s is of the record itself", f.Is)
		}
	case f.Of == "":
		k.add(at+".of", "write of: with the name of an image field, or for count of a column", "missing")
	case f.Is.OfImage() && (of < 0 || k.c.Fields[of].Type != "image"):
		k.add(at+".of", "name a field of type image", "%s is of one image, and %s is not an image field", f.Is, quote(f.Of))
	}
}

// preference checks two columns that are compared.
func (k *checker) preference(at string, f Field, t schema.Type) {
	if t.Kind != schema.Float32 && t.Kind != schema.Float64 {
		k.add(at+".type", "use type: float64", "a preference is 1, 0 or 0.5, which does not fit %s", t)
	}
	if len(f.Prefer) != 2 {
		k.add(at+".prefer", "write two columns, e.g. prefer: [score_0, score_1]", "%d columns", len(f.Prefer))
	}
	if f.Margin < 0 || math.IsNaN(f.Margin) || math.IsInf(f.Margin, 0) {
		k.add(at+".margin", "use 0 or more", "%v is not a distance", f.Margin)
	}
}
