// Package draft looks at the files of a dataset and writes a config for it.
//
//	walk       ─ every file once, by name                      walk.go
//	tables     ─ every kind that is read, told by content      tables.go
//	splits     ─ tables with the same columns, side by side    splits.go
//	columns    ─ what names files, holds images, or is a value paths.go, embedded.go
//	sides      ─ other tables, by keys that join               sides.go
//	sheet      ─ the config, with the reason for each line     sheet.go
//	proof      ─ it is loaded and planned on that data         prove.go
//
// Evidence decides, never a name alone: a column names files when its values, all of
// them, join with files that are there. Each line says how many did. What is not
// understood is said; what cannot be decided stands in the config as a comment, for a
// person to decide. The same files give the same config, whatever their order on disk.
//
// It never writes a file, never runs anything, and holds no images but those of a few
// sampled records.
package draft
