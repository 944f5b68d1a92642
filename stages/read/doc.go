// Package read is what the readers of tables have in common: one interface, one set
// of options, one conversion to the types that are wanted, and the same limits and
// errors, whatever the file.
//
// A file is first opened as a [File], which takes its packing off. A [Reader] that
// knows its kind by its content reads it whole ([Reader.Read], a [Result]) or batch
// by batch ([Reader.Look], a [Table]), only the columns that are asked for. Most
// readers are made by [Stream] of a [Format], which gives rows as the file has them:
// of the file's own Arrow types, as text (csv), or as JSON. What becomes of a value
// is then the same for all of them:
//
//   - A conversion is safe: no digit, byte or instant is lost. Integers go into any
//     width that holds them, and into floats that are exactly as large; whole floats
//     up to 2^53 are integers; dates and timestamps change their unit where that is
//     exact; text, a dictionary's value or an index is a class; all null is anything;
//     any value is JSON. Lists, structs and maps convert part by part.
//   - What a file can only spell as text, as csv does with all of it and JSON with
//     dates, is read from that spelling.
//   - [Lossless] asks for more: text to and from numbers, booleans, dates and times,
//     text of JSON to lists and structs.
//   - A cell that cannot be the type is null, and a [Misfit] that names it.
//
// Nothing in a file is run, no file is written but a temporary one for what must be
// read out of order, and nothing is kept in memory but the columns that are asked
// for, of a [Table] only a batch of them.
package read
