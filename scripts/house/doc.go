// Package house checks the house rules on every source file of the repository:
// which package may import which, what must be documented, what must not be
// called, how long a file may be, what must not be written down. The rules are
// its tests; it has nothing to import.
//
// An exception is a line in a table of a test, with its reason. The package
// never changes a file and looks at nothing outside the repository.
package house
