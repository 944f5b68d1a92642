//go:build linux

package soak

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// traced runs the program under strace, which writes down system calls and can
// make them fail.
func traced(t *testing.T, options []string, args ...string) (o outcome, trace string) {
	t.Helper()
	strace, err := exec.LookPath("strace")
	if err != nil {
		t.Skip("NOT TESTED: strace is not installed")
	}
	log := filepath.Join(t.TempDir(), "trace")
	all := append([]string{"-f", "-qq", "-y", "-s", "256", "-o", log}, options...)
	o = runCommand(t, exec.CommandContext(t.Context(), strace, append(append(all, program(t)), args...)...))
	if strings.Contains(o.errOut, "ptrace") {
		t.Skipf("NOT TESTED: strace may not trace here: %s", o.errOut)
	}
	data, err := os.ReadFile(log)
	if err != nil {
		t.Fatal(err)
	}
	return o, string(data)
}

// TestOrderOnDisk reads from a trace of the real program that each shard is
// written, synced, its folder synced, recorded (written, synced, linked, folder
// synced), and that final names, manifest and _SUCCESS come in that order.
func TestOrderOnDisk(t *testing.T) {
	input := demoInput(t)
	output := filepath.Join(t.TempDir(), "out")
	o, trace := traced(t, []string{"-e", "trace=openat,pwrite64,fsync,fdatasync,linkat,unlinkat"},
		"convert", "pick-high", input, output, "--workers", "1", "--split", "test", "--format", "parquet")
	if o.code != 0 {
		t.Fatalf("exit code %d: %s", o.code, o.errOut)
	}
	trace = beneath.ReplaceAllString(trace, `"$1/`)
	const attempt, record = `\.pickshard/files/test-00000-of-00001\.[a-z0-9]+\.parquet`, `\.pickshard/files/[a-z0-9]+\.test-00000-of-00001\.json`
	after(t, trace,
		`openat.*`+attempt+`.*O_CREAT`, `pwrite64.*`+attempt, `fsync.*`+attempt, `fsync.*\.pickshard/files>`,
		`openat.*`+record+`.*O_CREAT`, `pwrite64.*`+record, `fsync.*`+record,
		`linkat.*`+record+`.*\.pickshard/shards/test-00000-of-00001\.json`, `fsync.*\.pickshard/shards>`,
		`linkat.*`+attempt+`.*parquet/data/test-00000-of-00001\.parquet`, `fsync.*parquet/data>`,
		`linkat.*manifest\.json"`, `fsync.*/out>`,
		`unlinkat.*`+attempt, `unlinkat.*\.pickshard"`, `fsync.*/out>`,
		`openat.*_SUCCESS.*O_CREAT`, `fsync.*/out>`,
	)
	// Nothing is written to an attempt after it was synced.
	lines := strings.Split(trace, "\n")
	synced := slices.IndexFunc(lines, regexp.MustCompile(`fsync.*`+attempt).MatchString)
	for _, line := range lines[synced:] {
		if regexp.MustCompile(`pwrite64.*` + attempt).MatchString(line) {
			t.Errorf("written after its sync: %s", line)
		}
	}
}

// beneath is a name in a folder that is open, as strace writes it.
var beneath = regexp.MustCompile(`\d+<([^>]+)>, "`)

// after wants lines that match the patterns, in that order.
func after(t *testing.T, trace string, patterns ...string) {
	t.Helper()
	lines := strings.Split(trace, "\n")
	for _, p := range patterns {
		i := slices.IndexFunc(lines, regexp.MustCompile(p).MatchString)
		if i < 0 {
			t.Fatalf("no %s after what came before, in\n%s", p, trace)
		}
		lines = lines[i+1:]
	}
}

// TestSystemCallsFail lets system calls of the real program fail: a device that
// breaks, a disk that is full. The error names the file, step and reason; the
// same command again completes. strace counts calls thread by thread, and how many
// each makes is chance: where none came to the last of them, nothing has failed.
func TestSystemCallsFail(t *testing.T) {
	input := demoInput(t)
	want := reference(t, input)
	for _, call := range []struct{ inject, reason, step string }{
		{"pwrite64:error=ENOSPC:when=%d", "no space left on device", "write "},
		{"fsync:error=EIO:when=%d", "input/output error", "sync "},
		{"linkat:error=EIO:when=%d", "input/output error", "publish "},
	} {
		for _, n := range fewer([]int{2, 40, 1, 7, 80}) {
			inject := fmt.Sprintf(call.inject, n)
			output := filepath.Join(fastDir(t), "out")
			o, trace := traced(t, []string{"-e", "trace=pwrite64,fsync,linkat", "-e", "inject=" + inject}, shardsBy1(input, output)...)
			if n > 2 && o.code == 0 && !strings.Contains(trace, "(INJECTED)") {
				t.Logf("%s: no thread made so many", inject)
				equalFiles(t, inject, tree(t, output), want)
				continue
			}
			if o.code != 1 || !strings.Contains(o.errOut, call.reason) || !regexp.MustCompile(call.step+`(folder )?\S*(out|-of-|\.pickshard)`).MatchString(o.errOut) {
				t.Errorf("%s: exit code %d: %s", inject, o.code, o.errOut)
			}
			checkFinal(t, inject, tree(t, output), want)
			mustPickshard(t, shardsBy1(input, output)...)
			equalFiles(t, inject+", and again", tree(t, output), want)
		}
	}
}

// TestNoHardLinks lets every link fail as FAT does: files are moved to their
// final names instead, and an update moves them on.
func TestNoHardLinks(t *testing.T) {
	input := demoInput(t)
	want := reference(t, input)
	for _, reason := range []string{"EPERM", "EOPNOTSUPP"} {
		noLinks := []string{"-e", "trace=linkat,renameat2,renameat", "-e", "inject=linkat:error=" + reason}
		output := filepath.Join(fastDir(t), "out")
		for _, more := range [][]string{nil, {"--update", "--shard-rows", "3"}, {"--update"}} {
			o, trace := traced(t, noLinks, shardsBy1(input, output, more...)...)
			if o.code != 0 {
				t.Fatalf("%s %v: exit code %d: %s", reason, more, o.code, o.errOut)
			}
			if !strings.Contains(trace, "RENAME_NOREPLACE") {
				t.Errorf("%s %v: no file was moved", reason, more)
			}
			mustPickshard(t, "verify", output)
		}
		equalFiles(t, "without hard links", tree(t, output), want)
	}
}
