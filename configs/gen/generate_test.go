package main

import (
	"bytes"
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/google/jsonschema-go/jsonschema"
	"go.yaml.in/yaml/v4"

	"github.com/pickshard/pickshard/configs"
)

func committed(t *testing.T) []byte {
	t.Helper()
	data, err := os.ReadFile("../config.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestCommittedSchemaIsFresh(t *testing.T) {
	t.Parallel()
	want, err := generate("..")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(committed(t), want) {
		t.Error("configs/config.schema.json is stale: run make gen")
	}
}

// resolve returns the committed schema, ready to validate.
func resolve(t *testing.T) *jsonschema.Resolved {
	t.Helper()
	var s jsonschema.Schema
	if err := json.Unmarshal(committed(t), &s); err != nil {
		t.Fatal(err)
	}
	r, err := s.Resolve(nil)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func validate(t *testing.T, r *jsonschema.Resolved, text []byte) error {
	t.Helper()
	var v any
	if err := yaml.Load(text, &v); err != nil {
		t.Fatal(err)
	}
	return r.Validate(v)
}

func TestReadyConfigsFitTheSchema(t *testing.T) {
	t.Parallel()
	r := resolve(t)
	for _, name := range configs.Ready() {
		text, err := configs.ReadyFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if err := validate(t, r, text); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		c, err := configs.Load(name)
		if err != nil {
			t.Fatal(err)
		}
		if err := validate(t, r, c.Canonical()); err != nil {
			t.Errorf("%s, canonical: %v", name, err)
		}
	}
}

// What the schema refuses, the loader must refuse too, and the other way round
// where a schema can tell.
func TestSchemaAndLoaderRefuseAlike(t *testing.T) {
	t.Parallel()
	const whole = `
version: 1
name: n
splits: {train: {records: a.pkl, vars: {k: v}}}
fields: {a: {type: string}, b: {type: "timestamp[us, tz=UTC]"}, i: {type: image, file: "{a}{k}"}, c: {type: int8, value: 1}}
output: {formats: parquet, shard_size: 1.5GB, shuffle: 3}
`
	r := resolve(t)
	if err := validate(t, r, []byte(whole)); err != nil {
		t.Fatal(err)
	}
	if _, err := configs.Parse("x", []byte(whole)); err != nil {
		t.Fatal(err)
	}
	for _, change := range [][2]string{
		{"version: 1", "version: 2"},
		{"version: 1", ""},
		{"name: n", "name: a/b"},
		{"name: n", "nam: n"},
		{"train:", "tr-ain:"},
		{"a.pkl", "[]"},
		{"a.pkl", "7"},
		{"records: a.pkl", "folder: x"},
		{"{k: v}", "{k-k: v}"},
		{"{k: v}", "{k: [v]}"},
		{"type: string", "type: words"},
		{"type: string", "type: string, defualt: x"},
		{"type: string", "nullable: true"},
		{"{a: ", "{a.b: "},
		{"us, tz=UTC", "us, tz="},
		{"value: 1", "value: [1]"},
		{"parquet", "parket"},
		{"parquet", "[]"},
		{"1.5GB", "1.5 gigabytes"},
		{"1.5GB", "-1"},
		{"shuffle: 3", "shuffle: -3"},
		{"shuffle: 3", "shuffle: 0.5"},
		{"shuffle: 3", "row_group: {rows: many}"},
		{"shuffle: 3", "on_error: ignore"},
	} {
		broken := []byte(strings.Replace(whole, change[0], change[1], 1))
		if err := validate(t, r, broken); err == nil {
			t.Errorf("schema accepts %q for %q", change[1], change[0])
		}
		if _, err := configs.Parse("x", broken); err == nil {
			t.Errorf("loader accepts %q for %q", change[1], change[0])
		}
	}
}
