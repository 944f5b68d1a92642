package main

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/pickshard/pickshard/configs"
	"github.com/pickshard/pickshard/pipeline"
)

// demoData is a small data set of Pick-High's shape, made by
// scripts/demo/make_demo.py with pandas and Pillow.
//
//go:embed demodata
var demoData embed.FS

func newDemo(io *streams) *cobra.Command {
	return &cobra.Command{
		Use:   "demo DIR",
		Short: "Lay out a small real dataset and convert it",
		Long: `Demo writes a small dataset of Pick-High's shape (real pandas pickles, a hundred
JPEG and PNG images) to DIR/input, converts it to DIR/output with the ready config
pick-high, and shows how to load each format. The same command again changes
nothing.`,
		Example:           `  pickshard demo ./demo`,
		Args:              args("DIR"),
		ValidArgsFunction: completeFolders(1),
		RunE: func(cmd *cobra.Command, a []string) error {
			input, output := filepath.Join(a[0], "input"), filepath.Join(a[0], "output")
			if err := layOut(input); err != nil {
				return fmt.Errorf("lay out demo data: %w", err)
			}
			c, err := configs.Load("pick-high")
			if err != nil {
				return err
			}
			fmt.Fprintf(io.err, "$ pickshard convert pick-high %s %s\n", input, output)
			if err := convert(cmd, io, &jobFlags{}, c, input, output); err != nil {
				return err
			}
			_, err = fmt.Fprint(io.out, strings.ReplaceAll(howToLoad, "OUTPUT", filepath.ToSlash(output)))
			return err
		},
	}
}

// layOut writes the demo's input. A file that is there already must be the same.
func layOut(folder string) error {
	const root = "demodata"
	return fs.WalkDir(demoData, root, func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		target := filepath.Join(folder, filepath.FromSlash(strings.TrimPrefix(name, root)))
		if entry.IsDir() {
			return os.MkdirAll(target, 0o777)
		}
		data, err := demoData.ReadFile(name)
		if err != nil {
			return err
		}
		old, err := os.ReadFile(target)
		if err == nil && string(old) == string(data) {
			return nil
		}
		if err == nil {
			return pipeline.WithHint(fmt.Errorf("%s is there already, and is not the demo's", target), "choose another DIR")
		}
		if !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		return os.WriteFile(target, data, 0o666)
	})
}

const howToLoad = `
How to load it:

  from datasets import load_dataset, load_from_disk     # pip install datasets pillow
  load_dataset("OUTPUT/parquet")["train"][0]["refine_image"]
  load_from_disk("OUTPUT/arrow")["train"][0]["easy_prompt"]

  import webdataset                                      # pip install webdataset
  next(iter(webdataset.WebDataset("OUTPUT/webdataset/data/train-00000-of-00001.tar", shardshuffle=False).decode("pil")))

  import duckdb                                          # pip install duckdb
  duckdb.sql("select easy_prompt, E1, E2 from 'OUTPUT/parquet/data/train-*.parquet' where E2 > E1")

Check it:

  pickshard verify OUTPUT
`
