// Package pickle reads Python pickles (protocols 0 to 5) into inert values.
//
// It is for files from strangers. It holds no interpreter and no import: a
// global (module, name) is a pair of strings looked up in a table compiled into
// this package. A pair outside the table is opaque: what is made of it is an object
// without a meaning, which readers refuse by name and byte offset ([GOpaque]); one that
// is known to run code is an error wherever it stands. REDUCE, NEWOBJ and BUILD only record what was called with what;
// nothing is ever called, imported, opened or fetched because a file says so.
//
// Work is done in two passes. [Scan] skips over the opcodes: it lists globals,
// finds which memo entries are ever fetched, checks every length against the
// bytes that are there and refuses opcodes that no table ever uses. [Decode]
// then runs the stack machine and fills a [Doc]: values of 16 bytes without
// pointers, over arenas that hold the text and bytes once, or over the mapped file
// itself ([Mapped]). A stream that can be read only once is decoded without the
// scan.
//
// It never executes anything, never allocates by a length the file claims but
// does not hold, never recurses on the file's nesting, never panics on input,
// never expands shared values (that is bounded by the caller, see [Limits]),
// and never writes a file.
package pickle
