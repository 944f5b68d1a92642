package soak

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
)

// shardsBy1 is a conversion to many small shards.
func shardsBy1(input, output string, more ...string) []string {
	return append([]string{"convert", "pick-high", input, output, "--shard-rows", "1"}, more...)
}

// reference converts the demo undisturbed.
func reference(t *testing.T, input string) map[string]string {
	t.Helper()
	whole := filepath.Join(fastDir(t), "whole")
	mustPickshard(t, shardsBy1(input, whole)...)
	return tree(t, whole)
}

// mount mounts something for the length of a test, or skips it, loudly.
func mount(t *testing.T, args ...string) string {
	t.Helper()
	folder := t.TempDir()
	cmd := exec.Command("mount", append(args, folder)...)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Skipf("NOT TESTED: mount %s: %v: %s", strings.Join(args, " "), err, out)
	}
	t.Cleanup(func() {
		if out, err := exec.Command("umount", folder).CombinedOutput(); err != nil {
			t.Errorf("umount: %v: %s", err, out)
		}
	})
	return folder
}

// needsRoot skips where file systems cannot be mounted.
func needsRoot(t *testing.T) {
	t.Helper()
	if runtime.GOOS != "linux" || os.Getuid() != 0 {
		t.Skip("NOT TESTED: mounting file systems needs root on Linux")
	}
}

// TestDiskIsFull converts to a file system that is too small, whatever its size:
// one that cannot hold the shards is refused before anything is written, one that
// seemed large enough with the file and the reason; nothing final is there, and
// after the disk has grown the same command completes.
func TestDiskIsFull(t *testing.T) {
	needsRoot(t)
	input := demoInput(t)
	want := reference(t, input)
	for _, size := range []string{"4k", "64k", "300k", "1m", "2500k", "4m"} {
		folder := mount(t, "-t", "tmpfs", "-o", "size="+size, "tmpfs")
		output := filepath.Join(folder, "out")
		o := pickshard(t, shardsBy1(input, output)...)
		refused := strings.Contains(o.errOut, "are free there")
		if size == "4m" {
			refused = strings.Contains(o.errOut, "no space left on device") && strings.Contains(o.errOut, ".pickshard")
		}
		if o.code != 1 || !refused {
			t.Errorf("%s: exit code %d: %s", size, o.code, o.errOut)
		}
		checkFinal(t, "disk of "+size, tree(t, output), want)
		if out, err := exec.Command("mount", "-o", "remount,size=64m", folder).CombinedOutput(); err != nil {
			t.Fatalf("remount: %v: %s", err, out)
		}
		mustPickshard(t, shardsBy1(input, output)...)
		equalFiles(t, "disk of "+size+", grown", tree(t, output), want)
	}
}

// TestDiskIsReadOnly wants a plain refusal.
func TestDiskIsReadOnly(t *testing.T) {
	needsRoot(t)
	input := demoInput(t)
	folder := mount(t, "-t", "tmpfs", "-o", "ro", "tmpfs")
	for _, output := range []string{folder, filepath.Join(folder, "out")} {
		o := pickshard(t, shardsBy1(input, output)...)
		if o.code != 1 || !strings.Contains(o.errOut, "read-only file system") {
			t.Errorf("exit code %d: %s", o.code, o.errOut)
		}
	}
}

// TestDiskWithoutHardLinks converts, updates and verifies on real FAT and exFAT
// file systems.
func TestDiskWithoutHardLinks(t *testing.T) {
	needsRoot(t)
	input := demoInput(t)
	want := reference(t, input)
	for _, kind := range []string{"vfat", "exfat"} {
		t.Run(kind, func(t *testing.T) {
			image := filepath.Join(t.TempDir(), "disk")
			if err := os.WriteFile(image, nil, 0o666); err != nil {
				t.Fatal(err)
			}
			if err := os.Truncate(image, 64<<20); err != nil {
				t.Fatal(err)
			}
			if out, err := exec.Command("mkfs."+kind, image).CombinedOutput(); err != nil {
				t.Skipf("NOT TESTED: mkfs.%s: %v: %s", kind, err, out)
			}
			folder := mount(t, "-o", "loop", "-t", kind, image)
			if err := os.WriteFile(filepath.Join(folder, "a"), nil, 0o666); err != nil {
				t.Fatal(err)
			}
			if os.Link(filepath.Join(folder, "a"), filepath.Join(folder, "b")) == nil {
				t.Skipf("NOT TESTED: %s has hard links here", kind)
			}
			output := filepath.Join(folder, "out")
			mustPickshard(t, shardsBy1(input, output)...)
			equalFiles(t, kind, tree(t, output), want)
			mustPickshard(t, "verify", output)
			// Another cut of the shards, and back: every name changes.
			mustPickshard(t, "convert", "pick-high", input, output, "--shard-rows", "2", "--update")
			mustPickshard(t, shardsBy1(input, output, "--update")...)
			equalFiles(t, kind+" after updates", tree(t, output), want)
		})
	}
}

// TestTemporaryFolderIsNotUsed converts with a temporary folder that does not
// exist, to an OUTPUT on another device than the input.
func TestTemporaryFolderIsNotUsed(t *testing.T) {
	input := demoInput(t)
	want := reference(t, input)
	output := filepath.Join(t.TempDir(), "out")
	cmd := commandContext(t.Context(), t, shardsBy1(input, output)...)
	cmd.Env = append(os.Environ(), "TMPDIR="+filepath.Join(t.TempDir(), "missing"))
	if o := runCommand(t, cmd); o.code != 0 {
		t.Errorf("exit code %d: %s", o.code, o.errOut)
	}
	equalFiles(t, "without a temporary folder", tree(t, output), want)
}

// TestTwoAtOnce starts the same conversion several times on one OUTPUT: each
// succeeds or says that another is at work, and the result is whole.
func TestTwoAtOnce(t *testing.T) {
	input := demoInput(t)
	want := reference(t, input)
	rounds := 12
	if thorough() {
		rounds = 200
	}
	succeeded, busy := 0, 0
	for range rounds {
		output := filepath.Join(fastDir(t), "out")
		outcomes := make([]outcome, 3)
		var wg sync.WaitGroup
		for i := range outcomes {
			wg.Go(func() { outcomes[i] = pickshard(t, shardsBy1(input, output)...) })
		}
		wg.Wait()
		whole := 0
		for _, o := range outcomes {
			switch {
			case o.code == 0:
				whole++
			case o.code == 1 && strings.Contains(o.errOut, "another pickshard process is writing this output folder"):
				busy++
			default:
				t.Errorf("exit code %d: %s", o.code, o.errOut)
			}
		}
		if whole == 0 {
			t.Error("none of three succeeded")
		}
		succeeded += whole
		equalFiles(t, "three at once", tree(t, output), want)
		if t.Failed() {
			t.FailNow()
		}
	}
	t.Logf("%d succeeded, %d stood back", succeeded, busy)
}

// TestRefusedOutputsStayUntouched gives outputs that are not this conversion's:
// other config, another input, unfinished ones too, made by hand, by another
// version.
func TestRefusedOutputsStayUntouched(t *testing.T) {
	input := demoInput(t)
	done := filepath.Join(t.TempDir(), "done")
	mustPickshard(t, shardsBy1(input, done)...)
	other := strings.Replace(tree(t, done)["manifest.json"], `"tool version": "`, `"tool version": "other `, 1)
	for what, c := range map[string]struct {
		prepare func(output string)
		args    []string
		says    string
	}{
		"another config":  {func(o string) { copyTree(t, done, o) }, []string{"--shuffle", "3"}, "different config"},
		"other shards":    {func(o string) { copyTree(t, done, o) }, []string{"--shard-rows", "2"}, "different config, shards"},
		"fewer formats":   {func(o string) { copyTree(t, done, o) }, []string{"--format", "arrow"}, "formats"},
		"another version": {func(o string) { copyTree(t, done, o); write(t, filepath.Join(o, "manifest.json"), other) }, nil, "different tool version"},
		"made by hand":    {func(o string) { write(t, filepath.Join(o, "notes.txt"), "mine") }, nil, "holds something else: notes.txt"},
		"another tool's":  {func(o string) { write(t, filepath.Join(o, "manifest.json"), `{"shards": 3}`) }, nil, "holds something else"},
		"only _SUCCESS":   {func(o string) { write(t, filepath.Join(o, "_SUCCESS"), "") }, nil, "holds something else: _SUCCESS"},
	} {
		output := filepath.Join(t.TempDir(), "out")
		c.prepare(output)
		before := tree(t, output)
		o := pickshard(t, shardsBy1(input, output, c.args...)...)
		if o.code != 1 || !strings.Contains(o.errOut, c.says) {
			t.Errorf("%s: exit code %d, want 1 and %q: %s", what, o.code, c.says, o.errOut)
		}
		equalFiles(t, what, tree(t, output), before)
	}
}

func write(t testing.TB, name, data string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(data), 0o666); err != nil {
		t.Fatal(err)
	}
}

func copyTree(t testing.TB, from, to string) {
	t.Helper()
	if err := os.CopyFS(to, os.DirFS(from)); err != nil {
		t.Fatal(err)
	}
}
