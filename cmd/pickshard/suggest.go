package main

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/pickshard/pickshard/pipeline"
)

// elsewhere says what does in convert and plan what a flag of other tools does there.
var elsewhere = map[string]string{
	"dry-run":   "`pickshard plan CONFIG INPUT` shows what convert would do, and writes nothing",
	"jobs":      "--workers is how many shards are built at the same time",
	"threads":   "--workers is how many shards are built at the same time",
	"num-proc":  "--workers is how many shards are built at the same time",
	"force":     "--update brings an OUTPUT that was made before up to date; to begin again, remove it",
	"overwrite": "--update brings an OUTPUT that was made before up to date; to begin again, remove it",
	"resume":    "convert goes on where it stopped by itself: give the same command again",
	"seed":      "--shuffle takes the seed",
}

// flagError makes a usage error of what pflag says, with the flag that may have
// been meant.
func flagError(cmd *cobra.Command, err error) error {
	var unknown *pflag.NotExistError
	if !errors.As(err, &unknown) {
		return usageError{err}
	}
	name := unknown.GetSpecifiedName()
	if hint := elsewhere[name]; hint != "" && cmd.Flags().Lookup("shuffle") != nil {
		return usageError{pipeline.WithHint(err, "%s", hint)}
	}
	if argument := strings.ToUpper(name); slices.Contains(strings.Fields(cmd.Use), argument) {
		return usageError{pipeline.WithHint(err, "%s is an argument, not a flag: pickshard %s", argument, cmd.Use)}
	}
	if near := nearestFlag(cmd, name); near != "" {
		return usageError{fmt.Errorf("%w; did you mean --%s?", err, near)}
	}
	return usageError{err}
}

// nearestFlag is the flag of cmd that differs from name in a slip of the hand.
func nearestFlag(cmd *cobra.Command, name string) string {
	var known []string
	cmd.Flags().VisitAll(func(f *pflag.Flag) {
		if !f.Hidden {
			known = append(known, f.Name)
		}
	})
	return pipeline.Nearest(name, known)
}

// address is a URL, which the shell passes on like any path.
var address = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9+.-]+://`)

// notAddress refuses an address where a local path is wanted: `s3://bucket/x` is a
// valid name of a folder, and nobody means that.
func notAddress(name, given string) error {
	if !address.MatchString(given) {
		return nil
	}
	return usageError{pipeline.WithHint(fmt.Errorf("%s %s is an address, not a local path", name, given),
		"pickshard reads and writes local paths alone: copy it here first, or mount it; a folder that is really called so is ./%s", given)}
}
