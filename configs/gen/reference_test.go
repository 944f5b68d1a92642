package main

import (
	"bytes"
	"os"
	"testing"

	"go.yaml.in/yaml/v4"

	"github.com/pickshard/pickshard/configs"
)

func TestCommittedReferenceIsFresh(t *testing.T) {
	t.Parallel()
	got, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	want, err := generateReference("..")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Error("configs/README.md is stale: run make gen")
	}
}

// TestExamplesLoad: every example stands in a config as it is, and is one that both
// the loader and the schema take.
func TestExamplesLoad(t *testing.T) {
	t.Parallel()
	schema := resolve(t)
	for path, example := range examples {
		var value map[string]any
		if err := yaml.Load([]byte(example), &value); err != nil {
			t.Errorf("%s: %v", path, err)
			continue
		}
		whole := map[string]any{
			"version": 1, "name": "n",
			"splits": map[string]any{"train": map[string]any{"records": "a.pkl"}},
			"fields": map[string]any{
				"label": map[string]any{"type": "string"}, "uid": map[string]any{"type": "string"},
				"prompt": map[string]any{"type": "string"}, "score": map[string]any{"type": "float64"},
				"win": map[string]any{"type": "image", "file": "{win}"}, "lose": map[string]any{"type": "image", "file": "{lose}"},
			},
		}
		for key, v := range value {
			whole[key] = v
			if key == "split" {
				delete(whole, "splits")
			}
		}
		text, err := yaml.Marshal(whole)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := configs.Parse(path, text); err != nil {
			t.Errorf("%s: %s: %v", path, example, err)
		}
		if err := validate(t, schema, text); err != nil {
			t.Errorf("%s: %s: %v", path, example, err)
		}
	}
}
