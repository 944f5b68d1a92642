// Package schema says what a record is: its fields, in order, and their types.
// It holds the one mapping of those types to Arrow (arrow.go), the one to
// Hugging Face features (huggingface.go) the one to JSON values (json.go), and the one
// place that compares, digests and copies values (value.go).
//
// It never reads or writes a file, knows no output format's layout and no
// configuration syntax.
package schema
