// Package parquet writes shards as Apache Parquet files, and reads them back to
// verify them.
//
// It is made for records with large images. Every image's place in the file is
// worked out from sizes alone, before an image is read; then each image goes to
// its place with one positioned write, in any order, from any goroutine. So no
// row group is ever held in memory, and the bytes of the file are a function of
// the records alone.
//
//	PAR1
//	row group 0
//	  prompt       [dictionary page] data page, data page, ...       snappy
//	  image.bytes  page: header, levels, length, image               plain
//	               page: header, levels, length, image, length, image, ...
//	  image.path   data page, ...                                    snappy
//	  score        data page, ...                                    snappy
//	  tags.list.element  data page, ...                              snappy
//	row group 1 ...
//	column indexes     bounds and nulls of each page; none for image.bytes
//	offset indexes     place and first row of each page
//	footer             schema, chunks, statistics, "huggingface" features
//	length of the footer, PAR1
//
// Create writes all of this but, in image.bytes, the images, the length before
// each, and the page header and definition levels before the first image of a
// page: those are written with the image (WriteImage). A row group is cut
// before a record that would exceed Options.RowGroupBytes or RowGroupRows. An
// image of 32 KiB or more has a page of its own; smaller ones share pages of up
// to 1 MiB, and records without image cost a page nothing.
//
// Lists, structs and maps are columns of what lies in them, each with the levels
// that tell where lists begin and what is null (shredder); a page begins with a
// record. Lists have the three levels of the standard. A map is the list of its
// pairs, since datasets has none. The images of a list stand in one page, or share
// one with their neighbours, and each is still written to its place by itself.
//
// What consumers need decides the rest: all columns OPTIONAL, because Hugging
// Face takes a struct for an image only if its nullability matches; ARROW:schema
// only where a type needs it, with the features inside (see tell); V1 pages and snappy, which
// everybody reads; bounds cut to 64 bytes; no bounds at all where a NaN is
// among the values (see span.bounds). Timestamps and times in seconds are written as
// milliseconds, Parquet's coarsest unit; durations, which it has not, as integers. Pages carry a CRC, which readers may
// check, except pages of images: a CRC is a number of variable length, and
// depends on bytes that are not read when the place of the next page is fixed.
// The manifest's digest covers them.
//
// The package never decodes or changes an image, never reads an image but to
// verify, and does not read Parquet files of others. Its files differ from
// release to release only when createdBy does.
package parquet
