package main

import (
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/pickshard/pickshard/configs"
	"github.com/pickshard/pickshard/pipeline"
)

// completeConfig completes CONFIG with the ready configs and YAML files, and
// INPUT and OUTPUT with folders.
func completeConfig(_ *cobra.Command, given []string, typed string) ([]string, cobra.ShellCompDirective) {
	if len(given) > 0 {
		return nil, cobra.ShellCompDirectiveFilterDirs
	}
	var names []string
	for _, name := range configs.Ready() {
		if strings.HasPrefix(name, typed) {
			names = append(names, name)
		}
	}
	if len(names) == 0 {
		return []string{"yaml", "yml"}, cobra.ShellCompDirectiveFilterFileExt
	}
	for _, pattern := range []string{"*.yaml", "*.yml"} {
		beside, _ := filepath.Glob(pattern) // the error is for a bad pattern
		names = append(names, beside...)
	}
	return names, cobra.ShellCompDirectiveDefault
}

// completeFolders completes arguments with folders, at most so many.
func completeFolders(most int) cobra.CompletionFunc {
	return func(_ *cobra.Command, given []string, _ string) ([]string, cobra.ShellCompDirective) {
		if len(given) >= most {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		return nil, cobra.ShellCompDirectiveFilterDirs
	}
}

// completeFile completes FILE, once.
func completeFile(_ *cobra.Command, given []string, _ string) ([]string, cobra.ShellCompDirective) {
	if len(given) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	return nil, cobra.ShellCompDirectiveDefault
}

// completeList completes a flag whose values are separated by commas: what was
// typed before the last comma stays, and is not offered again.
func completeList(words func(given []string) []string) cobra.CompletionFunc {
	return func(_ *cobra.Command, given []string, typed string) ([]string, cobra.ShellCompDirective) {
		before := typed[:strings.LastIndexByte(typed, ',')+1]
		used := strings.Split(before, ",")
		var out []string
		for _, word := range words(given) {
			if !slices.Contains(used, word) {
				out = append(out, before+word)
			}
		}
		return out, cobra.ShellCompDirectiveNoFileComp
	}
}

// splitsOf are the splits of the config that was typed before.
func splitsOf(given []string) []string {
	if len(given) == 0 {
		return nil
	}
	c, err := configs.Load(given[0])
	if err != nil {
		return nil // running the command tells what is wrong
	}
	names := make([]string, len(c.Splits))
	for i, s := range c.Splits {
		names[i] = s.Name
	}
	return names
}

// completeValues completes the values of flags, none of which is a file.
func (f *jobFlags) completeValues(cmd *cobra.Command) {
	complete := map[string]cobra.CompletionFunc{
		"format": completeList(func([]string) []string { return configs.Formats() }),
		"index":  completeList(func([]string) []string { return configs.Indexes() }),
		"split":  completeList(splitsOf),
	}
	var policies []string
	for _, p := range pipeline.Policies() {
		policies = append(policies, string(p))
	}
	complete["on-error"] = cobra.FixedCompletions(policies, cobra.ShellCompDirectiveNoFileComp)
	for _, v := range f.values {
		if complete[v.flag] == nil {
			complete[v.flag] = cobra.NoFileCompletions
		}
	}
	for flag, function := range complete {
		// The error is for a flag that does not exist.
		_ = cmd.RegisterFlagCompletionFunc(flag, function)
	}
}
