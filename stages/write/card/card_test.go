package card_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v4"

	"github.com/pickshard/pickshard/pipeline"
	"github.com/pickshard/pickshard/schema"
	"github.com/pickshard/pickshard/stages/write/card"
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
		Dataset: d,
		Pattern: "data/%s-*",
		Features: append(card.FromSchema(d.Schema), card.Feature{Name: "json", Fields: []card.Feature{
			{Name: "true", Dtype: "float64"},
		}}),
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
