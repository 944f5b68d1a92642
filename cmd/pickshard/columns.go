package main

import (
	"context"
	"time"

	"github.com/spf13/cobra"

	"github.com/pickshard/pickshard/stages"
	"github.com/pickshard/pickshard/stages/read"
)

// completing is how long a shell waits for an answer.
const completing = 2 * time.Second

// completeColumns completes --columns with those of FILE, which was typed before.
// What cannot be read has none: running the command tells why.
func completeColumns(cmd *cobra.Command, given []string, typed string) ([]string, cobra.ShellCompDirective) {
	return completeList(func(given []string) []string {
		if len(given) == 0 || given[0] == "-" {
			return nil
		}
		ctx, cancel := context.WithTimeout(context.Background(), completing)
		defer cancel()
		file, closer, err := openTable(nil, given[0])
		if err != nil {
			return nil
		}
		var names []string
		opts := read.Options{DedupeColumns: true, Surrogates: read.SurrogatesReplace}
		err = stages.LookTable(ctx, file, opts, stages.ReaderOptions{}, func(t read.Table) error {
			for _, f := range t.Schema().Fields() {
				names = append(names, f.Name)
			}
			return nil
		})
		if joinClose(err, closer.Close) != nil {
			return nil
		}
		return names
	})(cmd, given, typed)
}
