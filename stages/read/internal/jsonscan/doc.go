// Package jsonscan walks over JSON text without building values: where a value ends,
// what the members of an object are, what a string spells.
//
// It takes RFC 8259 and what Python's json module writes beside it: NaN, Infinity and
// -Infinity. Text must be UTF-8; escapes of lone surrogates are told apart and left to
// the caller. encoding/json takes no NaN, hides lone surrogates and holds what it
// reads as Go values.
package jsonscan
