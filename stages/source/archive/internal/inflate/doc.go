// Package inflate decodes DEFLATE (RFC 1951) into flat memory, and can begin
// anywhere a block begins: that is what reading a compressed archive at offsets
// needs (zlib's example zran.c), and what no decoder with a stream's interface
// offers, for it tells neither where a block begins nor takes a bit to begin at.
//
// It answers any bytes with an error or with at most as many bytes as there is
// room for. It reads no gzip or zlib header, checks no sum, and never writes.
package inflate
