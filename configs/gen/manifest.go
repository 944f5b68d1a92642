package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"

	"github.com/google/jsonschema-go/jsonschema"

	"github.com/pickshard/pickshard/pipeline"
)

// generateManifest returns the schema of manifest.json; source is the folder of
// package pipeline, for the comments.
func generateManifest(source string) ([]byte, error) {
	docs, err := fieldDocs(source)
	if err != nil {
		return nil, err
	}
	root, err := described(reflect.TypeFor[pipeline.Manifest](), docs)
	if err != nil {
		return nil, err
	}
	root.Schema = "https://json-schema.org/draft/2020-12/schema"
	root.Title = "pickshard manifest"
	root.Properties["manifest_version"].Const = new(any(1))
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(root); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// described is the schema of a Go type as encoding/json writes it.
func described(t reflect.Type, docs map[string]string) (*jsonschema.Schema, error) {
	if t == reflect.TypeFor[json.RawMessage]() {
		return &jsonschema.Schema{Type: "object"}, nil
	}
	switch t.Kind() {
	case reflect.String:
		return &jsonschema.Schema{Type: "string"}, nil
	case reflect.Bool:
		return &jsonschema.Schema{Type: "boolean"}, nil
	case reflect.Int, reflect.Int64, reflect.Uint64:
		return &jsonschema.Schema{Type: "integer", Minimum: new(0.0)}, nil
	case reflect.Slice:
		items, err := described(t.Elem(), docs)
		return &jsonschema.Schema{Types: []string{"array", "null"}, Items: items}, err
	case reflect.Map:
		values, err := described(t.Elem(), docs)
		return &jsonschema.Schema{Type: "object", AdditionalProperties: values}, err
	case reflect.Struct:
		return describedStruct(t, docs)
	}
	return nil, fmt.Errorf("no schema for type %s", t)
}

func describedStruct(t reflect.Type, docs map[string]string) (*jsonschema.Schema, error) {
	s := &jsonschema.Schema{Type: "object", Properties: make(map[string]*jsonschema.Schema), AdditionalProperties: nothing()}
	for f := range t.Fields() {
		key, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		if !f.IsExported() || key == "-" {
			continue
		}
		p, err := described(f.Type, docs)
		if err != nil {
			return nil, fmt.Errorf("%s.%s: %w", t.Name(), f.Name, err)
		}
		p.Description = docs[t.Name()+"."+f.Name]
		switch {
		case strings.HasSuffix(key, "sha256") || key == "plan":
			p.Pattern = "^[0-9a-f]{64}$"
		case key == "crc32c":
			p.Pattern = "^[0-9a-f]{8}$"
		}
		s.Properties[key] = p
		s.PropertyOrder = append(s.PropertyOrder, key)
		if options != "omitempty" && options != "omitzero" {
			s.Required = append(s.Required, key)
		}
	}
	return s, nil
}
