// Package arrow reads Arrow IPC: files (also called Feather, version 2) and streams,
// such as Hugging Face datasets keeps tables in, with buffers plain or compressed with
// LZ4 or zstd. Messages are read in order, a record batch at a time, and given on in
// pieces, copied out of it, of the columns that are asked for.
//
// Files are untrusted. Before arrow-go's reader sees a message, its lengths are
// checked against the file, and what its buffers claim to unpack to against
// [read.Limits]; behind it, every array is checked whole. It never maps a file into
// memory, and reads no file of Feather's version 1.
package arrow
