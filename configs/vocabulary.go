package configs

import (
	"regexp"

	"github.com/pickshard/pickshard/stages"
	"github.com/pickshard/pickshard/stages/write/webdataset"
)

// Formats lists the output formats that a configuration can name.
func Formats() []string {
	formats, err := stages.Formats(stages.FormatOptions{})
	if err != nil {
		return nil // the options left out are the defaults, which are right
	}
	names := make([]string, len(formats))
	for i, f := range formats {
		names[i] = f.Name()
	}
	return names
}

// Indexes lists the kinds of index that a configuration can ask for.
func Indexes() []string { return webdataset.IndexKinds() }

// Patterns of names, as regular expressions that Go and JSON Schema read alike.
const (
	// NamePattern is that of a dataset's name.
	NamePattern = `^[A-Za-z0-9][A-Za-z0-9._-]{0,95}$`
	// SplitPattern is what Hugging Face takes for a split (datasets: _split_re)
	// without its dots, which would cut WebDataset's keys short.
	SplitPattern = `^[A-Za-z0-9_]{1,64}$`
	// FieldPattern is that of a field's name; see schema.New.
	FieldPattern = `^[A-Za-z0-9_][A-Za-z0-9_-]*$`
	// VarPattern is that of a name under vars.
	VarPattern = `^[A-Za-z_][A-Za-z0-9_]*$`
	// TolerancePattern is that of a tolerance written as text; see
	// pipeline.ParseTolerance.
	TolerancePattern = `^([0-9]+|[0-9]+(\.[0-9]+)? *%)$`
	// SizePattern is that of a size written as text; see ParseSize.
	SizePattern = `^[0-9]+(\.[0-9]{1,9})? *([KMGT]i?B?|kB?|B)?$`
)

var (
	datasetName = regexp.MustCompile(NamePattern)
	splitName   = regexp.MustCompile(SplitPattern)
	varName     = regexp.MustCompile(VarPattern)
)
