package soak

import (
	"testing"

	"github.com/pickshard/pickshard/pipeline"
	"github.com/pickshard/pickshard/stages/write/arrow"
	"github.com/pickshard/pickshard/stages/write/parquet"
	"github.com/pickshard/pickshard/stages/write/webdataset"
)

// formats returns all output formats.
func formats(t testing.TB) []pipeline.Format {
	t.Helper()
	p, err := parquet.New(parquet.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return []pipeline.Format{p, arrow.New(), webdataset.New()}
}
