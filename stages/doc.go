// Package stages is the list of what pickshard can read and write, and the
// wiring of a data set's stages: Dataset reads a split through a reader of its
// files' kind, join and validate into the records that package pipeline plans
// with; Readers lists the kinds of files, Formats the output formats.
//
// It adds no behaviour of its own: a new format is one package and one line
// here.
package stages
