package main

import (
	"bytes"
	"os"
	"testing"
)

func TestCommittedRulesAreFresh(t *testing.T) {
	t.Parallel()
	got, err := os.ReadFile("../rules.md")
	if err != nil {
		t.Fatal(err)
	}
	want, err := generateRules("")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Error("configs/rules.md is stale: run make gen")
	}
}
