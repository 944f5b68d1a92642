package soak

import (
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestSameBytes converts the same input under everything that must not matter,
// and wants the same files.
func TestSameBytes(t *testing.T) {
	input := demoInput(t)
	args := func(in, out string, more ...string) []string {
		return append([]string{"convert", "pick-high", in, out, "--shard-rows", "7", "-q"}, more...)
	}
	first := filepath.Join(t.TempDir(), "first")
	mustPickshard(t, args(input, first)...)
	want := tree(t, first)
	same := func(what string, cmd func(output string) *exec.Cmd) {
		t.Helper()
		output := filepath.Join(fastDir(t), "another place", "ö", "out")
		if o := runCommand(t, cmd(output)); o.code != 0 {
			t.Errorf("%s: exit code %d: %s", what, o.code, o.errOut)
		}
		equalFiles(t, what, tree(t, output), want)
	}
	for _, more := range [][]string{
		{"--workers", "1"}, {"--workers", "2"}, {"--workers", "7"}, {"--memory", "1MiB"}, {"--memory", "3MB"}, {"--memory", "1GiB", "--workers", "16"},
		{"--format", "webdataset,parquet,arrow"},
	} {
		same(strings.Join(more, " "), func(out string) *exec.Cmd { return commandContext(t.Context(), t, args(input, out, more...)...) })
	}
	for _, env := range []string{
		"GOMAXPROCS=1", "GOMAXPROCS=13", "TZ=Asia/Kathmandu", "TZ=America/St_Johns", "LANG=tr_TR.UTF-8", "LC_ALL=de_DE.ISO-8859-1", "GOGC=1",
		"GODEBUG=randseednop=0", "HOME=/nonexistent", "NO_COLOR=1",
	} {
		same(env, func(out string) *exec.Cmd {
			cmd := commandContext(t.Context(), t, args(input, out)...)
			cmd.Env = append(os.Environ(), env)
			return cmd
		})
	}
	reversed := reversedCopy(t, input)
	same("folders in another order, other times, another place", func(out string) *exec.Cmd {
		return commandContext(t.Context(), t, args(reversed, out)...)
	})
	for _, flags := range otherBuilds() {
		other, err := build(filepath.Join(t.TempDir(), "other"), flags...)
		if err != nil {
			t.Fatal(err)
		}
		same("built with "+strings.Join(flags, " "), func(out string) *exec.Cmd {
			return exec.CommandContext(t.Context(), other, args(input, out)...)
		})
	}
	formatsAlone(t, input, args, want)
}

// otherBuilds are flags of builds that must write the same. But for the first they compile
// every package once more, which takes minutes.
func otherBuilds() [][]string {
	builds := [][]string{{"-ldflags=-s -w"}}
	if thorough() {
		builds = append(builds, []string{"-trimpath", "-ldflags=-s -w"}, []string{"-gcflags=all=-N -l"}, []string{"-tags=purego,noasm"})
	}
	return builds
}

// formatsAlone converts to each format alone: its folder must be the same; the
// manifest tells of fewer files.
func formatsAlone(t *testing.T, input string, args func(in, out string, more ...string) []string, want map[string]string) {
	t.Helper()
	for _, format := range []string{"parquet", "arrow", "webdataset"} {
		output := filepath.Join(fastDir(t), "alone")
		mustPickshard(t, args(input, output, "--format", format)...)
		of := func(name, _ string) bool { return !strings.HasPrefix(name, format+"/") }
		got, part := tree(t, output), maps.Clone(want)
		maps.DeleteFunc(got, of)
		maps.DeleteFunc(part, of)
		if len(part) == 0 {
			t.Errorf("%s: no files", format)
		}
		equalFiles(t, format+" alone", got, part)
	}
}

// reversedCopy copies a folder with the files made in the reverse order.
func reversedCopy(t *testing.T, root string) string {
	t.Helper()
	files := tree(t, root)
	names := slices.Sorted(maps.Keys(files))
	slices.Reverse(names)
	folder := filepath.Join(t.TempDir(), fmt.Sprint(len(names)))
	for _, name := range names {
		write(t, filepath.Join(folder, filepath.FromSlash(name)), files[name])
	}
	return folder
}
