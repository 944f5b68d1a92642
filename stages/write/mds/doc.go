// Package mds writes and checks shards of MosaicML streaming's format MDS: what
// streaming.StreamingDataset loads, one folder with an index.json a split.
//
//	mds/train/index.json  mds/train/shard.00000.mds …     StreamingDataset(local="OUTPUT/mds", split="train")
//
// A shard is the bytes that streaming's MDSWriter writes for the same samples without
// compression and hashes (streaming: base/format/mds). A field is a column:
//
//	image            jpeg, or png where all files are named so: both decode any image with Pillow
//	image, nullable  bytes, none for null
//	list[image]      list[jpeg] or list[png]
//	string, binary   str, bytes
//	int64, class     int
//	other numbers    int8 … uint64, float16 … float64
//	decimal          str_decimal
//	dates, times     str: ISO 8601
//	bool, nested and nullable ones     json
//
// MDS has no null of its own: null is JSON's. A record whose list of images is null, or has
// one that is, is refused (Format.CheckRecord). Names of images are not kept.
//
// The package never decodes an image and writes no pickle: a column of that kind would
// run code where it is loaded.
package mds
