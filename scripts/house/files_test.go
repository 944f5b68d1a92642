package house

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// maxLines is what a reader can hold: one concept a file.
const maxLines = 500

var longFiles = []exception{}

func TestFilesAreShort(t *testing.T) {
	t.Parallel()
	for _, name := range files(t) {
		if !slices.Contains([]string{".go", ".py", ".sh", ".scala", ".java"}, path.Ext(name)) || excepted(longFiles, name, "length") {
			continue
		}
		if n := bytes.Count(read(t, name), []byte("\n")); n > maxLines {
			t.Errorf("%s: %d lines, at most %d: cut it where the subject changes", name, n, maxLines)
		}
	}
}

// The top of the repository is fixed; a new folder there is a decision of all.
func TestTopLevel(t *testing.T) {
	t.Parallel()
	allowed := []string{
		"cmd", "configs", "pipeline", "schema", "scripts", "stages",
		"README.md", "ARCHITECTURE.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md", "LICENSE", "Makefile", "go.mod", "go.sum",
	}
	for _, name := range files(t) {
		top, _, _ := strings.Cut(name, "/")
		if !strings.HasPrefix(top, ".") && !slices.Contains(allowed, top) {
			t.Errorf("%s: the top level is fixed", name)
		}
	}
}

// What must not be written down: folders of somebody's machine, and hosts that
// packages are fetched from, which are the business of each machine's own
// settings. Written in pieces here, so that the rule does not find itself.
var machines = regexp.MustCompile(`(^|[^\w.~/$}:-])/(` + strings.Join([]string{"work", "root", "Users"}, "|") + `)/[\w.]|/home/[a-z]\w*/`)

var registries = []string{
	"pypi" + ".org", "files.python" + "hosted.org", "proxy.golang" + ".org", "sum.golang" + ".org",
	"registry" + ".npmjs.org", "repo1" + ".maven.org", "repo" + ".maven.apache.org", "conda.anaconda" + ".org",
	"crates" + ".io", "rubygems" + ".org", "artifactory" + ".", "nexus" + "3",
}

func TestNoMachinesAndNoRegistries(t *testing.T) {
	t.Parallel()
	for _, name := range files(t) {
		data := read(t, name)
		if name == "LICENSE" || binary(data) {
			continue
		}
		line := 0
		for text := range bytes.Lines(data) {
			line++
			if m := machines.Find(text); m != nil {
				t.Errorf("%s:%d: %q is a folder of one machine", name, line, m)
			}
			for _, host := range registries {
				if bytes.Contains(text, []byte(host)) {
					t.Errorf("%s:%d: %s: registries are set on each machine", name, line, host)
				}
			}
		}
	}
}

func TestNothingBuiltIsTracked(t *testing.T) {
	t.Parallel()
	for _, name := range files(t) {
		switch path.Ext(name) {
		case ".exe", ".so", ".o", ".a", ".test", ".prof", ".pyc", ".tmp", ".orig", ".rej", ".bak":
			t.Errorf("%s: made by a tool, does not belong here", name)
		}
	}
}

func TestTextIsClean(t *testing.T) {
	t.Parallel()
	for _, name := range files(t) {
		data := read(t, name)
		if binary(data) || strings.Contains(name, "testdata/") || len(data) == 0 {
			continue
		}
		if bytes.Contains(data, []byte("\r\n")) {
			t.Errorf("%s: lines end with CR LF", name)
		}
		for _, mark := range []string{"<<<<<<" + "< ", ">>>>>>" + "> "} {
			if bytes.Contains(data, []byte("\n"+mark)) {
				t.Errorf("%s: a conflict is left in it", name)
			}
		}
		if path.Ext(name) != ".txtar" && data[len(data)-1] != '\n' {
			t.Errorf("%s: no newline at its end", name)
		}
	}
}

// The text of the Apache License 2.0 as its makers publish it.
func TestLicence(t *testing.T) {
	t.Parallel()
	sum := sha256.Sum256(read(t, "LICENSE"))
	if got := hex.EncodeToString(sum[:]); got != "c71d239df91726fc519c6eb72d318ec65820627232b2f796219e87dcf35d0ab4" {
		t.Errorf("LICENSE is not the text of Apache-2.0: SHA-256 %s", got)
	}
}
