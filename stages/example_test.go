package stages_test

import (
	"context"
	"fmt"
	"log"
	"os"
	"path/filepath"

	"github.com/pickshard/pickshard/pipeline"
	"github.com/pickshard/pickshard/schema"
	"github.com/pickshard/pickshard/stages"
	"github.com/pickshard/pickshard/stages/source/folder"
	shards "github.com/pickshard/pickshard/stages/store/folder"
	"github.com/pickshard/pickshard/stages/validate"
)

// A whole conversion from Go: two columns and one image of the demo's test
// split, as WebDataset shards of at most four records.
func Example() {
	fields := []stages.Field{
		{Field: schema.Field{Name: "easy_prompt", Type: schema.Type{Kind: schema.String}}, From: "easy_prompt"},
		{Field: schema.Field{Name: "E1", Type: schema.Type{Kind: schema.Float64}}, From: "E1"},
		{Field: schema.Field{Name: "image", Type: schema.Type{Kind: schema.Image}}, File: "pick_refine_img/{folder}/{refine_image}"},
	}
	s, err := schema.New([]schema.Field{fields[0].Field, fields[1].Field, fields[2].Field})
	if err != nil {
		log.Fatal(err)
	}
	input, err := folder.Open(filepath.Join("..", "cmd", "pickshard", "demodata"))
	if err != nil {
		log.Fatal(err)
	}
	defer input.Close()
	output, err := os.MkdirTemp("", "shards")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(output)
	formats, err := stages.PickFormats(stages.FormatOptions{}, []string{"webdataset"})
	if err != nil {
		log.Fatal(err)
	}
	store := shards.New(output)
	defer store.Close()
	job := pipeline.Job{
		Spec: &pipeline.Spec{
			Name: "example", Schema: s, Splits: []string{"test"}, Config: []byte(`{}`), Used: []byte(`{}`),
			Formats: formats, ShardRows: 4, Policy: pipeline.PolicyFail, MaxImage: 1 << 20, Tool: "example",
		},
		Source: input,
		Loader: &stages.Dataset{
			Source: input, Fields: fields, Schema: s, KeyField: -1,
			Splits: []stages.Split{{Name: "test", Records: stages.Records{Files: []string{"Pick-High/test.pkl"}}, Constants: map[string]string{"folder": "test"}}},
		},
		Checker: validate.NewChecker(validate.Options{Limits: validate.DefaultLimits()}),
		Store:   store,
		Workers: 2, Readers: 4, Memory: 64 << 20,
		Progress: &pipeline.Progress{},
	}
	manifest, err := job.Convert(context.Background())
	if err != nil {
		log.Fatal(err)
	}
	for _, split := range manifest.Splits {
		for _, shard := range split.Shards {
			fmt.Println(shard.Files[0].Path, shard.Rows, shard.FirstKey)
		}
	}
	// Output:
	// webdataset/data/test-00000-of-00002.tar 3 test-000000000
	// webdataset/data/test-00001-of-00002.tar 3 test-000000003
}
