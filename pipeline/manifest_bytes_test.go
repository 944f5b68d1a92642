package pipeline

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"testing"
)

// TestManifestBytes: a manifest that is written shard by shard is what one encoder would
// write at once, digest and all.
func TestManifestBytes(t *testing.T) {
	t.Parallel()
	shard := func(n int) ShardResult {
		return ShardResult{Rows: int64(n), FirstKey: "<&>\u2028\"splits\": null", Files: []ShardFile{{Path: fmt.Sprintf("a-%d", n), Bytes: 3}}}
	}
	trap := json.RawMessage(`{"splits":null,"shards":null,"manifest_sha256":""}`)
	for i, m := range []*Manifest{
		{},
		{Version: 1, Splits: []ManifestSplit{}},
		{Config: trap, Splits: []ManifestSplit{{Name: "none"}, {Name: "empty", Shards: []ShardResult{}}}},
		{Config: trap, Digest: "old", Splits: []ManifestSplit{{Name: "\n  \"splits\": null", Shards: []ShardResult{shard(0)}}, {Name: "two", Shards: []ShardResult{shard(1), {}, shard(2)}}}},
		{Files: []ManifestFile{{Path: "x"}}, Splits: []ManifestSplit{{Name: "one", Dropped: map[string]int64{"b": 1, "a": 2}, Shards: []ShardResult{shard(3)}}}},
	} {
		got, err := m.bytes()
		if err != nil {
			t.Fatal(err)
		}
		whole := *m
		whole.Digest = ""
		want, err := marshalIndent(&whole)
		if err != nil {
			t.Fatal(err)
		}
		sum := sha256.Sum256(want)
		whole.Digest = hex.EncodeToString(sum[:])
		if want, err = marshalIndent(&whole); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want) {
			t.Errorf("%d: got %s, want %s", i, got, want)
		}
	}
}
