// Package join brings records and what they name together: a Template spells a
// file's name from a record's columns.
//
// The package opens no file, never writes, and knows no policy: whether a name
// is safe to open is the source's to say, and what happens to a record whose
// image is missing is decided elsewhere.
package join
