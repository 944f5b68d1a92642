package stages_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/pickshard/pickshard/pipeline"
	"github.com/pickshard/pickshard/pipeline/pipelinetest"
	"github.com/pickshard/pickshard/schema"
	"github.com/pickshard/pickshard/stages"
)

// BenchmarkMakePlan plans 20,000 records of a text and an image for each format:
// the pickle, the checks, a stat an image (in memory: no file system), the sizes
// of all shards. One operation is the whole plan.
func BenchmarkMakePlan(b *testing.B) {
	const rows = 20_000
	fields := []stages.Field{
		{Field: schema.Field{Name: "prompt", Type: schema.Type{Kind: schema.String}}, From: "prompt"},
		{Field: schema.Field{Name: "image", Type: schema.Type{Kind: schema.Image}}, File: "img/{image}"},
	}
	s, err := schema.New([]schema.Field{fields[0].Field, fields[1].Field})
	if err != nil {
		b.Fatal(err)
	}
	files := pipelinetest.NewFiles()
	var pickled strings.Builder
	pickled.WriteString("(dS'prompt'\n(l") // protocol 0: a dict of two lists
	for i := range rows {
		fmt.Fprintf(&pickled, "Va prompt of some words, number %d\na", i)
	}
	pickled.WriteString("sS'image'\n(l")
	for i := range rows {
		name := fmt.Sprintf("%06d.png", i)
		fmt.Fprintf(&pickled, "V%s\na", name)
		files.Put("img/"+name, "stands for an image", time.Unix(1, 0))
	}
	pickled.WriteString("s.")
	files.Put("train.pkl", pickled.String(), time.Unix(1, 0))
	load := &stages.Dataset{
		Source: files, Fields: fields, Schema: s, KeyField: -1,
		Splits: []stages.Split{{Name: "train", Records: stages.Records{Files: []string{"train.pkl"}}}},
	}
	for _, format := range []string{"webdataset", "parquet", "arrow"} {
		b.Run(format, func(b *testing.B) {
			formats, err := stages.PickFormats(stages.FormatOptions{}, []string{format})
			if err != nil {
				b.Fatal(err)
			}
			spec := &pipeline.Spec{
				Name: "benchmark", Schema: s, Splits: []string{"train"}, Config: []byte(`{}`), Used: []byte(`{}`),
				Formats: formats, ShardRows: 1000, Policy: pipeline.PolicyFail, MaxImage: 1 << 20, Tool: "benchmark",
			}
			b.ReportAllocs()
			b.SetBytes(int64(pickled.Len()))
			for b.Loop() {
				planned, err := pipeline.MakePlan(b.Context(), spec, files, load, func(pipeline.Event) {})
				if err != nil {
					b.Fatal(err)
				}
				if got := planned.Plan.Shards(); got != rows/spec.ShardRows {
					b.Fatalf("%d shards", got)
				}
			}
			b.ReportMetric(float64(b.N)*rows/b.Elapsed().Seconds(), "records/s")
		})
	}
}
