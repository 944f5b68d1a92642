// Package join brings records and the files they name together: Folder is the
// source of files (a pipeline.Source over a local folder), Template spells a
// file's name from a record's columns.
//
// The names come out of a stranger's records, so Folder opens nothing that lies
// outside its root, whatever a name says and whatever symbolic links do, and
// nothing that is not a regular file.
//
// The package never looks into a file, never writes, keeps no file open between
// calls (handles of folders apart) and knows no policy: what happens to a
// record whose image is missing is decided elsewhere.
package join
