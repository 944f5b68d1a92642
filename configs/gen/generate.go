package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"

	"github.com/google/jsonschema-go/jsonschema"

	"github.com/pickshard/pickshard/configs"
	"github.com/pickshard/pickshard/pipeline"
	"github.com/pickshard/pickshard/schema"
	"github.com/pickshard/pickshard/stages"
	"github.com/pickshard/pickshard/stages/join"
	"github.com/pickshard/pickshard/stages/read"
)

// generate returns the schema; source is the folder of package configs, for the
// comments.
func generate(source string) ([]byte, error) {
	root, defs, err := configSchema(source)
	if err != nil {
		return nil, err
	}
	root.Schema = "https://json-schema.org/draft/2020-12/schema"
	root.Title = "pickshard configuration"
	root.Defs = defs
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(root); err != nil {
		return nil, fmt.Errorf("encode schema: %w", err)
	}
	return b.Bytes(), nil
}

// configSchema is the schema of a config, and the parts of it that have names.
func configSchema(source string) (root *jsonschema.Schema, defs map[string]*jsonschema.Schema, err error) {
	docs, err := configDocs(source)
	if err != nil {
		return nil, nil, err
	}
	g := &generator{docs: docs, defs: make(map[string]*jsonschema.Schema)}
	if root, err = g.structure(reflect.ValueOf(configs.Default()).Elem()); err != nil {
		return nil, nil, err
	}
	// A config that builds on another has what it does not give from that.
	root.AnyOf = []*jsonschema.Schema{{Required: root.Required}, {Required: []string{"extends"}}}
	root.Required = nil
	return root, g.defs, nil
}

type generator struct {
	docs map[string]string // "Type.Field": its comment
	defs map[string]*jsonschema.Schema
}

// structure returns the schema of a struct; v holds the defaults.
func (g *generator) structure(v reflect.Value) (*jsonschema.Schema, error) {
	s := &jsonschema.Schema{
		Type:                 "object",
		Properties:           make(map[string]*jsonschema.Schema),
		AdditionalProperties: nothing(),
	}
	for f, value := range v.Fields() {
		if f.Anonymous { // its keys stand among the others
			inner, err := g.structure(value)
			if err != nil {
				return nil, err
			}
			for _, key := range inner.PropertyOrder {
				s.Properties[key] = inner.Properties[key]
				s.PropertyOrder = append(s.PropertyOrder, key)
			}
			continue
		}
		key, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if key == "" || key == "-" {
			continue
		}
		p, err := g.property(f, value)
		if err != nil {
			return nil, fmt.Errorf("%s.%s: %w", v.Type().Name(), f.Name, err)
		}
		p.Description = g.docs[v.Type().Name()+"."+f.Name]
		if p.Description == "" {
			return nil, fmt.Errorf("%s.%s has no doc comment to take a description from", v.Type().Name(), f.Name)
		}
		s.Properties[key] = p
		s.PropertyOrder = append(s.PropertyOrder, key)
		if f.Tag.Get("config") == "required" {
			s.Required = append(s.Required, key)
		}
	}
	return s, nil
}

// nothing is a schema that no value fits.
func nothing() *jsonschema.Schema { return &jsonschema.Schema{Not: &jsonschema.Schema{}} }

func (g *generator) property(f reflect.StructField, v reflect.Value) (*jsonschema.Schema, error) {
	s, err := g.valueSchema(f, v)
	if err != nil {
		return nil, err
	}
	// A value that is not a zero value of the defaults is the key's default.
	if v.Kind() != reflect.Struct && v.Kind() != reflect.Interface && f.Tag.Get("config") != "required" && !v.IsZero() {
		var plain any = v.Interface()
		if size, ok := plain.(configs.Size); ok {
			plain = size.String()
		}
		if s.Default, err = json.Marshal(plain); err != nil {
			return nil, err
		}
	}
	return s, nil
}

func (g *generator) valueSchema(f reflect.StructField, v reflect.Value) (*jsonschema.Schema, error) {
	switch v.Interface().(type) {
	case configs.Size:
		return g.def("size", sizeSchema()), nil
	case configs.Splits:
		return g.mapping("split", configs.Split{}, configs.SplitPattern)
	case configs.Fields:
		return g.mapping("field", configs.Field{}, configs.FieldPattern)
	case configs.Where:
		return g.mapping("condition", configs.Filter{}, `^.+$`)
	case configs.Rules:
		return g.rules()
	case configs.Tolerance:
		return &jsonschema.Schema{AnyOf: []*jsonschema.Schema{
			{Type: "integer", Minimum: new(0.0)}, {Type: "string", Pattern: configs.TolerancePattern},
		}}, nil
	case pipeline.Severity:
		return words(pipeline.Severities()...), nil
	case *float64:
		return &jsonschema.Schema{Type: "number"}, nil
	case configs.Ratio:
		return &jsonschema.Schema{Type: "object", MinProperties: new(1), PropertyNames: &jsonschema.Schema{Pattern: configs.SplitPattern},
			AdditionalProperties: &jsonschema.Schema{Type: "number", ExclusiveMinimum: new(0.0), Maximum: new(1.0)}}, nil
	case configs.Records:
		return g.def("records", recordsSchema()), nil
	case configs.Keys:
		return &jsonschema.Schema{AnyOf: []*jsonschema.Schema{
			text(), {Type: "array", Items: text(), MinItems: new(1)},
			{Type: "object", MinProperties: new(1), AdditionalProperties: text()},
		}}, nil
	case []configs.Join:
		s, err := g.structure(reflect.ValueOf(configs.Join{}))
		return &jsonschema.Schema{Type: "array", Items: s}, err
	case []any:
		return &jsonschema.Schema{Type: "array", Items: &jsonschema.Schema{Types: scalars}}, nil
	case []int64:
		return &jsonschema.Schema{Type: "array", Items: &jsonschema.Schema{Type: "integer", Minimum: new(1.0)}}, nil
	case read.Orient:
		return &jsonschema.Schema{Type: "string", Enum: list(read.Orients())}, nil
	case configs.Surrogates:
		return words(configs.SurrogatesError, configs.SurrogatesReplace), nil
	case configs.Decode:
		return &jsonschema.Schema{Type: "string", Pattern: configs.DecodePattern}, nil
	case configs.Separators:
		return words(configs.SeparatorsUnix, configs.SeparatorsWindows), nil
	case configs.Duplicate:
		return words(configs.DuplicateFail, configs.DuplicateFirst), nil
	case []configs.Sample:
		given := &jsonschema.Schema{AnyOf: []*jsonschema.Schema{text(), {
			Type: "object", Required: []string{"value"}, AdditionalProperties: nothing(),
			Properties: map[string]*jsonschema.Schema{"value": {Types: []string{"string", "integer"}}},
		}}}
		return &jsonschema.Schema{Type: "array", MinItems: new(1), Items: &jsonschema.Schema{Type: "object", MinProperties: new(1), AdditionalProperties: given}}, nil
	case join.Best:
		return words(join.BestLowest, join.BestHighest), nil
	case join.Take:
		return words(join.TakeAll, join.TakeBestWorst), nil
	case join.Ties:
		return words(join.TiesSkip, join.TiesKeep), nil
	case stages.Is:
		return words(stages.Derivations()...), nil
	case stages.Missing:
		return words(stages.MissingFail, stages.MissingNull, stages.MissingDrop), nil
	case *bool:
		return &jsonschema.Schema{Type: "boolean"}, nil
	case configs.Strings:
		if f.Name == "Formats" {
			known := configs.Formats()
			if len(v.Interface().(configs.Strings)) == 0 { // those of images have no default
				known = configs.ImageFormats()
			}
			return oneOrMore(&jsonschema.Schema{Type: "string", Enum: list(known)}), nil
		}
		if f.Name == "Indexes" {
			some := oneOrMore(&jsonschema.Schema{Type: "string", Enum: list(configs.Indexes())})
			some.AnyOf[1].MinItems = nil // none is an answer
			return some, nil
		}
		return oneOrMore(&jsonschema.Schema{Type: "string", MinLength: new(1)}), nil
	case pipeline.Policy:
		return &jsonschema.Schema{Type: "string", Enum: list(pipeline.Policies())}, nil
	case map[string]string:
		return &jsonschema.Schema{
			Type:                 "object",
			PropertyNames:        &jsonschema.Schema{Pattern: configs.VarPattern},
			AdditionalProperties: &jsonschema.Schema{Types: []string{"string", "number", "boolean"}},
		}, nil
	}
	switch {
	case f.Name == "Version":
		return &jsonschema.Schema{Const: new(any(configs.Version))}, nil
	case f.Name == "Name":
		return &jsonschema.Schema{Type: "string", Pattern: configs.NamePattern}, nil
	case f.Name == "Type":
		return g.def("type", typeSchema()), nil
	case v.Kind() == reflect.Interface:
		return &jsonschema.Schema{Types: scalars}, nil
	}
	switch v.Kind() {
	case reflect.Struct:
		return g.structure(v)
	case reflect.String:
		return &jsonschema.Schema{Type: "string"}, nil
	case reflect.Bool:
		return &jsonschema.Schema{Type: "boolean"}, nil
	case reflect.Uint64:
		return &jsonschema.Schema{Type: "integer", Minimum: new(0.0)}, nil
	case reflect.Int, reflect.Int64:
		return &jsonschema.Schema{Type: "integer", Minimum: new(0.0)}, nil
	case reflect.Float64:
		return &jsonschema.Schema{Type: "number", Minimum: new(0.0)}, nil
	case reflect.Pointer: // a number that can be absent
		return &jsonschema.Schema{Types: []string{"integer", "null"}, Minimum: new(0.0)}, nil
	}
	return nil, fmt.Errorf("no schema for type %s", v.Type())
}

// def names a schema that stands in several places.
func (g *generator) def(name string, s *jsonschema.Schema) *jsonschema.Schema {
	g.defs[name] = s
	return &jsonschema.Schema{Ref: "#/$defs/" + name}
}

// mapping is the schema of names to values of one struct.
func (g *generator) mapping(name string, value any, names string) (*jsonschema.Schema, error) {
	s, err := g.structure(reflect.ValueOf(value))
	if err != nil {
		return nil, err
	}
	return &jsonschema.Schema{
		Type:                 "object",
		MinProperties:        new(1),
		PropertyNames:        &jsonschema.Schema{Pattern: names},
		AdditionalProperties: g.def(name, s),
	}, nil
}

// rules is the schema of rules and fields: a severity, or what is asked.
func (g *generator) rules() (*jsonschema.Schema, error) {
	s, err := g.structure(reflect.ValueOf(configs.Rule{}))
	if err != nil {
		return nil, err
	}
	return &jsonschema.Schema{
		Type: "object", MinProperties: new(1),
		AdditionalProperties: g.def("rule", &jsonschema.Schema{AnyOf: []*jsonschema.Schema{words(pipeline.Severities()...), s}}),
	}, nil
}

// scalars are the types of JSON that a value of a record can be compared with.
var scalars = []string{"string", "number", "boolean"}

func text() *jsonschema.Schema { return &jsonschema.Schema{Type: "string", MinLength: new(1)} }

func words[T ~string](known ...T) *jsonschema.Schema {
	return &jsonschema.Schema{Type: "string", Enum: list(known)}
}

// recordsSchema is the schema of files of records: names, or a column each.
func recordsSchema() *jsonschema.Schema {
	return &jsonschema.Schema{AnyOf: []*jsonschema.Schema{
		text(), {Type: "array", Items: text(), MinItems: new(1)},
		{
			Type: "object", Required: []string{"columns"}, AdditionalProperties: nothing(),
			Properties: map[string]*jsonschema.Schema{"columns": {Type: "object", MinProperties: new(1), AdditionalProperties: text()}},
		},
		{
			Type: "object", Required: []string{"listing"}, AdditionalProperties: nothing(),
			Properties: map[string]*jsonschema.Schema{"listing": text()},
		},
	}}
}

func sizeSchema() *jsonschema.Schema {
	return &jsonschema.Schema{
		Description: "A number of bytes, or a number with a unit: 500MB is 500 million bytes, 32MiB is 32 times 1024 times 1024.",
		AnyOf: []*jsonschema.Schema{
			{Type: "integer", Minimum: new(0.0)},
			{Type: "string", Pattern: configs.SizePattern},
		},
	}
}

func typeSchema() *jsonschema.Schema {
	return &jsonschema.Schema{
		AnyOf: []*jsonschema.Schema{
			{Type: "string", Enum: list(schema.TypeNames())},
			{Type: "string", Enum: list(schema.TypeAliases())},
			{Type: "string", Pattern: `^timestamp\[(s|ms|us|ns), *tz=.+\]$`},
			{Type: "string", Pattern: `^(time|duration|decimal|class|list|struct|map)\[.+\]$`},
		},
	}
}

func oneOrMore(one *jsonschema.Schema) *jsonschema.Schema {
	return &jsonschema.Schema{AnyOf: []*jsonschema.Schema{
		one,
		{Type: "array", Items: one, MinItems: new(1)},
	}}
}

func list[T ~string](names []T) []any {
	out := make([]any, len(names))
	for i, n := range names {
		out[i] = string(n)
	}
	return out
}
