package configs

import (
	"github.com/pickshard/pickshard/pipeline"
)

// Config describes a conversion: what is read, what is written, and how. The
// doc comments of its fields are the descriptions in config.schema.json.
type Config struct {
	// Version of the configuration's format: 1.
	Version int `json:"version" config:"required"`
	// Name of the dataset, as it stands in dataset cards and in the manifest.
	Name string `json:"name" config:"required"`
	// Splits to read, in order, by the name they have in the output.
	Splits Splits `json:"splits" config:"required"`
	// Fields to write, in order, by the name they have in the output. Nothing
	// else of a record is written.
	Fields Fields `json:"fields" config:"required"`
	// What is written, and how it is cut into shards.
	Output Output `json:"output"`
	// Bounds on what the input may cost. What is over a limit is refused.
	Limits Limits `json:"limits"`
	// How the work is done. Nothing here changes a byte of the output.
	Run Run `json:"run,omitzero"`

	// where holds the place in the file that each value was read from, by its
	// path, and flags the flag that gave it since; nil without file and flags.
	where map[string]Position
	flags map[string]string
}

// Splits is an ordered mapping of split names to splits.
type Splits []Split

// Split says where the records of one split are and what stands for it in
// templates.
type Split struct {
	// Name of the split in the output.
	Name string `json:"-"`
	// Pickle files with the split's records, relative to the dataset's folder:
	// a name, a pattern such as "parts/train-*.pkl", or a list of these. Several
	// files are read one after the other: patterns in the order of their names.
	Records Strings `json:"records" config:"required"`
	// What {folder} stands for in file templates; the split's name if left out.
	Folder string `json:"folder,omitempty"`
	// Further names that file templates can use, for this split.
	Vars map[string]string `json:"vars,omitempty"`
}

// Fields is an ordered mapping of field names to fields.
type Fields []Field

// Field says where a field's value comes from and what it must be.
type Field struct {
	// Name of the field in the output.
	Name string `json:"-"`
	// Type of the field: string, binary, bool, a width of integer or float,
	// date32, a timestamp, or image. A value of another type breaks a rule.
	Type string `json:"type" config:"required"`
	// Column of the records that the value is taken from; the field's own name
	// if left out.
	From string `json:"from,omitempty"`
	// A constant: every record gets this value.
	Value any `json:"value,omitempty"`
	// For images: the file's name relative to the dataset's folder, with
	// {column} for a column of the record, {split}, {folder} or a name of the
	// split's vars, e.g. "images/{folder}/{image}".
	File string `json:"file,omitempty"`
	// Whether a record may leave the field empty. If not, an empty value breaks
	// a rule.
	Nullable bool `json:"nullable,omitempty"`
	// A sentence about the field for people, shown in dataset cards.
	Doc string `json:"doc,omitempty"`
}

// Output says what is written.
type Output struct {
	// Formats to write; each gets a folder of its own with the same records in
	// the same order.
	Formats Strings `json:"formats"`
	// Upper bound on the size of a shard's largest file; 0 for none.
	ShardSize Size `json:"shard_size"`
	// Upper bound on the records in a shard; 0 for none.
	ShardRows int64 `json:"shard_rows"`
	// Seed of a shuffle within each split; source order if left out or null.
	Shuffle *uint64 `json:"shuffle"`
	// Field whose value is the record's key in WebDataset; "{split}-{row}" with
	// nine digits if left out.
	Key string `json:"key,omitempty"`
	// What happens to a record that breaks a rule: fail stops the run, skip
	// leaves the record out of every format, quarantine does so and writes it
	// down under quarantine/.
	OnError pipeline.Policy `json:"on_error,omitempty"`
	// How Parquet files are cut into row groups.
	RowGroup RowGroup `json:"row_group"`
}

// RowGroup bounds the row groups of Parquet files. A row group ends before it
// would pass either bound, but holds at least one record.
type RowGroup struct {
	// Upper bound on a row group's bytes, uncompressed.
	Bytes Size `json:"bytes"`
	// Upper bound on a row group's records; 0 for what suits readers: 1000 where
	// there are images, 122880 otherwise.
	Rows int64 `json:"rows"`
}

// Limits bound what the input may cost.
type Limits struct {
	// Largest image file.
	ImageBytes Size `json:"image_bytes"`
	// Largest width and largest height of an image, in pixels.
	ImageSide int64 `json:"image_side"`
	// Most pixels (width times height) that an image may have.
	ImagePixels int64 `json:"image_pixels"`
	// How deep lists and mappings may lie inside each other in a pickle's cell.
	PickleNesting int64 `json:"pickle_nesting"`
	// Most values on the pickle machine's stack.
	PickleStack int64 `json:"pickle_stack"`
	// Most memory that the columns of one pickle may take.
	PickleOutput Size `json:"pickle_output"`
}

// Run says how the work is done.
type Run struct {
	// Shards that are built at the same time; 0 for as many as there are CPUs.
	Workers int `json:"workers"`
	// Bytes of images held in memory at the same time; a single larger image is
	// held alone.
	Memory Size `json:"memory"`
	// Whether what is written is made durable on the disk before it is counted
	// as done. If not, a kill still loses nothing, but a power cut may.
	Sync bool `json:"sync"`
}

// Default returns the configuration that every file is read over. It has no
// splits and no fields, so it is not valid by itself.
func Default() *Config {
	return &Config{
		Version: Version,
		Output: Output{
			Formats: Strings(Formats()),
			// What Hugging Face cuts its own shards at (datasets: MAX_SHARD_SIZE).
			ShardSize: 500 * MB,
			OnError:   pipeline.PolicyFail,
			// Hugging Face's bound (datasets: MAX_ROW_GROUP_SIZE).
			RowGroup: RowGroup{Bytes: 100 * MB},
		},
		Limits: Limits{
			ImageBytes: 256 * MiB,
			ImageSide:  65_535, // the most that a JPEG can have
			// Pillow refuses to open what has more (twice Image.MAX_IMAGE_PIXELS),
			// and Pillow is what every consumer opens images with.
			ImagePixels:   2 * 89_478_485,
			PickleNesting: 64,
			PickleStack:   4 << 20,
			PickleOutput:  1 << 40,
		},
		Run: Run{Memory: 64 * MiB, Sync: true},
	}
}

// Version is the version of the configuration's format that this package reads.
const Version = 1
