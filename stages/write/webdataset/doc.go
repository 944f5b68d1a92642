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
// object with all other fields in schema order, null where a record has no value.
//
//   - EXT follows the image's bytes, whatever its file is called: a PNG is never
//     called .jpg. So in a field of both a sample has one of img.jpg and img.png;
//     webdataset takes the one that is there for "img.jpg;img.png".
//   - An image that a record does not have is left out.
//   - A list of images is the members KEY.FIELD.0.EXT, KEY.FIELD.1.EXT and so on
//     without those that are null; its value in KEY.json is the list of their names,
//     null where there is no image.
//   - Values that lie in values are arrays and objects; a map is an array of {"key",
//     "value"}, which has keys of any type and is the same feature everywhere. A value
//     of type json is text that holds JSON: as an object, datasets could not declare
//     it, and its blanks and the order of its names would be lost.
//   - A field that options name has a member of its own, KEY.FIELD.EXT, behind the
//     images: text and binary as they are, all else as in JSON without quotes.
//
// Consumers infer columns from the first samples, so the card declares one for each
// member that some sample has (SideFiles): datasets loads those that a sample lacks as
// null.
//
// The place of every byte follows from the images' sizes and the records alone.
// An image is written with its header in front and its padding behind it, and
// the last one of a sample with the members behind it as well where they fit the
// room there, so a sample of three images costs three writes.
//
// Beside the tars lie the indexes that are asked for (IndexKinds), under index/ but for
// Energon's: all follow from the members' places.
//
// The package never reads a source, never decodes an image, and writes neither
// time, owner nor host into a header: mode 0644, everything else zero, the
// bytes that GNU tar and Go's archive/tar write for plain ustar. It writes no
// PAX records, no long names and no compression.
package webdataset
