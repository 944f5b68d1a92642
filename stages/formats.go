package stages

import (
	"fmt"

	"github.com/pickshard/pickshard/pipeline"
	"github.com/pickshard/pickshard/stages/write/arrow"
	"github.com/pickshard/pickshard/stages/write/litdata"
	"github.com/pickshard/pickshard/stages/write/mds"
	"github.com/pickshard/pickshard/stages/write/parquet"
	"github.com/pickshard/pickshard/stages/write/webdataset"
)

// FormatOptions are the formats' settings that users can change.
type FormatOptions struct {
	Parquet    parquet.Options
	WebDataset webdataset.Options
}

// Formats lists the output formats. It is the only list: help texts, the config
// and verification follow from it.
func Formats(o FormatOptions) ([]pipeline.Format, error) {
	p, err := parquet.New(o.Parquet)
	if err != nil {
		return nil, err
	}
	return []pipeline.Format{p, arrow.New(), webdataset.With(o.WebDataset), mds.New(), litdata.New()}, nil
}

// DefaultFormats names the formats that are written where none is asked for: those that
// most consumers read.
func DefaultFormats() []string { return []string{"parquet", "arrow", "webdataset"} }

// PickFormats returns the named formats, in the list's order.
func PickFormats(o FormatOptions, names []string) ([]pipeline.Format, error) {
	want := make(map[string]bool, len(names))
	for _, n := range names {
		want[n] = true
	}
	all, err := Formats(o)
	if err != nil {
		return nil, err
	}
	var picked []pipeline.Format
	for _, f := range all {
		if want[f.Name()] {
			picked = append(picked, f)
			delete(want, f.Name())
		}
	}
	for n := range want {
		return nil, fmt.Errorf("no output format %q", n)
	}
	return picked, nil
}
