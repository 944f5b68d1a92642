package configs

import (
	"github.com/pickshard/pickshard/pipeline"
	"github.com/pickshard/pickshard/stages"
	"github.com/pickshard/pickshard/stages/join"
	"github.com/pickshard/pickshard/stages/read"
	"github.com/pickshard/pickshard/stages/report"
	"github.com/pickshard/pickshard/stages/write/webdataset"
)

// Config describes a conversion: what is read, what is written, and how. The
// doc comments of its fields are the descriptions in config.schema.json.
type Config struct {
	// Version of the configuration's format: 1.
	Version int `json:"version" config:"required"`
	// Config that this one builds on: a ready one by its name, or a YAML file relative to
	// this one. A key that stands here is taken in place of the other's, whole.
	Extends string `json:"extends,omitempty"`
	// Name of the dataset, as it stands in dataset cards and in the manifest.
	Name string `json:"name" config:"required"`
	// How names of files in the records are to be understood, where they were
	// written on another machine.
	Paths Paths `json:"paths,omitzero"`
	// What is said of the data set in its dataset cards, the README.md of each format's
	// folder that a card can stand in.
	Card Card `json:"card,omitzero"`
	// Splits to read, in order, by the name they have in the output. Either these or
	// split must be given.
	Splits Splits `json:"splits,omitempty"`
	// One table that is parted into splits.
	Split SplitBy `json:"split,omitzero"`
	// Fields to write, in order, by the name they have in the output. Nothing
	// else of a record is written.
	Fields Fields `json:"fields" config:"required"`
	// Side tables that give the records more columns, by a key.
	Join []Join `json:"join,omitempty"`
	// Several samples out of one record, such as the pairs of a ranked list.
	Each Each `json:"each,omitzero"`
	// Conditions, by column, all of which must hold for a record to be read at all.
	Where Where `json:"where,omitempty"`
	// Formats that images may have: some of jpeg, png, gif, webp, avif, bmp and tiff;
	// the first four if left out. Of avif, bmp and tiff heads and lengths are checked,
	// not their data.
	Formats Strings `json:"formats,omitempty"`
	// How far images are decoded to see that they can be. structure, if left out:
	// chunks, markers, lengths and sums, and the codes of JPEGs that are suspicious.
	// walk: the codes of every image too, which finds most damage that keeps the
	// structure. all: and the pixels of PNG and WebP. 1/20: as all for one image in
	// 20, the same ones in every run, and as structure for the others.
	Decode Decode `json:"decode,omitempty"`
	// Take the first so many records of each split alone, for a try-out; 0 for all.
	Limit int64 `json:"limit,omitempty"`
	// Take so many records of each split alone, spread over it by a hash of their
	// number; 0 for all.
	Sample int64 `json:"sample,omitempty"`
	// What the records and images must be, beside what is always asked, and what
	// happens where they are not: a rule or a field, and a severity or more.
	Rules Rules `json:"rules,omitempty"`
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
	// only are the splits that a flag selects, where the records tell which there are.
	only []string
	// part says that a flag left splits out whose records are read from other files.
	part bool
}

// Card is what a dataset card says, beside what every card does: fields, splits, how to
// load them and how they were made.
type Card struct {
	// Name for people.
	PrettyName string `json:"pretty_name,omitempty"`
	// What the data set is, in Markdown.
	Description string `json:"description,omitempty"`
	// File with more Markdown, relative to the dataset's folder, e.g. CARD.md.
	File string `json:"file,omitempty"`
	// Identifiers of licences as the Hub knows them, such as mit, cc-by-4.0 or other.
	License Strings `json:"license,omitempty"`
	// Languages of the texts, as ISO 639 codes such as en.
	Language Strings `json:"language,omitempty"`
	// Tasks that the data set is for, as the Hub names them, such as text-to-image.
	TaskCategories Strings `json:"task_categories,omitempty"`
	// Words that the data set is found by.
	Tags Strings `json:"tags,omitempty"`
	// How to cite it, mostly BibTeX.
	Citation string `json:"citation,omitempty"`
	// How many records the card shows by small pictures of their images, 12 at most. They
	// are files in the folder gallery beside the card.
	Gallery int64 `json:"gallery,omitempty"`
}

// Paths says how names of files in the records are to be understood.
type Paths struct {
	// What names begin with that stands for the dataset's folder, e.g.
	// 'C:\Users\someone\data'.
	Strip string `json:"strip,omitempty"`
	// Whether names have the separators of Windows: with windows, \ is one.
	Separators Separators `json:"separators,omitempty"`
	// Folders besides the dataset's that links and absolute names may lead into.
	Roots Strings `json:"roots,omitempty"`
}

// Separators says which signs part a file's name.
type Separators string

// The separators.
const (
	SeparatorsUnix    Separators = "unix"
	SeparatorsWindows Separators = "windows"
)

// Records says where a table is: files of records, or files that hold one column each.
type Records struct {
	// Files of records, relative to the dataset's folder.
	Files Strings `json:"-"`
	// Files that hold one column each, by the column's name.
	Columns []ColumnFile `json:"-"`
	// A pattern of names of files, each of which is a record: in place of each {column}
	// stands a value, as in train/{label}/{name}.jpg; {path} is the whole name.
	Listing string `json:"-"`
}

// ColumnFile is a file that holds one column.
type ColumnFile struct{ Column, File string }

// Table says how the records of a file are found in it.
type Table struct {
	// Which table of a file with several: a member of a dict, such as frames/val.
	Select string `json:"select,omitempty"`
	// How the file holds rows, in pandas' words: records, columns, index, split,
	// table, values or items (a dict's keys and values); by what it looks like if
	// left out.
	Orient read.Orient `json:"orient,omitempty"`
	// Names of the columns of a CSV, TSV or text separated by blanks whose first line is
	// a record, not a header.
	Header Strings `json:"header,omitempty"`
	// Whether repeated names of columns x, x become x, x.1 instead of an error.
	DedupeColumns bool `json:"dedupe_columns,omitempty"`
	// What becomes of text that is not Unicode: error (the default), or replace.
	Surrogates Surrogates `json:"surrogates,omitempty"`
}

// Surrogates says what becomes of text that is not Unicode.
type Surrogates string

// The policies for surrogates.
const (
	SurrogatesError   Surrogates = "error"
	SurrogatesReplace Surrogates = "replace"
)

// SplitBy parts one table into splits: by the values of a column, or by ratio.
type SplitBy struct {
	// Files with all records.
	From Records `json:"from" config:"required"`
	Table
	// Column whose values are the splits' names.
	By string `json:"by,omitempty"`
	// What of the records falls to each split, e.g. {train: 0.9, test: 0.1}: by a
	// hash, so that records that are appended move no other.
	Ratio Ratio `json:"ratio,omitempty"`
	// Seed of the hash.
	Seed uint64 `json:"seed,omitempty"`
	// Column whose values stay together, so that none is in two splits.
	Group string `json:"group,omitempty"`
}

// Ratio is an ordered mapping of splits to shares of the whole.
type Ratio []Share

// Share is a split's share.
type Share struct {
	Split string
	Part  float64
}

// Join is a side table whose columns the records get by a key.
type Join struct {
	// Files of the side table, relative to the dataset's folder.
	Records Records `json:"records" config:"required"`
	Table
	// Key columns: one that both tables have, a list of these, or a mapping of the
	// records' columns to the side table's.
	On Keys `json:"on" config:"required"`
	// Columns of the side table that the records get.
	Fields Strings `json:"fields" config:"required"`
	// What happens to a record without a row there: fail breaks a rule, "null"
	// leaves the columns empty, drop leaves the record out.
	Missing stages.Missing `json:"missing,omitempty"`
	// What happens where the side table has a key twice: fail, or first.
	Duplicate Duplicate `json:"duplicate,omitempty"`
}

// Keys are pairs of columns with the same values.
type Keys []KeyPair

// KeyPair is a column of the records and one of a side table.
type KeyPair struct{ Left, Right string }

// Duplicate says what happens to a key that a side table has twice.
type Duplicate string

// The policies for duplicates.
const (
	DuplicateFail  Duplicate = "fail"
	DuplicateFirst Duplicate = "first"
)

// Each makes several samples of a record, after where, limit and sample have chosen
// records: by samples, or by pairs. Fields, names of files and what is derived use the
// columns that it adds like any other.
type Each struct {
	// The samples that each record becomes: for each of them a mapping of columns that
	// are added to columns of the records, or {value: text}. All have the same names.
	Samples []Sample `json:"samples,omitempty"`
	// Columns of lists, side by side: each record becomes a sample for each pair of their
	// items, which stand in columns that are called like them with _0 (the better one) and
	// _1 behind.
	Pairs Strings `json:"pairs,omitempty"`
	// For pairs: the column of lists of numbers that says which item is better. Items
	// without a number are in no pair.
	By string `json:"by,omitempty"`
	// For pairs: whether the lowest number is the best, as of a rank, or the highest, as
	// of a score.
	Best join.Best `json:"best,omitempty"`
	// For pairs: all of them, from the best to the worst, or best-worst alone.
	Take join.Take `json:"take,omitempty"`
	// For pairs: skip leaves out those whose numbers are equal, keep takes them in the
	// order of the lists.
	Ties join.Ties `json:"ties,omitempty"`
}

// Sample is an ordered mapping of columns that a sample gets to where they come from.
type Sample []Given

// Given is a column of the records, or a text.
type Given struct{ Name, Column, Text string }

// Where is an ordered mapping of columns to conditions.
type Where []Filter

// Filter is a condition on a column.
type Filter struct {
	// Column that the condition is about.
	Column string `json:"-"`
	// Values of which the column must have one.
	In []any `json:"in,omitempty"`
	// The least value, itself included.
	Min any `json:"min,omitempty"`
	// The greatest value, itself included.
	Max any `json:"max,omitempty"`
	// Whether there must be a value, or must be none.
	Present *bool `json:"present,omitempty"`
}

// Splits is an ordered mapping of split names to splits.
type Splits []Split

// Split says where the records of one split are and what stands for it in
// templates.
type Split struct {
	// Name of the split in the output.
	Name string `json:"-"`
	// Files with the split's records, relative to the dataset's folder: a name, a
	// pattern such as "parts/train-*.pkl", or a list of these. Several files are
	// read one after the other: patterns in the order of their names. Or a mapping
	// {columns: {name: file}} of files that hold one column each, or {listing:
	// "train/{label}/{name}.jpg"} of the files themselves: each of that name is a record
	// with columns path, label and name. A file is a pickle,
	// CSV, TSV, JSON, JSON Lines, Parquet or Arrow, each also compressed; what it is
	// is told by its content.
	Records Records `json:"records" config:"required"`
	Table
	// What {folder} stands for in file templates; the split's name if left out.
	Folder string `json:"folder,omitempty"`
	// Further names that file templates can use, for this split.
	Vars map[string]string `json:"vars,omitempty"`
	// Columns that are called otherwise in this split's records, by the name that
	// fields know them under, e.g. {image_path: file_path}.
	Rename map[string]string `json:"rename,omitempty"`
	// Columns that this split's records do not have, as those of a test split without
	// labels: their values are empty.
	Without Strings `json:"without,omitempty"`
}

// Fields is an ordered mapping of field names to fields.
type Fields []Field

// Field says where a field's value comes from and what it must be.
type Field struct {
	// Name of the field in the output.
	Name string `json:"-"`
	// Type of the field: string, binary, bool, a width of integer or float, date32,
	// a timestamp, time, duration or decimal, a class, json, image, or lists, structs
	// and maps of these. A value of another type breaks a rule. A type with brackets
	// stands in quotes: "list[int64]".
	Type string `json:"type" config:"required"`
	// Column of the records that the value is taken from, or a path into one that
	// holds structs, as in meta.model; the field's own name if left out.
	From string `json:"from,omitempty"`
	// Whether values may be cast to the type where nothing is lost: the text 5 to a
	// number, a number to text.
	Cast bool `json:"cast,omitempty"`
	// The value of records that have none.
	Default any `json:"default,omitempty"`
	// A constant: every record gets this value.
	Value any `json:"value,omitempty"`
	// For images, and for binary that is an image's bytes alone, checked as an image and
	// written as plain binary: the file's name relative to the dataset's folder, with
	// {column} for a column of the record, {split}, {folder} or a name of the
	// split's vars, e.g. "images/{folder}/{image}"; {url:name} and {path:stem} are the
	// last part of a value, with and without its extension, {id:.2} its first
	// characters. A * in place of a folder is whichever has the file, .* at the end
	// whichever extension it has. A column of lists gives a list
	// of images, {column[0]} the first of them; "part.zip!/{image}" is a member of
	// an archive.
	File string `json:"file,omitempty"`
	// For images: the column that holds their bytes, or Hugging Face's struct of
	// bytes and path.
	Bytes string `json:"bytes,omitempty"`
	// For images: the column that holds arrays of brightness from 0 to 255. They are
	// written as PNG.
	Pixels string `json:"pixels,omitempty"`
	// For pixels: the lengths of the array, e.g. [3, 32, 32] or [32, 32, 3].
	Shape []int64 `json:"shape,omitempty"`
	// For images in a column: the name that they get, as file spells one.
	ImageName string `json:"name,omitempty"`
	// For strings and json: the name of a text file, as file spells one, that is the
	// value.
	Text string `json:"text,omitempty"`
	// For lists of strings: the name of a text file whose lines are the values.
	Lines string `json:"lines,omitempty"`
	// A derived value. Of an image field: its width, height or format, bytes (the
	// size of its file) or sha256, for all but bytes of which the images are read twice;
	// count, how many records of the split have the same value in a column; row, the
	// record's number in its split, from 0; source, the file that it was read from.
	Is stages.Is `json:"is,omitempty"`
	// What the derived value is of: the name of an image field, or for count a column.
	Of string `json:"of,omitempty"`
	// Two columns that are compared: 1 where the first is larger, 0 where the second
	// is, 0.5 where they are equal, e.g. [score_0, score_1].
	Prefer Strings `json:"prefer,omitempty"`
	// For prefer: how much larger the one must be than the other; within it they are
	// equal.
	Margin float64 `json:"margin,omitempty"`
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
	Formats Strings `json:"formats,omitempty"`
	// Upper bound on the size of a shard's largest file; 0 for none.
	ShardSize Size `json:"shard_size"`
	// Upper bound on the records in a shard; 0 for none.
	ShardRows int64 `json:"shard_rows"`
	// Shards of each split, of about as many records each, whatever their size;
	// 0 for as many as the bounds ask for.
	Shards int64 `json:"shards,omitempty"`
	// Seed of a shuffle within each split; source order if left out or null.
	Shuffle *uint64 `json:"shuffle"`
	// Field whose value is the record's key in WebDataset; "{split}-{row}" with
	// nine digits if left out.
	Key string `json:"key,omitempty"`
	// Extensions of members that fields have of their own in WebDataset, by field, such
	// as txt or cls: KEY.FIELD.txt in place of a value in KEY.json. An image field's
	// members all have it, in place of that of each image's bytes.
	Members map[string]string `json:"members,omitempty"`
	// Indexes to write beside WebDataset's shards, for those who would make them by
	// reading each tar once more: dali for NVIDIA DALI, wids for wids.ShardListDataset,
	// energon for Megatron Energon, whose .tar.idx files lie among the shards. [] for none.
	Indexes Strings `json:"indexes"`
	// What happens to a record that breaks a rule: fail stops the run, skip
	// leaves the record out of every format, quarantine does so and writes it
	// down under quarantine/.
	OnError pipeline.Policy `json:"on_error,omitempty"`
	// The page for people that is written beside the shards: html, or none.
	Report Report `json:"report,omitempty"`
	// Most records that the page shows; more take longer, about 25 a second where
	// images are large.
	ReportRecords int64 `json:"report_records,omitempty"`
	// Where pages of Parquet files end: size, or cdc for where their content says so, as
	// pyarrow and datasets do, so that a later push of a dataset that grew uploads only
	// what is new; images are read twice for that. size if left out.
	Pages string `json:"pages,omitempty"`
	// How Parquet files are cut into row groups.
	RowGroup RowGroup `json:"row_group"`
}

// The pages of Parquet files.
const (
	PagesSize = "size"
	PagesCDC  = "cdc"
)

// Report says whether there is a page for people.
type Report string

// The reports.
const (
	ReportHTML Report = "html"
	ReportNone Report = "none"
)

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
	// Largest text file that is a field's value.
	TextBytes Size `json:"text_bytes"`
	// Most images that a record may have in one field.
	ListImages int64 `json:"list_images"`
	// Most memory that the columns of one split may take; 0 for half of the
	// machine's memory, or of what its container may have. Whatever it is, the
	// columns, names and types of a pickle are not larger than 64 MiB and 128 times
	// the pickle: a small file that repeats one large value is refused.
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
			Formats: stages.DefaultFormats(),
			// What Hugging Face cuts its own shards at (datasets: MAX_SHARD_SIZE).
			ShardSize: 500 * MB,
			Indexes:   webdataset.DefaultIndexes(),
			OnError:   pipeline.PolicyFail,
			Report:    ReportHTML, ReportRecords: report.QuickRecords,
			// Hugging Face's bound (datasets: MAX_ROW_GROUP_SIZE).
			RowGroup: RowGroup{Bytes: 100 * MB},
		},
		Limits: Limits{
			ImageBytes: 256 * MiB,
			TextBytes:  stages.DefaultTextBytes, ListImages: stages.DefaultListImages,
			ImageSide: 65_535, // the most that a JPEG can have
			// Pillow refuses to open what has more (twice Image.MAX_IMAGE_PIXELS),
			// and Pillow is what every consumer opens images with.
			ImagePixels:   2 * 89_478_485,
			PickleNesting: 64,
			PickleStack:   4 << 20,
			// 0: what a machine has must not be part of a plan.
			PickleOutput: 0,
		},
		Run: Run{Memory: 64 * MiB, Sync: true},
	}
}

// Version is the version of the configuration's format that this package reads.
const Version = 1
