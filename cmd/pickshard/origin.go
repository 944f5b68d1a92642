package main

import (
	"errors"

	"github.com/pickshard/pickshard/pipeline"
	"github.com/pickshard/pickshard/stages"
)

// located lets an observer know from which of several pickles a broken record
// was read, also where only building its shard found that out.
func located(dataset *stages.Dataset, observe pipeline.Observer) pipeline.Observer {
	return func(e pipeline.Event) {
		if e.Violation != nil {
			e.Violation = locate(dataset, *e.Violation)
		}
		observe(e)
	}
}

func locate(dataset *stages.Dataset, v pipeline.Violation) *pipeline.Violation {
	if v.Origin.File == "" {
		v.Origin = dataset.Origin(v.Split, v.Row)
	}
	return &v
}

// locateAll does the same for the records that stopped a run.
func (j *openedJob) locateAll(err error) error {
	var broken *pipeline.ViolationsError
	if errors.As(err, &broken) {
		for i, v := range broken.First {
			broken.First[i] = *locate(j.dataset, v)
		}
	}
	return err
}
