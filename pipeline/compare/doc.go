// Package compare tells two outputs apart: which shards, records and fields of one are
// not those of the other, and what of the conversions differs.
//
// Shards with the same digests are the same, so it reads only the others, through the
// formats' own readers, and matches records by what they hold or by a field.
//
// The package never writes, never looks at INPUT, and takes nothing a manifest says on
// trust: it reads shards as a stranger's.
package compare
