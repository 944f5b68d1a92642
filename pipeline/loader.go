package pipeline

import (
	"context"

	"github.com/pickshard/pickshard/schema"
)

// A Loader reads a split's records into columns that conform to the schema. It
// is safe for concurrent use.
type Loader interface {
	Load(ctx context.Context, split string) (*Loaded, error)
}

// Loaded is a split as a Loader returns it.
type Loaded struct {
	Records *Records
	// Files are the files that the records came from.
	Files []RecordFile
	// Stats tells size and time of each of Files as it was when it was opened,
	// so that one that is replaced before the run ends is noticed.
	Stats []FileStat
	// Judge tells what is wrong with the records' values as far as loading has shown
	// it; find gives the Finder of a rule that the Loader knows. An error means that
	// the fault is the config's, as where a whole column is of another type. nil: the
	// Loader has nothing to tell.
	Judge func(find func(rule string) *Finder) error
	// Warnings say what of Files was not read, such as a second pickle.
	Warnings []string
	// GiveBack, where not nil, lets go of memory that the records have taken since they
	// were looked at, and that comes again by itself. It may be called at any time.
	GiveBack func()
}

// Spec is what a conversion is asked to do: what of it shapes the output.
type Spec struct {
	Name   string
	Schema *schema.Schema
	Splits []string // outside names, in order
	// Config: see Plan.Config. Used is the config as used, whole, for the
	// manifest.
	Config, Used []byte
	// Form is the part of Config that says how a record becomes bytes, whatever
	// records, splits, shards and formats there are. Nothing stands for all of Config.
	Form    []byte
	Formats []Format
	// Told is the config as dataset cards tell it; nil where they do not.
	Told []byte
	// Card is what is said of the whole in dataset cards.
	Card CardInfo
	// SmallPicture makes the picture of an image that a card shows; nil where it has
	// none. It is needed where cards are asked for pictures.
	SmallPicture func(image []byte) ([]byte, error)
	// ShardBytes bounds the largest file of a shard; 0 means no bound.
	ShardBytes int64
	// ShardRows bounds the records of a shard; 0 means no bound.
	ShardRows int
	// Shards, where not 0, is how many shards a split has, of about as many records
	// each.
	Shards int
	// Shuffle is the seed of a full shuffle within each split; nil keeps the
	// source order.
	Shuffle *uint64
	// Policy is the severity of rules that have none of their own, such as those of
	// formats.
	Policy Policy
	// Rules are all that the data must be, in the order of reports.
	Rules []Rule
	// Details is how many violations of a rule and split are told one by one; 0 is
	// MaxTold.
	Details int

	checking bool // nothing will be written
	// MaxImage is the largest image in bytes.
	MaxImage int64
	// Tool is the version that stands in the manifest.
	Tool string
}
