// Package jsontext reads values back from the JSON that formats hold them in, and from the
// text of a value that stands by itself. It treats the text as untrusted: what a value
// may take in memory is bounded by its text, and by 256 MiB for nulls.
//
// It writes no JSON of its own: that is schema.AppendJSON.
package jsontext
