package main

import (
	"github.com/pickshard/pickshard/pipeline"
	"github.com/pickshard/pickshard/stages"
	"github.com/pickshard/pickshard/stages/store/folder"
)

// openOutput opens a finished output to be read; done closes its folder.
func openOutput(path string) (o *pipeline.Output, done func() error, err error) {
	if err := isOutput(path); err != nil {
		return nil, nil, err
	}
	formats, err := stages.Formats(stages.FormatOptions{})
	if err != nil {
		return nil, nil, err
	}
	store := folder.New(path)
	if o, err = pipeline.OpenOutput(store, formats); err != nil {
		return nil, nil, joinClose(err, store.Close)
	}
	return o, store.Close, nil
}
