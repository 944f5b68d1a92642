// Package parquet reads Parquet files as Arrow arrays: all physical and logical types
// that Arrow has a type for, values in values at any depth, all encodings and codecs
// that writers in use have (Apache Parquet Format 2.11; LZ4 of Hadoop apart). Only the
// columns that are asked for are read, row group by row group, some rows at a time.
//
// Footers and pages are untrusted: lengths are checked against the bytes that are
// there, levels and indices are taken one by one and not by what a header says they are,
// and a page is unpacked to no more than it claims and [read.Limits] allow. The
// structs of the metadata are parquet-go's; its own page reader makes room for whatever
// a page or a footer claims, so values are decoded here, right into Arrow's builders.
//
// It never uses statistics, indexes or bloom filters, and reads no encrypted file.
package parquet
