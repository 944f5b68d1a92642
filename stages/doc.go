// Package stages is the list of what pickshard can read and write, and the
// wiring of a data set's stages: Dataset reads a split through
// read/pandas, join and validate into the records that package pipeline plans
// with; Formats lists the output formats.
//
// It adds no behaviour of its own: a new format is one package and one line
// here.
package stages
