package main

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/pickshard/pickshard/pipeline"
	"github.com/pickshard/pickshard/pipeline/compare"
	"github.com/pickshard/pickshard/stages"
	"github.com/pickshard/pickshard/stages/store/folder"
)

// maxDifferences is how many records of a split people are shown.
const maxDifferences = 20

func newDiff(io *streams) *cobra.Command {
	var asJSON bool
	var by string
	var most int
	cmd := &cobra.Command{
		Use:   "diff OLD NEW",
		Short: "Show what changed between two outputs: shards, records, fields",
		Long: `Diff compares two folders that convert has written. Shards with the same digests
are the same; of the others it reads the records and tells which were added,
removed, changed or put elsewhere, and in which fields. Records are the same where
all fields are, wherever they stand; a record that is gone and a new one that share
an image or a text and at least half of their fields are one that changed. With
--by, records with the same value of a field are one. Fields that only one of the
outputs has are named, and do not count.

Exit codes: 0 nothing differs; 1 something does, or diff could not look; 2 usage.`,
		Example: `  pickshard diff ./shards-v1 ./shards-v2
  pickshard diff ./shards-v1 ./shards-v2 --by image_id
  pickshard diff ./shards-v1 ./shards-v2 --json | jq .splits[].changed_fields`,
		Args:              args("OLD", "NEW"),
		ValidArgsFunction: completeFolders(2),
		RunE: func(cmd *cobra.Command, a []string) (err error) {
			for _, output := range a {
				if err := isOutput(output); err != nil {
					return err
				}
			}
			formats, err := stages.Formats(stages.FormatOptions{})
			if err != nil {
				return err
			}
			old, fresh := folder.New(a[0]), folder.New(a[1])
			defer func() { err = joinClose(joinClose(err, old.Close), fresh.Close) }()
			d := &compare.Differ{Old: old, New: fresh, Formats: formats, By: by, MaxListed: most}
			diff, err := d.Diff(cmd.Context())
			if errors.Is(err, pipeline.ErrNoField) {
				err = usageError{err}
			}
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
	cmd.Flags().StringVar(&by, "by", "", "match records by the value of this `field`, which no two of a split share")
	cmd.Flags().IntVar(&most, "records", maxDifferences, "list at most this many records of a split")
	return cmd
}

// summed tells what became of a split's records, in a line.
func summed(s *compare.SplitDifference, fields bool) string {
	var parts []string
	for _, p := range []struct {
		n    int64
		what string
	}{{s.Added, "added"}, {s.Removed, "removed"}, {s.Changed, "changed"}} {
		if p.n > 0 {
			parts = append(parts, fmt.Sprintf("%s %s", humanCount(p.n), p.what))
		}
	}
	same := "same records"
	if fields {
		same += " in the fields of both"
	}
	switch {
	case len(parts) == 0 && s.Moved > 0:
		return fmt.Sprintf("%s, other order: %s moved", same, humanCount(s.Moved))
	case len(parts) == 0 && s.OldShards != s.NewShards:
		return same + ", other shards"
	case len(parts) == 0:
		return same
	}
	text := strings.Join(parts, ", ")
	var changed []string
	for _, name := range slices.Sorted(maps.Keys(s.ByField)) {
		changed = append(changed, fmt.Sprintf("%s %d", name, s.ByField[name]))
	}
	if len(changed) > 0 {
		text += ": " + strings.Join(changed, ", ")
	}
	if s.Moved > 0 {
		text += fmt.Sprintf("; %s in other order", humanCount(s.Moved))
	}
	return text
}

func printDiff(out io.Writer, diff *compare.Difference) error {
	var b strings.Builder
	if len(diff.Identity) > 0 {
		fmt.Fprintf(&b, "conversion: different %s\n", strings.Join(diff.Identity, ", "))
	}
	if len(diff.Fields) > 0 {
		fmt.Fprintf(&b, "fields: %s\n", strings.Join(diff.Fields, " "))
	}
	for _, s := range diff.Splits {
		fmt.Fprintf(&b, "%s: %d -> %d records, %d -> %d shards, %d of them the same\n", s.Split, s.OldRows, s.NewRows, s.OldShards, s.NewShards, s.Same)
		fmt.Fprintf(&b, "  %s\n", summed(&s, len(diff.Fields) > 0))
		for _, r := range s.Records {
			mark := map[string]string{"added": "+", "removed": "-", "changed": "~"}[r.Change]
			fmt.Fprintf(&b, "  %s\n", strings.Join(append([]string{mark, printable(r.Key)}, r.Fields...), " "))
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
