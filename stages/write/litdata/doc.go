// Package litdata writes and checks chunks of Lightning's litData: what
// litdata.StreamingDataset loads, one folder with an index.json a split.
//
//	litdata/train/index.json  litdata/train/chunk-0-0.bin …     StreamingDataset("OUTPUT/litdata/train")
//
// A sample is a dict of the fields in their order, as litdata.optimize writes one (litData:
// streaming/writer.py, item_loader.py, PyTreeLoader), without compression. A field is a
// leaf of one of litData's serializers (streaming/serializers.py):
//
//	image            jpeg, which decodes any image to a tensor
//	image, nullable  bytes, none for null
//	list[image]      jpeg_array; an empty one or one with null is refused
//	string, binary   str, bytes
//	bool             bool
//	whole numbers    int; uint64 is json
//	floats           float
//	dates, times, decimals     str
//	nested and nullable ones   json
//
// Null is JSON's. Names of images are not kept. The package never decodes an image, and
// writes no pickle.
package litdata
