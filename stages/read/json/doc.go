// Package json reads tables of JSON: JSON Lines and other JSON texts one after the
// other, an array of objects, and what pandas' DataFrame.to_json writes by its word
// for it: records, columns (also with arrays in place of objects), index, split, table
// and values. Of an object that holds several tables, such as COCO's, one is selected.
//
// What Python's json module writes is taken: NaN, Infinity and -Infinity. Values are
// handed on as the JSON they are, and what they become is the business of package read.
//
// A file is read from its beginning to its end, row by row; of one that holds columns,
// every column at its own place at the same time. No more than a row is in memory,
// however long the line is that it stands in. A name that stands twice in a row,
// columns of different lengths and anything that is not JSON are errors that name the
// line. It never guesses dates in text.
//
// encoding/json takes no NaN, makes Go values of all it passes and does not bound what
// it holds of one value; so the package walks over the text itself (jsonscan).
package json
