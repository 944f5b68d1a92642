package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/pickshard/pickshard/configs"
	"github.com/pickshard/pickshard/configs/draft"
	"github.com/pickshard/pickshard/pipeline"
)

func newInit(io *streams) *cobra.Command {
	var set []string
	cmd := &cobra.Command{
		Use:   "init INPUT",
		Short: "Look at a dataset and print a config for it",
		Long: `Init looks at every file of a dataset, finds its tables, its splits, the columns
that name images or hold them, and side tables by their keys, and prints a config
on stdout that has been loaded and planned on that very data. A line stands in it
because of how many records join, over all of them, not because of a name; what
cannot be decided is a comment for you to decide.

Exit codes: 0 whole; 1 nothing could be joined; 2 usage; 3 a config was printed, but
records break a rule or a line is only proposed.`,
		Example: `  pickshard init ./data > my.yaml
  pickshard plan my.yaml ./data
  pickshard init --set 'win={type: image, file: "images/{win}"}' --set notes= ./data > my.yaml`,
		Args: args("INPUT"),
		RunE: func(cmd *cobra.Command, a []string) error {
			o := draft.Options{Set: make(map[string]string)}
			for _, s := range set {
				name, value, ok := strings.Cut(s, "=")
				if !ok || name == "" {
					return usageError{pipeline.WithHint(fmt.Errorf("--set %q: it is not FIELD=VALUE", s), "write --set 'win={type: image, file: \"images/{win}\"}', or --set win= to leave a field out")}
				}
				o.Set[name] = value
			}
			return drafted(cmd, io, a[0], o)
		},
	}
	cmd.Flags().StringArrayVar(&set, "set", nil, "give one field by hand, as `FIELD=VALUE` of the config; an empty value leaves it out")
	return cmd
}

// drafted prints a config, and tells of it.
func drafted(cmd *cobra.Command, io *streams, input string, o draft.Options) error {
	d, err := draft.Make(cmd.Context(), input, o)
	if errors.As(err, new(*draft.NoTableError)) {
		return pipeline.WithHint(err, "pickshard reads pickle, csv, tsv, JSON, JSON Lines, Parquet and Arrow; `pickshard inspect FILE` says what a file is")
	}
	if errors.As(err, new(*configs.InputError)) {
		return usageError{err}
	}
	if err != nil {
		return err
	}
	if _, err := io.out.Write(d.Config); err != nil {
		return fmt.Errorf("print config: %w", err)
	}
	for _, line := range d.Summary {
		fmt.Fprintf(io.err, "pickshard: %s\n", safe(line))
	}
	if d.Images == 0 {
		return pipeline.WithHint(errors.New(d.NoImages), "if the images are elsewhere, put them or a link to them into INPUT; without any, the config converts the records alone")
	}
	printHint(io.err, "save it as my.yaml and look at it; then `pickshard plan my.yaml "+input+"`")
	if d.Undecided {
		return quietError{exitIncomplete}
	}
	return nil
}
