// Package joint lays out, writes and reads files in which samples stand one behind the
// other, found by a table of 32-bit places in front: the shards of MosaicML's MDS ("joint
// shards") and the chunks of Lightning's litData.
//
//	┌ n ─┬ places ──────┬ config ┬ sample 0 ───────────────────────────┬ sample 1 ─ …
//	│ u32 │ (n + 1) × u32 │ text   │ sizes, u32 each │ value │ value │ … │
//	└─────┴───────────────┴────────┴─────────────────────────────────────┴────────────
//
// All numbers are little-endian. A place is an offset in the file; the last is the file's
// end. Which values a sample has, how each is written, and whether its size stands in
// front is the format's to say: see Layout.
//
// All places follow from the records and the images' sizes, so that an image is written
// where it belongs as it comes. The package writes no index: those are the formats'.
package joint
