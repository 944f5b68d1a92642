// Package arrow writes and checks Arrow data sets in the layout of Hugging
// Face's save_to_disk: one folder a split with shards in the Arrow IPC stream
// format, which datasets.load_from_disk maps into memory, and the JSON files
// that name them.
//
//	dataset_dict.json
//	train/state.json  train/dataset_info.json
//	train/data-00000-of-00042.arrow:
//	┌ schema ┬ batch 0 ─────────────────────────────────────────┬ batch 1 … ┬ end ┐
//	│ message│ message │ text, numbers, sizes │ img 0 │ img 1 │ … │           │  8  │
//	└────────┴─────────┴ written by Create ───┴ one positioned write each ──────────┘
//
// A record batch has at most 100 rows and 32 MiB of text and image bytes, or one
// row alone. The images of one field of one batch stand one after the other, those
// of a list in its order, so each image's place follows from the sizes of the others.
//
// The framing is arrow-go's: its writer encodes the schema message, and one
// record batch message as a template. The numbers in a batch message (rows,
// nulls, offsets and lengths of the buffers) stand at places that the schema
// fixes, so a batch's message is the template with its own numbers put in, and
// no image has to be in memory, or even be known, while the file is laid out.
// What comes out is byte for byte what arrow-go writes (a test compares).
//
// Values that lie in values are written as Arrow lays them out, and as types that
// every version of datasets has a feature for (schema.Type.HuggingFace): a map is the
// list of its entries, structs {key, value}, and a list of so many structs is a list
// of structs. The reader gives the schema's own types.
//
// Buffers are uncompressed and padded to 8 bytes, null slots and padding are
// zero, every batch's buffers begin at their own rows; what lies in a null is null.
// The package writes no dictionaries, no IPC file footer (load_from_disk cannot read
// it), and no field metadata but the Hugging Face features.
package arrow
