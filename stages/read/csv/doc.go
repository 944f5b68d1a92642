// Package csv reads comma-separated values: RFC 4180, with tabs, semicolons or bars in
// place of commas, as Python's csv module and pandas read it. The first record is the
// header. Every value is text, an empty one is null, and what it is read as is the
// business of package read.
//
// Where RFC 4180 leaves things open, or programs go their own ways: lines end with LF,
// CRLF or CR, and stay as they are inside of quotes; lines with nothing at all are
// passed over; a quote inside of a value that does not begin with one stands for
// itself; a byte order mark is dropped; columns without a name are called "Unnamed: 0",
// as pandas does. Records of another length than the header, text behind a closing
// quote, bytes that are not UTF-8 and a quote that never ends are errors that name the
// line.
//
// Of a file without a header, whose columns the caller names, the fields may be separated
// by single blanks where nothing else separates them.
//
// encoding/csv turns CRLF inside of quotes into LF, which changes values, takes no CR
// and holds what follows a quote that never ends; so the package has its own scanner.
// It never guesses encodings, comments, decimal commas or thousands separators.
package csv
