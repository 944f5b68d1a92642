package pipeline

import (
	"context"
	"io"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/pickshard/pickshard/schema"
)

// A Format lays out shards of one output format. Implementations are immutable
// and safe for concurrent use. The bytes they write are a function of the shard
// and the images alone.
type Format interface {
	// Name is the format's name on the command line and its folder in OUTPUT.
	Name() string
	// FileName is a shard's path under that folder, slash-separated, e.g.
	// "data/train-00000-of-00042.parquet".
	FileName(split string, index, total int) string
	// Check reports fields of the schema that the format cannot hold.
	Check(s *schema.Schema) error
	// CheckRecord reports what the format cannot hold of a record that is kept,
	// such as a key that is not a file name, at plan time; ok is the usual answer.
	CheckRecord(r *Records, row int64) (v Violation, ok bool)
	// Keyed says whether the samples that Open's reader gives have keys.
	Keyed() bool
	// Survey looks at the records that are kept, before the first shard is laid out,
	// and returns what must be alike in all shards; nil where nothing need be.
	Survey(ctx context.Context, splits []Kept) (Traits, error)
	// NewSizer returns a sizer for shards of these records.
	NewSizer(r *Records, t Traits) Sizer
	// Create lays out the shard on the canvas and writes all of it but the
	// images. ctx bounds that work only.
	Create(ctx context.Context, s *Shard, t Traits, c *Canvas) (ShardWriter, error)
	// SideFiles returns the files that make the format's folder stand on its
	// own, e.g. README.md; they depend on the manifest alone.
	SideFiles(d *Dataset) ([]SideFile, error)
	// Open opens a shard's file for verification: what the traits say must hold in
	// it. It treats the bytes as untrusted.
	Open(r io.ReaderAt, size int64, s *schema.Schema, t Traits) (ShardReader, error)
	// Browse opens a shard's file for who looks at its records: as Open does, but the
	// bytes of images are neither read nor checked, samples tell where they lie.
	Browse(r io.ReaderAt, size int64, s *schema.Schema, t Traits) (ShardReader, error)
}

// Consumed is a Format that knows programs which read it but do not have all of its
// types. A plan warns of that; nothing is refused for it, as others read all.
type Consumed interface {
	Format
	// Lacking says which program cannot take what of files with the schema, and what to
	// do for it: a sentence for each, nil for none.
	Lacking(s *schema.Schema) []string
}

// Traits are what a format has chosen for all shards of a data set alike, in its own
// words, such as the extension that a field's images have in a tar. They stand in
// plan and manifest.
type Traits map[string]string

// Kept is the records of a split that will be written, and their order.
type Kept struct {
	*Records
	Rows Rows
}

// A Sizer bounds the size of a shard's file as records are added to it. The
// bound is never below the size that Create lays out.
type Sizer interface {
	// Add adds a row of the records and returns the bound in bytes of a file
	// that holds all rows added since the last Reset.
	Add(row int64) int64
	// Reset begins an empty shard.
	Reset()
	// Exact says whether the bound is the size itself.
	Exact() bool
}

// A ShardWriter puts images at the places that Create planned.
type ShardWriter interface {
	// Size is the file's final size in bytes.
	Size() int64
	// WriteImage writes the image of an asset. It is called once for each image
	// that the shard has, in any order, from several goroutines, each with its own
	// Image. It keeps no reference to m.
	WriteImage(a Asset, m *Image) error
}

// A ShardReader reads a shard's records back, in order, for verification: it
// checks structure as it goes (lengths, indexes, check sums, padding) and
// reports the first thing that is wrong with its byte offset.
type ShardReader interface {
	// Len is the number of records, as the file's own metadata tells it;
	// -1 where the format does not say until it has been read.
	Len() int64
	// Next returns the next record, or io.EOF. The sample is valid until the
	// following call.
	Next() (Sample, error)
}

// A Sample is one record read back from a shard.
type Sample struct {
	Key string // empty where the format has none
	// Values holds one entry a field: for image fields nil, for others the
	// column the value stands in and its row there.
	Values []Cell
	// Images holds one entry a field: for image fields the images, one where the
	// field is one image and not null, as many as its list has where it is a list,
	// nil where that is null.
	Images [][]SampleImage
	// Named says that the format keeps images' names.
	Named bool
}

// SampleImage is an image that was read back.
type SampleImage struct {
	Bytes []byte // nil for a null in a list, and while browsing
	Name  string // empty where it has none
	// At is, while browsing, where its bytes begin in the file, 0 for a null in a
	// list, and Size how many they are.
	At, Size int64
}

// There says whether there is an image, or a null in a list.
func (m SampleImage) There() bool { return m.Bytes != nil || m.At > 0 }

// Cell is one value in an Arrow array.
type Cell struct {
	Array arrow.Array
	Row   int
}

// SideFile is a small file beside the shards.
type SideFile struct {
	Name string // under the format's folder, slash-separated
	Data []byte
}

// Dataset is what side files may tell of the whole: all of it deterministic.
type Dataset struct {
	Name   string // from the config
	Schema *schema.Schema
	Splits []DatasetSplit
	// Traits are the format's.
	Traits Traits
	// Card is what the config says of the whole.
	Card CardInfo
	// Gallery are records whose pictures lie beside the card.
	Gallery []GalleryRecord
	// Tool and Config are what made it: the config as JSON.
	Tool   Tool
	Config []byte
}

// DatasetSplit is one split of a Dataset.
type DatasetSplit struct {
	Name       string
	Rows       int64
	Records    []RecordFile // that it was read from
	Dropped    int64        // records left out
	ArrowBytes int64        // size of the values in Arrow, Hugging Face's num_bytes
	FileBytes  int64        // of this format's shards together
	Shards     []int64      // rows of each shard
	ShardBytes []int64      // size of each shard's file of this format
	// Images summarises the images of each field and format, sorted by these.
	Images []ImageStat
}
