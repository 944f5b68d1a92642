// Package card writes the README.md that makes a folder of shards a dataset on
// its own: a Hugging Face dataset card. Its YAML front matter tells consumers
// the splits, their files, the features and the numbers of records; the text
// under it tells people what the fields mean and how to load the folder.
//
// Formats share it so that their cards look alike. What it writes is a function
// of its options alone. It never reads or writes a file, and knows no format:
// a format says where its files are, which columns its consumers see, and how
// its folder is loaded.
package card
