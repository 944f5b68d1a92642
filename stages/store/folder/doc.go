// Package folder is the store of an OUTPUT in a local folder, or one that is mounted
// (a pipeline.Store): hard links that are put only if absent, synced files and names,
// a lock, and room that is reserved before it is written.
//
// What OUTPUT holds may be a stranger's, so every name is opened below a handle of the
// folder: none leads out of it, whatever the name says, and no symbolic link inside it
// is followed. Files on a disk of this machine are sent to it while they are written.
//
// The package never knows what a file is for, and never replaces one that is there.
package folder
