package webdataset

import (
	"github.com/pickshard/pickshard/pipeline"
)

// SideFiles returns the dataset card. (Filled in below.)
func (*Format) SideFiles(d *pipeline.Dataset) ([]pipeline.SideFile, error) { return nil, nil }
