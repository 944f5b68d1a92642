package main

import (
	"errors"

	"github.com/spf13/cobra"

	"github.com/pickshard/pickshard/stages/read"
)

// readOption is a way of reading files that fixes an error: a flag where the command has
// it, else a key of the config.
type readOption struct {
	err  error
	flag string
	key  string
	does string
}

func readOptions() []readOption {
	return []readOption{
		{read.ErrSelect, "select", "select: NAME", "chooses one of several tables"},
		{read.ErrDuplicateColumn, "dedupe-columns", "dedupe_columns: true",
			"renames the second x to x.1; or give the column another name in the file"},
		{read.ErrNotText, "replace-invalid-text", "surrogates: replace", "puts U+FFFD in its place"},
	}
}

// optionHint names what fixes an error as the command has it.
func optionHint(cmd *cobra.Command, err error) string {
	for _, o := range readOptions() {
		switch {
		case !errors.Is(err, o.err):
		case cmd.Flags().Lookup(o.flag) != nil:
			return "`--" + o.flag + "` " + o.does
		default:
			return "`" + o.key + "` beside the file in the config " + o.does
		}
	}
	return ""
}
