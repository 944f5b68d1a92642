package pipeline

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
)

// A Reporter makes the page for people of an output from its manifest and shards. The
// same output gives the same bytes.
type Reporter interface {
	Report(ctx context.Context, o *Output) ([]byte, error)
}

// reportPrefix begins the name that a page has in the work folder: it is made before the
// first shard gets its final name, since it is made from all of them, and a run that was
// cut short after that finds it there.
const reportPrefix = workFolder + "/report-"

// maxReportBytes bounds a page that is read back.
const maxReportBytes = 64 << 20

// addReport makes the page of what m tells, or takes the one that an earlier run made.
func (f *finalizer) addReport(ctx context.Context, m *Manifest) error {
	if f.reporter == nil {
		return nil
	}
	name, err := reportAttempt(m)
	if err != nil {
		return err
	}
	page, err := f.store.ReadFile(name, maxReportBytes)
	if errors.Is(err, fs.ErrNotExist) {
		if page, err = f.makeReport(ctx, m); err != nil {
			return err
		}
		err = putFile(f.store, name, page, newAttempt())
	}
	if err != nil {
		return err
	}
	m.addFile(ReportName, page)
	return nil
}

// reportAttempt names a page by what it is made of: all of the manifest but what has no
// part in records, so that the settings of the run that made it hold.
func reportAttempt(m *Manifest) (string, error) {
	made := *m
	made.Config, made.Files = []byte("null"), nil
	data, err := made.bytes()
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(data)
	return reportPrefix + hex.EncodeToString(sum[:8]) + ".html", nil
}

func (f *finalizer) makeReport(ctx context.Context, m *Manifest) ([]byte, error) {
	o, err := newOutput(f.store, f.spec.Formats, m, f.builtAt())
	if err != nil {
		return nil, err
	}
	page, err := f.reporter.Report(ctx, o)
	if err != nil {
		return nil, fmt.Errorf("make %s: %w", ReportName, err)
	}
	return page, nil
}

// sameReport gives a manifest the page of another: the caller compares the rest, which
// it is made of.
func (m *Manifest) sameReport(r Reporter, of *Manifest) {
	for _, file := range of.Files {
		if r != nil && file.Path == ReportName {
			m.Files = append(m.Files, file)
		}
	}
}
