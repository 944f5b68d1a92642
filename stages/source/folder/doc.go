// Package folder is the source of files in a local folder (a pipeline.Source).
//
// The names come out of a stranger's records, so a Folder opens nothing that
// lies outside its root, whatever a name says and whatever symbolic links do,
// and nothing that is not a regular file.
//
// The package never looks into a file, never writes, and keeps no file open
// between calls (handles of folders apart).
package folder
