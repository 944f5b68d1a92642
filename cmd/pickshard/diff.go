package main

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/pickshard/pickshard/pipeline"
	"github.com/pickshard/pickshard/stages"
)

// maxDifferences is how many records of a split people are shown.
const maxDifferences = 20

func newDiff(io *streams) *cobra.Command {
	var asJSON bool
	var most int
	cmd := &cobra.Command{
		Use:   "diff OLD NEW",
		Short: "Show what changed between two outputs: shards, records, fields",
		Long: `Diff compares two folders that convert has written. Shards with the same digests
are the same; of the others it reads the records and tells which were added,
removed or changed, and in which fields. Records are told apart by their keys
where both outputs have WebDataset shards, else by their place in the split.

Exit codes: 0 nothing differs; 1 something does, or diff could not look; 2 usage.`,
		Example: `  pickshard diff ./shards-v1 ./shards-v2
  pickshard diff ./shards-v1 ./shards-v2 --json | jq .splits[].changed_fields`,
		Args:              args("OLD", "NEW"),
		ValidArgsFunction: completeFolders(2),
		RunE: func(cmd *cobra.Command, a []string) (err error) {
			for _, folder := range a {
				if err := isOutput(folder); err != nil {
					return err
				}
			}
			formats, err := stages.Formats(stages.FormatOptions{})
			if err != nil {
				return err
			}
			old, fresh := pipeline.NewFolderStore(a[0]), pipeline.NewFolderStore(a[1])
			defer func() { err = joinClose(joinClose(err, old.Close), fresh.Close) }()
			d := &pipeline.Differ{Old: old, New: fresh, Formats: formats, MaxListed: most}
			diff, err := d.Diff(cmd.Context())
			if err != nil {
				return err
			}
			if asJSON {
				err = printJSON(io.out, diff)
			} else {
				err = printDiff(io.out, diff)
			}
			if err == nil && !diff.Equal {
				err = quietError{exitFailed}
			}
			return err
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the difference as JSON")
	cmd.Flags().IntVar(&most, "records", maxDifferences, "list at most this many records of a split")
	return cmd
}

func printDiff(out io.Writer, diff *pipeline.Difference) error {
	var b strings.Builder
	if len(diff.Identity) > 0 {
		fmt.Fprintf(&b, "conversion: different %s\n", strings.Join(diff.Identity, ", "))
	}
	if len(diff.Fields) > 0 {
		fmt.Fprintf(&b, "fields: %s\n", strings.Join(diff.Fields, " "))
	}
	for _, s := range diff.Splits {
		fmt.Fprintf(&b, "%s: %d -> %d records, %d -> %d shards, %d of them the same\n", s.Split, s.OldRows, s.NewRows, s.OldShards, s.NewShards, s.Same)
		fmt.Fprintf(&b, "  %d added, %d removed, %d changed", s.Added, s.Removed, s.Changed)
		for i, name := range slices.Sorted(maps.Keys(s.ByField)) {
			fmt.Fprintf(&b, "%s%s %d", map[bool]string{true: ": ", false: ", "}[i == 0], name, s.ByField[name])
		}
		b.WriteString("\n")
		for _, r := range s.Records {
			mark := map[string]string{"added": "+", "removed": "-", "changed": "~"}[r.Change]
			fmt.Fprintf(&b, "  %s %s %s\n", mark, printable(r.Key), strings.Join(r.Fields, " "))
		}
		if n := s.Added + s.Removed + s.Changed - int64(len(s.Records)); n > 0 {
			fmt.Fprintf(&b, "  ... and %d more\n", n)
		}
	}
	if len(diff.Files) > 0 {
		fmt.Fprintf(&b, "other files: %s\n", strings.Join(diff.Files, " "))
	}
	_, err := io.WriteString(out, safe(b.String()))
	return err
}
