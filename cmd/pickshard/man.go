package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// newMan makes the manual for packages; people have --help. It writes roff by
// itself: cobra's own generator takes help texts for Markdown, which they are not,
// and needs two more modules for it.
func newMan(*streams) *cobra.Command {
	return &cobra.Command{
		Use:     "man DIR",
		Short:   "Write manual pages, one a command, into a folder",
		Example: `  pickshard man ./man1`,
		Args:    args("DIR"),
		Hidden:  true,
		RunE: func(cmd *cobra.Command, a []string) error {
			if err := os.MkdirAll(a[0], 0o777); err != nil {
				return err
			}
			return writeManuals(a[0], cmd.Root())
		},
		ValidArgsFunction: completeFolders(1),
	}
}

// writeManuals writes the page of a command and of those below it.
func writeManuals(folder string, cmd *cobra.Command) error {
	f, err := os.Create(filepath.Join(folder, manualName(cmd)+".1"))
	if err != nil {
		return err
	}
	_, err = io.WriteString(f, manual(cmd))
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	for _, below := range cmd.Commands() {
		if !below.IsAvailableCommand() || below.Name() == "help" {
			continue
		}
		if err := writeManuals(folder, below); err != nil {
			return err
		}
	}
	return nil
}

func manualName(cmd *cobra.Command) string { return strings.ReplaceAll(cmd.CommandPath(), " ", "-") }

// manual is the page of one command in man(7).
func manual(cmd *cobra.Command) string {
	cmd.InitDefaultHelpFlag()
	var b strings.Builder
	fmt.Fprintf(&b, ".TH %s 1 \"\" \"pickshard %s\" \"pickshard\"\n", roff(strings.ToUpper(manualName(cmd))), version)
	fmt.Fprintf(&b, ".SH NAME\n%s \\- %s\n", roff(manualName(cmd)), roff(cmd.Short))
	fmt.Fprintf(&b, ".SH SYNOPSIS\n.B %s\n", roff(cmd.UseLine()))
	b.WriteString(".SH DESCRIPTION\n")
	writeParagraphs(&b, cmp.Or(cmd.Long, cmd.Short+"."))
	if cmd.HasAvailableSubCommands() {
		b.WriteString(".SH COMMANDS\n")
		for _, below := range cmd.Commands() {
			if below.IsAvailableCommand() {
				fmt.Fprintf(&b, ".TP\n.B %s\n%s\n", roff(below.Name()), roff(below.Short))
			}
		}
	}
	b.WriteString(".SH OPTIONS\n")
	cmd.NonInheritedFlags().VisitAll(func(f *pflag.Flag) { writeOption(&b, f) })
	cmd.InheritedFlags().VisitAll(func(f *pflag.Flag) { writeOption(&b, f) })
	if cmd.Example != "" {
		fmt.Fprintf(&b, ".SH EXAMPLES\n.nf\n%s\n.fi\n", roff(cmd.Example))
	}
	if cmd.HasParent() {
		fmt.Fprintf(&b, ".SH SEE ALSO\n.BR %s (1)\n", roff(manualName(cmd.Parent())))
	}
	return b.String()
}

// writeParagraphs sets paragraphs in the page's width; indented ones stay as
// they are.
func writeParagraphs(b *strings.Builder, text string) {
	for i, paragraph := range strings.Split(strings.TrimSpace(text), "\n\n") {
		if i > 0 {
			b.WriteString(".PP\n")
		}
		set := roff(strings.Trim(strings.ReplaceAll(paragraph, "\t", "    "), "\n"))
		if strings.HasPrefix(set, " ") {
			set = ".nf\n" + set + "\n.fi"
		}
		b.WriteString(set + "\n")
	}
}

func writeOption(b *strings.Builder, f *pflag.Flag) {
	if f.Hidden {
		return
	}
	b.WriteString(".TP\n")
	if f.Shorthand != "" {
		fmt.Fprintf(b, `\fB\-%s\fR, `, f.Shorthand)
	}
	value, usage := pflag.UnquoteUsage(f)
	fmt.Fprintf(b, `\fB%s\fR`, roff("--"+f.Name))
	if value != "" {
		fmt.Fprintf(b, ` \fI%s\fR`, roff(value))
	}
	fmt.Fprintf(b, "\n%s\n", roff(usage))
}

// roff makes text mean itself: no line of it is a request, and a hyphen is the
// one that can be copied into a shell.
func roff(text string) string {
	text = strings.NewReplacer(`\`, `\e`, "-", `\-`).Replace(text)
	var lines []string
	for line := range strings.SplitSeq(text, "\n") {
		if strings.HasPrefix(line, ".") || strings.HasPrefix(line, "'") {
			line = `\&` + line
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, "\n")
}
