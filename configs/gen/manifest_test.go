package main

import (
	"bytes"
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/google/jsonschema-go/jsonschema"

	"github.com/pickshard/pickshard/pipeline"
)

func TestCommittedManifestSchemaIsFresh(t *testing.T) {
	t.Parallel()
	want, err := generateManifest("../../pipeline")
	if err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile("../manifest.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Error("configs/manifest.schema.json is stale: run make gen")
	}
}

func TestManifestSchema(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile("../manifest.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	var s jsonschema.Schema
	if err := json.Unmarshal(data, &s); err != nil {
		t.Fatal(err)
	}
	r, err := s.Resolve(nil)
	if err != nil {
		t.Fatal(err)
	}
	sum := strings.Repeat("0a", 32)
	text, err := json.Marshal(pipeline.Manifest{
		Version: 1, Tool: pipeline.Tool{Name: "pickshard", Version: "1", Layout: 1}, Name: "n", Plan: sum, Config: []byte(`{"name":"n"}`),
		Identity: pipeline.Identity{"layout": "1"}, Fields: []pipeline.ManifestField{{Name: "a", Type: "string"}}, Formats: []string{"arrow"},
		Splits: []pipeline.ManifestSplit{{Name: "train", Images: sum, Dropped: map[string]int64{"type": 1}, Records: []pipeline.RecordFile{{Path: "a.pkl", SHA256: sum}},
			Shards: []pipeline.ShardResult{{Records: sum, Contents: sum, Files: []pipeline.ShardFile{{Format: "arrow", Path: "a", CRC32C: "0123abcd"}}}}}},
		Files: []pipeline.ManifestFile{{Path: "x", CRC32C: "0123abcd"}}, Digest: sum,
	})
	if err != nil {
		t.Fatal(err)
	}
	check := func(text string) error {
		var v any
		if err := json.Unmarshal([]byte(text), &v); err != nil {
			t.Fatal(err)
		}
		return r.Validate(v)
	}
	if err := check(string(text)); err != nil {
		t.Error(err)
	}
	for _, change := range [][2]string{
		{`"manifest_version":1`, `"manifest_version":2`}, {`"name":"n"`, `"nam":"n"`}, {"0123abcd", "0123ABCD"}, {`"rows":0`, `"rows":"many"`},
		{`"plan":"0a`, `"plan":"0`}, {`"type":1`, `"type":-1`},
	} {
		if err := check(strings.Replace(string(text), change[0], change[1], 1)); err == nil {
			t.Errorf("%s for %s is accepted", change[1], change[0])
		}
	}
}
