package card_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v4"

	"github.com/pickshard/pickshard/pipeline"
	"github.com/pickshard/pickshard/schema"
	"github.com/pickshard/pickshard/stages/write/internal/card"
)

func dataset(t *testing.T) *pipeline.Dataset {
	t.Helper()
	s, err := schema.New([]schema.Field{
		{Name: "prompt", Type: schema.Type{Kind: schema.String}, Doc: "what | was\nasked <b>"},
		{Name: "img", Type: schema.Type{Kind: schema.Image}},
		{Name: "1e5", Type: schema.Type{Kind: schema.Float64}},
		{Name: "no", Type: schema.Type{Kind: schema.Timestamp, Unit: 2, Zone: "UTC"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return &pipeline.Dataset{
		Name:   `pick: "high" # 1`,
		Schema: s,
		Splits: []pipeline.DatasetSplit{
			{Name: "train", Rows: 3, ArrowBytes: 100, FileBytes: 80, Shards: []int64{2, 1}},
			{Name: "null", Rows: 1, FileBytes: 7, Shards: []int64{1}},
			{Name: "test", Rows: 0, FileBytes: 9, Shards: []int64{0}},
		},
	}
}

func TestFrontMatterIsWhatWasMeant(t *testing.T) {
	d := dataset(t)
	got := string(card.Markdown(card.Options{
		Dataset:  d,
		Pattern:  "data/%s-*",
		Features: append(card.FromSchema(d.Schema), card.Feature{Name: "json", Type: parse(t, "struct[true: float64]")}),
		Examples: []card.Example{{Title: "Python", Language: "python", Code: "print('```')"}},
	}))
	front, text, ok := strings.Cut(strings.TrimPrefix(got, "---\n"), "\n---\n")
	if !ok {
		t.Fatalf("no front matter in %s", got)
	}
	var y any
	if err := yaml.Unmarshal([]byte(front), &y); err != nil {
		t.Fatal(err)
	}
	type m = map[string]any
	want := m{
		"configs": []any{m{
			"config_name": "default",
			"data_files": []any{
				m{"split": "train", "path": "data/train-*"},
				m{"split": "null", "path": "data/null-*"},
			},
		}},
		"dataset_info": m{
			"features": []any{
				m{"name": "prompt", "dtype": "string"},
				m{"name": "img", "dtype": "image"},
				m{"name": "1e5", "dtype": "float64"},
				m{"name": "no", "dtype": "timestamp[us, tz=UTC]"},
				m{"name": "json", "struct": []any{m{"name": "true", "dtype": "float64"}}},
			},
			"splits": []any{
				m{"name": "train", "num_bytes": 100, "num_examples": 3},
				m{"name": "null", "num_bytes": 0, "num_examples": 1},
			},
			"download_size": 87,
			"dataset_size":  100,
		},
	}
	if diff := cmp.Diff(want, y); diff != "" {
		t.Error(diff)
	}
	for _, line := range []string{
		`# pick: "high" \# 1`,
		"````python\nprint('```')\n````",
		`| prompt | string | what \| was asked &lt;b&gt; |`,
		"| train | 3 | 2 | 80 |",
		"| test | 0 | 1 | 9 |",
		"cannot load an empty split",
	} {
		if !strings.Contains(text, line) {
			t.Errorf("text lacks %q:\n%s", line, text)
		}
	}
}

func parse(t *testing.T, spelling string) schema.Type {
	t.Helper()
	typ, err := schema.ParseType(spelling)
	if err != nil {
		t.Fatal(err)
	}
	return typ
}

// TestFeatures wants the features of nested types as datasets 2.14, 2.21, 3.6, 4.1
// and 5.2 read them.
func TestFeatures(t *testing.T) {
	type m = map[string]any
	class := m{"class_label": m{"names": m{"0": "cat", "1": "no", "2": "a, b"}}}
	const classes = `class[cat, no, "a, b"]`
	for spelling, want := range map[string]m{
		"decimal[10, 2]":                       {"dtype": "decimal128(10, 2)"},
		"time[ns]":                             {"dtype": "time64[ns]"},
		"json":                                 {"dtype": "string"},
		classes:                                {"dtype": class},
		"list[int64]":                          {"list": "int64"},
		"list[image]":                          {"list": "image"},
		"list[" + classes + "]":                {"list": class},
		"list[" + classes + ", 2]":             {"sequence": class, "length": 2},
		"list[float32, 512]":                   {"sequence": "float32", "length": 512},
		"list[list[float32, 4]]":               {"list": m{"sequence": "float32", "length": 4}},
		"list[list[int8], 4]":                  {"sequence": m{"list": "int8"}, "length": 4},
		"struct[a: int8, \"b c\": list[bool]]": {"struct": []any{m{"name": "a", "dtype": "int8"}, m{"name": "b c", "list": "bool"}}},
		"list[struct[a: " + classes + "]]":     {"list": []any{m{"name": "a", "dtype": class}}},
		"list[list[struct[a: date32], 3]]":     {"list": m{"list": []any{m{"name": "a", "dtype": "date32"}}}},
		"map[string, list[uint8]]":             {"list": []any{m{"name": "key", "dtype": "string"}, m{"name": "value", "list": "uint8"}}},
	} {
		d := dataset(t)
		got := string(card.Markdown(card.Options{Dataset: d, Pattern: "%s", Features: []card.Feature{{Name: "no", Type: parse(t, spelling)}}}))
		front, _, _ := strings.Cut(strings.TrimPrefix(got, "---\n"), "\n---\n")
		var y struct {
			Info struct {
				Features []m `yaml:"features"`
			} `yaml:"dataset_info"`
		}
		if err := yaml.Unmarshal([]byte(front), &y); err != nil {
			t.Errorf("%s: %v in\n%s", spelling, err, front)
			continue
		}
		want["name"] = "no"
		if diff := cmp.Diff([]m{want}, y.Info.Features); diff != "" {
			t.Errorf("%s:\n%s", spelling, diff)
		}
	}
}
