package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/google/jsonschema-go/jsonschema"
)

// reference is configs/README.md: every key with its type, default and an example,
// from the same source as the schema.
type reference struct {
	out  bytes.Buffer
	defs map[string]*jsonschema.Schema
	used map[string]bool // examples that stand somewhere
}

const preface = `# The config, key by key

Made from the comments in [config.go](config.go) by ` + "`make gen`" + `. A ready config is
[pick-high.yaml](pick-high.yaml); [examples](examples) has one for each common layout.
Editors complete and check a config by [config.schema.json](config.schema.json):
` + "`# yaml-language-server: $schema=config.schema.json`" + ` as its first line.

Unknown keys are errors. Flags of the same name go over the config, the config over
the defaults. A type with brackets stands in quotes: ` + "`\"list[int64]\"`" + `.
`

// generateReference returns the page; source is the folder of package configs.
func generateReference(source string) ([]byte, error) {
	root, defs, err := configSchema(source)
	if err != nil {
		return nil, err
	}
	r := &reference{defs: defs, used: make(map[string]bool)}
	r.out.WriteString(preface)
	if err := r.section("", root); err != nil {
		return nil, err
	}
	for path := range examples {
		if !r.used[path] {
			return nil, fmt.Errorf("an example for %s, and no key of that name", path)
		}
	}
	return r.out.Bytes(), nil
}

// section writes the table of an object's keys, and then one for each object in it.
func (r *reference) section(path string, s *jsonschema.Schema) error {
	if path == "" {
		r.out.WriteString("\n## The file\n")
	} else {
		fmt.Fprintf(&r.out, "\n## `%s`\n", path)
	}
	r.out.WriteString("\n| key | type | default | what it is | example |\n|---|---|---|---|---|\n")
	type inner struct {
		path string
		s    *jsonschema.Schema
	}
	var below []inner
	for _, key := range s.PropertyOrder {
		p := s.Properties[key]
		full := strings.TrimPrefix(path+"."+key, ".")
		example, ok := examples[full]
		if !ok {
			return fmt.Errorf("%s has no example: give it one in configs/gen/examples.go", full)
		}
		r.used[full] = true
		name := "`" + key + "`"
		if slices.Contains(s.Required, key) {
			name = "**" + name + "**"
		}
		fmt.Fprintf(&r.out, "| %s | %s | %s | %s | %s |\n", name, r.typeOf(p), code(string(p.Default)), cell(p.Description), code(example))
		if at, object := r.object(full, p); object != nil {
			below = append(below, inner{at, object})
		}
	}
	for _, b := range below {
		if err := r.section(b.path, b.s); err != nil {
			return err
		}
	}
	return nil
}

// object is what stands under a key that holds an object, a mapping of names to
// objects, or a list of them.
func (r *reference) object(path string, p *jsonschema.Schema) (at string, s *jsonschema.Schema) {
	p = r.resolve(p)
	for _, one := range p.AnyOf {
		if at, s := r.object(path, one); s != nil {
			return at, s
		}
	}
	switch {
	case len(p.PropertyOrder) > 0:
		return path, p
	case p.Items != nil:
		return r.object(path+"[]", p.Items)
	case p.AdditionalProperties != nil && p.AdditionalProperties.Not == nil:
		return r.object(path+".NAME", p.AdditionalProperties)
	}
	return "", nil
}

func (r *reference) resolve(p *jsonschema.Schema) *jsonschema.Schema {
	if name, ok := strings.CutPrefix(p.Ref, "#/$defs/"); ok {
		return r.defs[name]
	}
	return p
}

// typeOf says in a word or two what may stand there.
func (r *reference) typeOf(p *jsonschema.Schema) string {
	if p.Ref != "" {
		switch name := strings.TrimPrefix(p.Ref, "#/$defs/"); name {
		case "size", "type":
			return name
		}
		p = r.resolve(p)
	}
	switch {
	case p.Const != nil:
		text, err := json.Marshal(*p.Const)
		if err != nil {
			return ""
		}
		return code(string(text))
	case len(p.Enum) > 0:
		words := make([]string, len(p.Enum))
		for i, w := range p.Enum {
			words[i] = code(fmt.Sprint(w))
		}
		return strings.Join(words, ", ")
	case len(p.AnyOf) > 0:
		var kinds []string
		for _, one := range p.AnyOf {
			if kind := r.typeOf(one); !slices.Contains(kinds, kind) {
				kinds = append(kinds, kind)
			}
		}
		return strings.Join(kinds, " or ")
	case p.Type == "array":
		return "list of " + r.typeOf(p.Items)
	case p.Type == "object" && len(p.PropertyOrder) == 0 && p.AdditionalProperties != nil && p.AdditionalProperties.Not == nil:
		return "mapping"
	case len(p.Types) > 0:
		return strings.Join(p.Types, " or ")
	}
	return p.Type
}

// code quotes what stands in a file, for a cell of a table.
func code(text string) string {
	if text == "" {
		return ""
	}
	return "`" + cell(text) + "`"
}

// cell keeps a text inside its cell.
func cell(text string) string { return strings.ReplaceAll(text, "|", "\\|") }
