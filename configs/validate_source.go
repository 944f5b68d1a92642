package configs

import (
	"slices"
	"strings"

	"github.com/pickshard/pickshard/schema"
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
	case f.Text != "" || f.Lines != "":
		k.add(at+"."+given[0], "use file", "an image is no text")
	case f.Pixels != "" && f.Type != "image":
		k.add(at+".type", "use type: image", "pixels are one image a record")
	}
}

// value checks the source of a field that is no image.
func (k *checker) value(at string, f Field, t schema.Type, given []string) {
	for _, key := range []string{"file", "bytes", "pixels"} {
		if slices.Contains(given, key) {
			k.add(at+"."+key, "leave it out, or use type: image", "only an image has a file, bytes or pixels")
		}
	}
	switch {
	case f.Text != "":
		if t.Kind != schema.String && t.Kind != schema.JSON {
			k.add(at+".type", "use type: string, or json", "the text of a file is no %s", t)
		}
		k.template(at+".text", f, f.Text)
	case f.Lines != "":
		if !t.Equal(schema.ListOf(schema.Type{Kind: schema.String})) {
			k.add(at+".type", `use type: "list[string]"`, "the lines of a file are no %s", t)
		}
		k.template(at+".lines", f, f.Lines)
	case f.Value != nil:
		if _, err := f.Constant(); err != nil {
			k.add(at+".value", "", "%v", err)
		}
	}
}
