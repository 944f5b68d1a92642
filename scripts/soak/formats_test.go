package soak

import (
	"testing"

	"github.com/pickshard/pickshard/pipeline"
	"github.com/pickshard/pickshard/pipeline/compare"
	"github.com/pickshard/pickshard/pipeline/pipelinetest"
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

// TestFormatListedLast: a format of another kind beside ours, last in the list, is
// built, verified and updated like them, and records are still told apart by the keys
// of the one that has some.
func TestFormatListedLast(t *testing.T) {
	convert := func(d *small) *pipelinetest.Disk {
		t.Helper()
		disk := pipelinetest.NewDisk()
		job := d.job(t, disk, d.files)
		job.Formats = append(formats(t), pipelinetest.Ledger{})
		job.Spec.Formats = job.Formats
		if _, err := job.Convert(t.Context()); err != nil {
			t.Fatal(err)
		}
		v := &pipeline.Verifier{Store: disk, Formats: job.Formats, Workers: 2, Progress: &pipeline.Progress{}}
		report, err := v.Verify(t.Context())
		if err != nil || len(report.Findings) > 0 {
			t.Fatalf("verify: %v, %v", report.Findings, err)
		}
		return disk
	}
	d, changed := newSmall(), newSmall()
	changed.tables["train"].Rows[3][4] = 0.25
	changed.put()
	old, fresh := convert(d), convert(changed)
	differ := &compare.Differ{Old: old, New: fresh, Formats: append(formats(t), pipelinetest.Ledger{}), MaxListed: 5}
	diff, err := differ.Diff(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if len(diff.Splits) != 1 || len(diff.Splits[0].Records) != 1 || diff.Splits[0].Records[0].Key != "train-000000003" {
		t.Errorf("%+v", diff.Splits)
	}
	job := changed.job(t, old, changed.files)
	job.Formats = append(formats(t), pipelinetest.Ledger{})
	job.Spec.Formats, job.Update = job.Formats, true
	if _, err := job.Convert(t.Context()); err != nil {
		t.Fatal(err)
	}
	equalFiles(t, "updated", old.Files(), fresh.Files())
}
