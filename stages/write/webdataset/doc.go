// Package webdataset writes and checks shards in the WebDataset format: plain
// tar files in which the members that share a key, next to each other, are one
// sample. The webdataset library, Hugging Face datasets, wids, DALI and Energon
// read them, and so does every tar.
//
//	┌ sample 0 ─────────────────────────────────────────────┬ sample 1 ─ … ┬ end ──┐
//	│ header │ a.jpg │ 0… │ header │ b.png │ 0… │ header │ json │ 0… │  …    │ 0 × 1024 │
//	└ 512 ───┴ size ─┴ to 512 ──── one positioned write per image ───────────────────┘
//
// A sample's members are its images in byte order of their field's name, called
// KEY.FIELD.EXT, and then, when the schema has other fields, KEY.json: one JSON
// object with all other fields in schema order, null where a record has no
// value. Every sample of a data set has the same members, which is what
// consumers infer columns from; so a record without one of its images cannot be
// written (CheckRecord).
//
// The place of every byte follows from the images' sizes and the records alone.
// An image is written with its header in front and its padding behind it, and
// the last one of a sample with the JSON member as well where that fits the
// room behind it, so a sample of three images costs three writes.
//
// The package never reads a source, never decodes an image, and writes neither
// time, owner nor host into a header: mode 0644, everything else zero, the
// bytes that GNU tar and Go's archive/tar write for plain ustar. It writes no
// PAX records, no long names, no compression and no index.
package webdataset
