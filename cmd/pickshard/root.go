package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/pickshard/pickshard/pipeline"
)

// streams are where a command reads and writes: stdout is data, stderr is for
// people, or with --message-format json for programs that watch.
type streams struct {
	in       io.Reader
	out, err io.Writer
	messages messageFormat
}

// messageFormat is how errors and warnings are told on stderr.
type messageFormat string

const (
	messagesText messageFormat = "text"
	messagesJSON messageFormat = "json" // one object a line
)

// String, Set and Type implement pflag.Value.
func (m *messageFormat) String() string { return string(*m) }

// Set takes one of the formats.
func (m *messageFormat) Set(s string) error {
	switch f := messageFormat(s); f {
	case messagesText, messagesJSON:
		*m = f
		return nil
	}
	return errors.New("write text or json")
}

// Type is what help texts call the value.
func (m *messageFormat) Type() string { return "text|json" }

// run executes one command line and returns the exit code.
func run(ctx context.Context, args []string, in io.Reader, out, errOut io.Writer) int {
	io := &streams{in: in, out: out, err: errOut, messages: messagesText}
	ctx, stop := withSignals(ctx)
	defer stop()
	root := newRoot(io)
	root.SetArgs(args)
	cmd, err := root.ExecuteContextC(ctx)
	return report(ctx, io, cmd, knownCommand(root, err))
}

// knownCommand makes cobra's error for an unknown command, which is a plain one,
// a usage error in one line.
func knownCommand(root *cobra.Command, err error) error {
	typed := ""
	if err == nil {
		return nil
	}
	if _, serr := fmt.Sscanf(err.Error(), "unknown command %q for", &typed); serr != nil {
		return err
	}
	text := fmt.Sprintf("unknown command %q", typed)
	if near := root.SuggestionsFor(typed); len(near) > 0 {
		text += fmt.Sprintf("; did you mean %s?", strings.Join(near, " or "))
	}
	return usageError{pipeline.WithHint(errors.New(text), "`pickshard --help` lists all commands")}
}

func newRoot(io *streams) *cobra.Command {
	root := &cobra.Command{
		Use:   "pickshard",
		Short: "Turn pickled image-preference datasets into Parquet, Arrow and WebDataset shards",
		Long: `pickshard reads pickled pandas tables without running anything that is in them,
joins them with their folders of images, checks every record and every image,
and writes Hugging Face Parquet, Hugging Face Arrow and WebDataset tar shards in
one pass over the images. The same input gives the same bytes, a run that was
cut short goes on where it stopped, and nothing half-made has a final name.`,
		Example: `  pickshard demo ./demo
  pickshard convert pick-high ./data ./shards
  pickshard verify ./shards
  pickshard inspect ./data/Pick-High/train.pkl`,
		Version: thisBuild().String(),
		// A mistyped command is told in one line, see knownCommand.
		DisableSuggestions:         true,
		SuggestionsMinimumDistance: 2,
		SilenceErrors:              true,
		SilenceUsage:               true,
	}
	root.SetVersionTemplate("{{.Version}}\n")
	root.SetIn(io.in)
	root.SetOut(io.out)
	root.SetErr(io.err)
	root.SetFlagErrorFunc(flagError)
	root.AddCommand(
		newConvert(io), newCheck(io), newPlan(io), newWorker(io), newFinalize(io), newVerify(io), newDiff(io), newInspect(io), newCat(io), newReport(io), newShow(io), newInit(io), newDemo(io), newVersion(io), newMan(io),
	)
	root.Flags().BoolP("version", "V", false, "show version, commit, Go version and platform")
	root.PersistentFlags().Var(&io.messages, "message-format", "how errors and warnings are told on stderr: text, or json for programs")
	// The error is for a flag that does not exist.
	_ = root.RegisterFlagCompletionFunc("message-format", cobra.FixedCompletions([]cobra.Completion{"text", "json"}, cobra.ShellCompDirectiveNoFileComp))
	root.SetHelpCommand(newHelp(root))
	return root
}

// newHelp is cobra's help command, but one that fails for a command there is not.
func newHelp(root *cobra.Command) *cobra.Command {
	return &cobra.Command{
		Use:   "help [COMMAND]",
		Short: "Show the help of a command",
		RunE: func(_ *cobra.Command, args []string) error {
			cmd, _, err := root.Find(args)
			if err != nil {
				return err
			}
			return cmd.Help()
		},
	}
}

// args checks the number of arguments, naming the one that is missing. An empty
// one is a shell's variable that was never set: it must not mean this folder.
func args(names ...string) cobra.PositionalArgs {
	return func(_ *cobra.Command, given []string) error {
		if len(given) < len(names) {
			return usageError{fmt.Errorf("%s is missing", names[len(given)])}
		}
		if len(given) > len(names) {
			return usageError{fmt.Errorf("%q is one argument too many", given[len(names)])}
		}
		if i := slices.Index(given, ""); i >= 0 {
			return usageError{fmt.Errorf("%s is empty", names[i])}
		}
		for i, name := range names {
			if err := notAddress(name, given[i]); err != nil {
				return err
			}
		}
		return nil
	}
}

// isTerminal says whether f is a terminal that a progress bar can be drawn on.
func isTerminal(f *os.File) bool {
	return os.Getenv("TERM") != "dumb" && term.IsTerminal(int(f.Fd()))
}
