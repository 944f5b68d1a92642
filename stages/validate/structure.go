package validate

import "github.com/pickshard/pickshard/pipeline"

func readHead(format string, data []byte) (pipeline.Head, *pipeline.Fault) {
	return pipeline.Head{Format: format, Width: 1, Height: 1}, nil
}

func checkStructure(format string, data []byte) *pipeline.Fault { return nil }
