// Package packed takes the packing off files of records: gzip, bzip2, xz and zstd,
// zip and tar archives of one file, and compressed tars. What is packed is told from
// its first bytes, never from its name.
//
// Files are untrusted: the sizes that headers claim are bounded before memory of
// that size is asked for, and what a stream may expand to is bounded by what went in
// ([Limits]). It never writes a file and never follows a link of an archive.
package packed
