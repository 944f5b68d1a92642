package stages

import (
	"errors"

	"github.com/pickshard/pickshard/pipeline"
	"github.com/pickshard/pickshard/stages/source/archive"
	"github.com/pickshard/pickshard/stages/source/folder"
)

// Input is where a data set's files are: a folder, and the archives in it.
type Input struct {
	*archive.Source
	folder *folder.Folder
}

var _ pipeline.Source = (*Input)(nil)

// OpenInput opens a data set's folder, and roots: other folders that links in it and
// absolute names may lead into. The caller closes it.
func OpenInput(name string, roots ...string) (*Input, error) {
	files, err := folder.Open(name, roots...)
	if err != nil {
		return nil, err
	}
	return &Input{archive.New(files), files}, nil
}

// Blobs is the folder that INPUT's files are links into where INPUT is a snapshot in a
// Hugging Face cache; empty where it is none. It is a root without being told.
func (i *Input) Blobs() string { return i.folder.Blobs() }

// Close closes the archives and the folder. No other call may be under way or follow.
func (i *Input) Close() error { return errors.Join(i.Source.Close(), i.folder.Close()) }
