package main

import (
	"runtime/debug"
	"testing"
)

// TestStamp wants the commit from whatever Go knows: of a clone, or of a module
// that was fetched.
func TestStamp(t *testing.T) {
	t.Parallel()
	const revision = "0123456789abcdef0123456789abcdef01234567"
	for _, c := range []struct {
		name string
		info debug.BuildInfo
		want build
	}{
		{"a clone", debug.BuildInfo{Main: debug.Module{Version: "(devel)"}, Settings: []debug.BuildSetting{{Key: "vcs.revision", Value: revision}, {Key: "vcs.modified", Value: "true"}}}, build{Commit: revision, Modified: true}},
		{"a branch, no tag before it", debug.BuildInfo{Main: debug.Module{Version: "v0.0.0-20261127201500-0123456789ab"}}, build{Commit: "0123456789ab"}},
		{"a branch, a tag before it", debug.BuildInfo{Main: debug.Module{Version: "v0.1.1-0.20261127201500-0123456789ab+dirty"}}, build{Commit: "0123456789ab"}},
		{"a tag", debug.BuildInfo{Main: debug.Module{Version: "v0.1.0"}}, build{}},
		{"nothing", debug.BuildInfo{Main: debug.Module{Version: "(devel)"}}, build{}},
	} {
		var got build
		if got.stamp(&c.info); got != c.want {
			t.Errorf("%s: %+v, want %+v", c.name, got, c.want)
		}
	}
	b := build{Version: "1.2.3", Commit: revision, Modified: true, Go: "go1.26", Platform: "linux/amd64"}
	if got, want := b.String(), "pickshard 1.2.3 (commit 0123456789ab, modified, go1.26, linux/amd64)"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}
