// Command pickshard turns pickled image-preference datasets into what people
// train and query with: Hugging Face Parquet and Arrow, and WebDataset tar
// shards. Each command is one file here; flags, terminal, signals and exit codes
// live nowhere else, and no command does work of its own.
package main

import (
	"context"
	"os"
)

func main() {
	os.Exit(run(context.Background(), os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}
