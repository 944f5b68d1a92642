package soak

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// A protection is a piece of code that keeps a promise, and the test that must
// fail when it is taken out.
type protection struct {
	what, file, old, without, test string
}

func protections() []protection {
	const power, cut, update = "TestPowerGoesAtEveryOperation", "TestUpdateIsCutAtEveryOperation", "TestUpdateEqualsFreshConversion"
	return []protection{
		{"sync of a shard's file", "pipeline/build.go", "err = t.files[k].Sync()", "err = nil", power},
		{"sync of the folder of built files", "pipeline/build.go", "return t.Store.SyncDir(filesFolder)", "return nil", power},
		{"sync of records and manifest", "pipeline/commit.go", "err = f.Sync()", "err = nil", power},
		{"sync of folders with final names", "pipeline/finalize.go", "f.store.SyncDir(folder); err", "error(nil); folder == \"-\" || err", power},
		{"sync before _SUCCESS", "pipeline/finalize.go", "if err := s.SyncDir(\".\"); err != nil {\n\t\treturn err\n\t}\n\tfile, err", "file, err", power},
		{"a record's source", "pipeline/commit.go", "&& r.Source == source", "&& source != \"\"", "TestInputChangesBetweenRuns"},
		{"a record's files", "pipeline/commit.go", "&& r.filesThere(s)", "", "TestInputChangesBetweenRuns"},
		{"no final name before all is built", "pipeline/run.go", "if err := j.buildAll(ctx, planned, id.ID(), records, observe); err != nil {\n\t\treturn nil, err\n\t}", "_ = j.buildAll(ctx, planned, id.ID(), records, observe)", "TestEveryOperationFails"},
		{"no final name for a shard that failed", "pipeline/build.go", "if err := t.pass(ctx); err != nil || len(t.findings.out) > 0 {\n\t\treturn t.findings.out, err\n\t}", "_ = t.pass(ctx)", "TestEveryOperationFails"},
		{"interrupted calls blame no record", "pipeline/errno_unix.go", "syscall.EINTR, ", "", "TestEveryOperationFails"},
		{"the lock", "stages/store/folder/lock.go", "if !ok {\n\t\t\treturn nil, pipeline.ErrOutputBusy\n\t\t}", "_ = ok", "TestTwoAtOnce"},
		{"a second look under the lock", "pipeline/run.go", "found, err := j.look(id)\n\tif err != nil {\n\t\treturn nil, err\n\t}\n\tif j.Update", "found, err := outputState{}, error(nil)\n\tif j.Update", "TestAnotherRunFinishesBeforeTheLock"},
		{"a look before the lock", "pipeline/run.go", "found, err := j.look(id)\n\tif err != nil || found.whole", "found, err := outputState{}, error(nil)\n\tif err != nil || found.whole", "TestRefusedOutputsStayUntouched"},
		{"tool version in the identity", "pipeline/plan.go", ", partTool: p.Tool}", "}", "TestRefusedOutputsStayUntouched"},
		{"pickles are looked at again", "pipeline/finalize.go", "if err := f.unchanged(ctx); err != nil {\n\t\t\treturn nil, err\n\t\t}", "", "TestSourceChangesUnderneath"},
		{"moves where links are missing", "stages/store/folder/store.go", "case linksUnsupported(err):", "case false:", "TestNoHardLinks"},
		{"signals end a run in order", "cmd/pickshard/exit.go", "signal.Notify(ch, os.Interrupt, syscall.SIGTERM)", "", "TestSignals"},
		{"an update compares images", "pipeline/update.go", "return sh.Contents == images })", "return images != \"-\" })", update},
		{"an update compares records", "pipeline/content.go", "h.Write(line)\n\t\tline = line[:0]", "line = line[:0]", update},
		{"an update sweeps the old files", "pipeline/predecessor.go", "gone := maps.Clone(p.proven)", "gone := map[string]bool{}", update},
		{"an update leaves alone what it keeps", "pipeline/update.go", "old.kept.keep(ShardID{si, i}, rec, j.Spec.Formats)", "_ = si", update},
		{"an update takes the manifest away first", "pipeline/predecessor.go", "[]string{successName, manifestName}", "[]string{}", cut},
		{"an update keeps the old manifest", "pipeline/predecessor.go", "if err := putFile(s, oldName, p.manifest.raw, attempt); err != nil {\n\t\treturn err\n\t}", "", cut},
		{"an update replaces what it wrote alone", "pipeline/predecessor.go", "f.Bytes == size && f.CRC32C == sum }", "f.Bytes == size && sum != \"\" }", "TestUpdateLeavesWhatOthersChanged"},
		{"names in the manifest are where files of ours are", "pipeline/readback.go", "if !lists[f.Path] && (!folders[folder] || f.Path == folder) {", "if folders[folder] && f.Path == \"\" {", "TestUpdateReplacesNothingOfOthers"},
		{"names in the manifest are those that we give", "pipeline/predecessor.go", "if err := m.checkShards(j.known()); err != nil {", "if err := error(nil); err != nil {", "TestUpdateReplacesNothingOfOthers"},
		{"nothing of others is in the work folder", "pipeline/readback.go", "case !workFile.MatchString(name):\n\t\t\treturn nil, foreign(full)", "case false:", "TestOthersFilesInTheWorkFolder"},
		{"verify: no further than there are records", "pipeline/verify_walk.go", "more && row <= w.result.Rows", "(more || row >= 0) && row <= w.result.Rows", "TestRowsThatLie"},
		{"verify: the manifest's own digest", "pipeline/verify_manifest.go", "if !bytes.Equal(written, m.raw) {", "if !bytes.Equal(written, m.raw) && written == nil {", "TestEditedManifestIsFound"},
		{"verify: numbers that agree", "pipeline/verify_manifest.go", "if got != want {\n\t\tr.find(manifestName, \"%s is %d", "if got < -1 {\n\t\tr.find(manifestName, \"%s is %d", "TestEditedManifestIsFound"},
		{"verify: digests", "pipeline/verify_walk.go", "case text != f.want.CRC32C:", "case text == \"\":", "TestEditedManifestIsFound"},
		{"verify: digests of side files", "pipeline/verify.go", "case sum != want:", "case sum == \"\":", "TestEveryMutationIsFound"},
		{"verify: names", "pipeline/verify.go", "} else if !want[full] {", "} else if full == \"\" {", "TestEveryChangeOfNamesIsFound"},
		{"verify: formats agree", "pipeline/verify_walk.go", "diff != \"\" {\n\t\t\t\tw.find", "diff == \"-\" {\n\t\t\t\tw.find", "TestFormatsThatDisagreeAreFound"},
	}
}

// TestProtectionsAreNeeded takes out one protection after another and wants its
// test to fail: a test that passes without what it tests tests nothing.
func TestProtectionsAreNeeded(t *testing.T) {
	if !thorough() {
		t.Skip("builds and tests pickshard thirty times: make soak")
	}
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range protections() {
		t.Run(p.what, func(t *testing.T) {
			file := filepath.Join(root, filepath.FromSlash(p.file))
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if n := strings.Count(string(data), p.old); n != 1 {
				t.Fatalf("%s has %d places of %q", p.file, n, p.old)
			}
			flags := overlay(t, file, strings.Replace(string(data), p.old, p.without, 1))
			cmd := exec.CommandContext(t.Context(), "go", "test", "-count=1", "-timeout=10m", "-vet=off", "-run=^"+p.test+"$", "./scripts/soak")
			cmd.Dir = root
			cmd.Env = append(os.Environ(), "GOFLAGS="+flags, "PICKSHARD_SOAK=")
			out, err := cmd.CombinedOutput()
			switch {
			case err == nil:
				t.Errorf("without it, %s passes", p.test)
			case strings.Contains(string(out), "[build failed]"), strings.Contains(string(out), "NOT TESTED"):
				t.Errorf("nothing was tested: %s", out)
			default:
				t.Logf("%s: %s", p.test, firstFailure(string(out)))
			}
		})
	}
}

// TestProtectionsAreThere: each protection still stands once where it is said to
// stand, so that a change of the code that loses it is noticed before a soak.
func TestProtectionsAreThere(t *testing.T) {
	for _, p := range protections() {
		data, err := os.ReadFile(filepath.Join("..", "..", filepath.FromSlash(p.file)))
		if err != nil {
			t.Error(err)
		} else if n := strings.Count(string(data), p.old); n != 1 {
			t.Errorf("%s: %s has %d places of %q", p.what, p.file, n, p.old)
		}
	}
}

// overlay makes a -overlay flag that replaces a file.
func overlay(t *testing.T, file, text string) string {
	t.Helper()
	folder := t.TempDir()
	other := filepath.Join(folder, filepath.Base(file))
	write(t, other, text)
	list, err := json.Marshal(map[string]map[string]string{"Replace": {file: other}})
	if err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(folder, "overlay.json")
	write(t, name, string(list))
	return fmt.Sprintf("-overlay=%s", name)
}

// firstFailure is the first line of a test's output that tells what is wrong.
func firstFailure(out string) string {
	for line := range strings.Lines(out) {
		if strings.Contains(line, "_test.go:") || strings.HasPrefix(line, "panic:") {
			return strings.TrimSpace(line)
		}
	}
	return strings.TrimSpace(out)
}
