// Package validate says what a record must be: Checker looks at the bytes of an
// image (a known format, a sane size, intact by structure), CheckRecords at the
// columns of a split, eachDuplicate at the keys of a data set.
//
// An image's check is one pass over bytes that are in memory already, so that
// it can be made on every image of every run: chunks and their sums in a PNG,
// markers in a JPEG, lengths in a WebP, blocks in a GIF, and a look for the
// traces that broken copies leave behind. Where those alone do not decide, the
// Huffman codes of that one JPEG are walked; on request those of every JPEG, GIF
// and WebP are, and PNGs are inflated. What is right is what Pillow opens,
// as the Image feature of the library datasets does, and not what a
// specification says.
//
// The package keeps no pixels, never uses the registry of package image
// (whose contents depend on what else is linked in), never opens a file, keeps
// no bytes and decides nothing about what happens to a record that broke a rule.
package validate
