package main

import "github.com/spf13/cobra"

// completeConfig completes CONFIG with the ready configs and YAML files, and
// INPUT and OUTPUT with folders.
func completeConfig(_ *cobra.Command, given []string, _ string) ([]string, cobra.ShellCompDirective) {
	if len(given) == 0 {
		return ready(), cobra.ShellCompDirectiveDefault
	}
	return nil, cobra.ShellCompDirectiveFilterDirs
}
