package configs_test

import (
	"context"
	"errors"
	"fmt"
	"log"

	"github.com/pickshard/pickshard/configs"
	"github.com/pickshard/pickshard/pipeline"
)

func ExampleLoad() {
	c, err := configs.Load("pick-high")
	if err != nil {
		fmt.Println(err)
		return
	}
	if err := c.Override("output.shard_size", "1GiB", "--shard-size"); err != nil {
		fmt.Println(err)
	}
	for _, s := range c.Splits {
		fmt.Println(s.Name, s.Records.Files, s.Folder)
	}
	fmt.Println(c.Output.Formats, c.Output.ShardSize)
	// Output:
	// train [Pick-High/train.pkl] train
	// validation [Pick-High/val.pkl] val
	// test [Pick-High/test.pkl] test
	// [parquet arrow webdataset] 1GiB
}

// All faults of a file are reported at once, each with its place and what to
// write instead.
func ExampleParse() {
	_, err := configs.Parse("mine.yaml", []byte(`version: 1
name: mine
splits:
  train: {record: train.pkl}
fields:
  prompt: {type: words}
output:
  shard_size: 500 megabytes
`))
	fmt.Println(err)
	// Output:
	// mine.yaml:4:3: splits.train.records: missing; write e.g. records: train.pkl
	// mine.yaml:4:11: splits.train: unknown key "record"; did you mean "records"?
	// mine.yaml:6:18: fields.prompt.type: unknown type "words"; use one of: string, binary, bool, int8, int16, int32, int64, uint8, uint16, uint32, uint64, float16, float32, float64, date32, json, image, timestamp[s], timestamp[ms], timestamp[us], timestamp[ns], timestamp[us, tz=Europe/Berlin], time[us], duration[us], decimal[10, 2], class, class[cat, dog], list[int64], list[float32, 512], list[image], struct[a: int64, b: string], map[string, float64]
	// mine.yaml:8:15: output.shard_size: "500 megabytes" is not a size: write bytes as a number, or with a unit such as 500MB or 32MiB
}

// A job from a config: what `pickshard plan` does, in a program.
func ExampleConfig_Open() {
	c, err := configs.Load("pick-high")
	if err != nil {
		log.Fatal(err)
	}
	job, err := c.Open(context.Background(), "../cmd/pickshard/demodata", "", configs.Running{})
	if err != nil {
		log.Fatal(err)
	}
	planned, err := pipeline.MakePlan(context.Background(), job.Spec, job.Source, job.Loader, job.Observe)
	if err = errors.Join(err, job.Close()); err != nil {
		log.Fatal(err)
	}
	for _, s := range planned.Plan.Splits {
		fmt.Println(s.Name, s.Rows, "records,", s.ImageCount, "images")
	}
	// Output:
	// train 24 records, 72 images
	// validation 6 records, 18 images
	// test 6 records, 18 images
}
