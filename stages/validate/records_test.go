package validate

import (
	"fmt"
	"iter"
	"slices"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/pickshard/pickshard/pipeline"
	"github.com/pickshard/pickshard/pipeline/pipelinetest"
	"github.com/pickshard/pickshard/schema"
)

// floats makes a column of chunks of the given lengths, null in some rows.
func floats(lengths []int, nulls ...int64) *arrow.Chunked {
	var chunks []arrow.Array
	row := int64(0)
	for _, n := range lengths {
		b := array.NewFloat64Builder(memory.DefaultAllocator)
		for range n {
			if slices.Contains(nulls, row) {
				b.AppendNull()
			} else {
				b.Append(float64(row))
			}
			row++
		}
		chunks = append(chunks, b.NewArray())
	}
	return arrow.NewChunked(arrow.PrimitiveTypes.Float64, chunks)
}

func TestCheckRecords(t *testing.T) {
	t.Parallel()
	f64, img := schema.Type{Kind: schema.Float64}, schema.Type{Kind: schema.Image}
	s, err := schema.New([]schema.Field{
		{Name: "must", Type: f64}, {Name: "may", Type: f64, Nullable: true},
		{Name: "img", Type: img}, {Name: "maybe", Type: img, Nullable: true}, {Name: "whole", Type: f64},
	})
	if err != nil {
		t.Fatal(err)
	}
	odd := pipelinetest.Names(func(dst []byte, row int64) ([]byte, bool) { return fmt.Append(dst, row), row%2 == 1 })
	lengths := []int{3, 0, 4}
	r := pipeline.NewRecords("train", s, 7,
		[]*arrow.Chunked{floats(lengths, 0, 2, 3, 6), floats(lengths, 1), nil, nil, floats(lengths)},
		[]pipeline.Images{nil, nil, odd, odd, nil}, -1)
	r.Images[2].Sizes.Set(4, 100) // the planner found its file: it has a name

	var got []string
	misfit := func(field int, row int64) bool { return field == 0 && row == 3 }
	for v := range CheckRecords(r, misfit) {
		if v.Rule != pipeline.RuleRequired || v.Split != "train" || v.Detail == "" {
			t.Errorf("%+v", v)
		}
		got = append(got, fmt.Sprint(v.Field, v.Row))
	}
	want := []string{"must0", "must2", "must6", "img0", "img2", "img6"}
	if !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	for range CheckRecords(r, nil) { // stops when told to
		break
	}
}

func keys(names ...string) func() iter.Seq2[int64, string] {
	return func() iter.Seq2[int64, string] {
		return func(yield func(int64, string) bool) {
			for i, k := range names {
				if !yield(int64(i), k) {
					return
				}
			}
		}
	}
}

// duplicateKeys lists what eachDuplicate finds, at most most of them.
func duplicateKeys(splits []Keys, most int) (found []Duplicate, total int64) {
	eachDuplicate(splits, func(d Duplicate) {
		if total++; len(found) < most {
			found = append(found, d)
		}
	})
	return found, total
}

func TestDuplicateKeys(t *testing.T) {
	t.Parallel()
	splits := []Keys{
		{"train", 4, keys("a", "b", "a", "c")},
		{"val", 0, keys()},
		{"test", 3, keys("b", "", "a", "")},
	}
	found, total := duplicateKeys(splits, 10)
	want := []Duplicate{
		{"a", Place{"train", 0}, Place{"train", 2}},
		{"b", Place{"train", 1}, Place{"test", 0}},
		{"a", Place{"train", 0}, Place{"test", 2}},
		{"", Place{"test", 1}, Place{"test", 3}},
	}
	if !slices.Equal(found, want) || total != 4 {
		t.Errorf("%v, %d", found, total)
	}
	if found, total := duplicateKeys(splits, 2); !slices.Equal(found, want[:2]) || total != 4 {
		t.Errorf("at most 2: %v, %d", found, total)
	}
	if found, total := duplicateKeys(splits[1:2], 2); found != nil || total != 0 {
		t.Errorf("none: %v, %d", found, total)
	}
}

// TestEqualHashes: keys of one hash are told apart by their text.
func TestEqualHashes(t *testing.T) {
	t.Parallel()
	splits := []Keys{{"train", 3, keys("x", "y", "x", "long")}}
	hash := func(key string) uint64 { return uint64(len(key)) }
	repeated := repeatedHashes(splits, hash)
	if !slices.Equal(repeated, []uint64{1}) {
		t.Errorf("repeated: %v", repeated)
	}
	var found []Duplicate
	confirm(splits, hash, repeated, func(d Duplicate) { found = append(found, d) })
	if len(found) != 1 || found[0].Key != "x" || found[0].Second.Row != 2 {
		t.Errorf("%v", found)
	}
}

func BenchmarkDuplicateKeys(b *testing.B) {
	const n = 1_000_000
	names := make([]string, n)
	for i := range names {
		names[i] = strings.Repeat("k", 20) + fmt.Sprint(i)
	}
	splits := []Keys{{"train", n, keys(names...)}}
	b.ReportAllocs()
	for b.Loop() {
		if _, total := duplicateKeys(splits, 1); total != 0 {
			b.Fatal(total)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/n, "ns/key")
}

// TestPrompts: which names of fields are those of prompts.
func TestPrompts(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]bool{
		"prompt": true, "easy_prompt": true, "Prompt_2": true, "userPrompt": true, "prompts": true, "refined-prompt": true, "PROMPT": true,
		"prompt_id": false, "negative_prompt": false, "negativePrompt": false, "neg_prompt": false, "promptness": false, "subprompts_used": false, "caption": false, "label": false, "impromptu": false,
	} {
		s, err := schema.New([]schema.Field{{Name: name, Type: schema.Type{Kind: schema.String}}})
		if err != nil {
			t.Fatal(err)
		}
		if got := len(prompts(s)) == 1; got != want {
			t.Errorf("%s: %v", name, got)
		}
	}
}
