// Package archive is a source whose files may be members of archives: the name
// "part-000001.zip!/img/x.png" is the member img/x.png of part-000001.zip. It is
// laid over another source (a folder), to which it leaves all other names.
//
// Zip archives and tar archives are read, plain or compressed with gzip, told by
// their content. Nothing is unpacked to a disk. A member is read where it lies, at
// once into the caller's buffer, whatever the order in which members are wanted.
// A gzip stream has no such places: it is read through once, while its members are
// listed, and the decoder's state is kept every few megabytes to begin there again
// (the way of zlib's zran.c): then a member costs the megabytes around it, and
// members in the archive's order cost no more than gunzip.
//
// An archive is a stranger's: every length, count and place in it is checked
// before it is used, what is kept of a member is some 70 bytes and its name, and an
// error names the archive, the member and the place. Names are only ever compared,
// so one that leaves the archive is harmless and can not be asked for. Of members
// with one name the last one counts, as for Python's zipfile and tarfile. The sum of
// a zip's member (CRC-32) is checked whenever it is read.
//
// The package never writes, never looks into an image, never opens an archive
// within an archive, and knows no policy.
package archive
