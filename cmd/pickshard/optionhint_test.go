package main

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"github.com/pickshard/pickshard/configs"
)

func command(t *testing.T, name string) *cobra.Command {
	t.Helper()
	cmd, _, err := newRoot(&streams{out: &bytes.Buffer{}, err: &bytes.Buffer{}}).Find([]string{name})
	if err != nil {
		t.Fatal(err)
	}
	return cmd
}

// What mends an error is a flag of the command at hand, or a key that configs have.
func TestOptionHintsNameWhatThereIs(t *testing.T) {
	t.Parallel()
	keys := map[string]bool{}
	for _, f := range reflect.VisibleFields(reflect.TypeFor[configs.Table]()) {
		key, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		keys[key] = true
	}
	for _, o := range readOptions() {
		err := fmt.Errorf("read: %w", o.err)
		for _, name := range []string{"cat", "inspect"} {
			if got := optionHint(command(t, name), err); !strings.HasPrefix(got, "`--"+o.flag+"`") {
				t.Errorf("%s: %s", name, got)
			}
		}
		got := optionHint(command(t, "convert"), err)
		key, _, _ := strings.Cut(o.key, ":")
		if !keys[key] || !strings.Contains(got, "`"+o.key+"`") || strings.Contains(got, "--") {
			t.Errorf("convert: %s; keys %v", got, keys)
		}
	}
}

// Messages of the packages below know no command: a flag that they name is convert's,
// unless it is another program's.
func TestMessagesNameFlagsOfConvert(t *testing.T) {
	t.Parallel()
	literal := regexp.MustCompile(`"(?:[^"\\]|\\.)*"`)
	flag := regexp.MustCompile(`(?:^|[ (,;])--([a-z][a-z-]+)`)
	others := regexp.MustCompile("`(?:zip|tar|xz|rhash|git|ulimit)[^`]*`")
	foreign := map[string]bool{"sparse": true} // of tar, in words
	convert := command(t, "convert")
	seen := 0
	for _, root := range []string{"../../stages", "../../pipeline", "../../configs", "../../schema"} {
		err := filepath.WalkDir(root, func(path string, _ fs.DirEntry, err error) error {
			if err != nil || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
				return err
			}
			source, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			for line := range strings.SplitSeq(string(source), "\n") {
				if strings.HasPrefix(strings.TrimSpace(line), "//") {
					continue
				}
				for _, text := range literal.FindAllString(line, -1) {
					for _, m := range flag.FindAllStringSubmatch(others.ReplaceAllString(text, ""), -1) {
						seen++
						if convert.Flags().Lookup(m[1]) == nil && convert.InheritedFlags().Lookup(m[1]) == nil && !foreign[m[1]] {
							t.Errorf("%s: convert has no --%s: %s", path, m[1], text)
						}
					}
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if seen == 0 {
		t.Error("no message with a flag was found")
	}
}
