package main

import (
	"encoding/json"
	"fmt"
	"regexp"
	"runtime"
	"runtime/debug"
	"strings"

	"github.com/spf13/cobra"
)

// version is the tool's version. It stands in manifests, so it names the
// release alone: two builds of one release must not differ.
const version = "0.1.0"

// commit is what a release was built from: 40 hex digits, "+modified" behind them
// where files were not those of the commit. The linker sets it
// (-X main.commit=...): bytes must depend on the sources and nothing else, and
// Go's own stamp tells of tags, times and whether a folder is a worktree.
var commit string

// build says which pickshard this is.
type build struct {
	Version string `json:"version"`
	// Commit is empty where neither the linker nor Go knew it.
	Commit string `json:"commit,omitempty"`
	// Modified says that the sources were not those of the commit.
	Modified bool   `json:"modified,omitempty"`
	Go       string `json:"go"`
	Platform string `json:"platform"`
}

// thisBuild asks the linker first, then what Go put into the binary.
func thisBuild() build {
	b := build{Version: version, Go: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH}
	b.Commit, b.Modified = strings.CutSuffix(commit, "+modified")
	if info, ok := debug.ReadBuildInfo(); ok && commit == "" {
		b.stamp(info)
	}
	return b
}

// pseudoVersion ends with the commit, as `go install ...@main` makes it.
var pseudoVersion = regexp.MustCompile(`-(?:0\.)?\d{14}-([0-9a-f]{12})(?:\+|$)`)

// stamp takes the commit from a build in a clone, or from the module's version.
func (b *build) stamp(info *debug.BuildInfo) {
	if m := pseudoVersion.FindStringSubmatch(info.Main.Version); m != nil {
		b.Commit = m[1]
	}
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			b.Commit = s.Value
		case "vcs.modified":
			b.Modified = s.Value == "true"
		}
	}
}

// String is one line for people and bug reports.
func (b build) String() string {
	var about []string
	if b.Commit != "" {
		about = append(about, "commit "+b.Commit[:min(12, len(b.Commit))])
	}
	if b.Modified {
		about = append(about, "modified")
	}
	about = append(about, b.Go, b.Platform)
	return "pickshard " + b.Version + " (" + strings.Join(about, ", ") + ")"
}

func newVersion(io *streams) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:     "version",
		Short:   "Show version, commit, Go version and platform",
		Example: `  pickshard version --json`,
		Args:    args(),
		RunE: func(*cobra.Command, []string) error {
			b := thisBuild()
			if asJSON {
				return json.NewEncoder(io.out).Encode(b)
			}
			_, err := fmt.Fprintln(io.out, b)
			return err
		},
		ValidArgsFunction: cobra.NoFileCompletions,
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print it as JSON")
	return cmd
}
