package stages_test

import (
	"context"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/pickshard/pickshard/pipeline"
	"github.com/pickshard/pickshard/schema"
	"github.com/pickshard/pickshard/stages"
	"github.com/pickshard/pickshard/stages/source/folder"
)

// rawFolder is a folder that notes whether a file was asked for its descriptor.
type rawFolder struct {
	*folder.Folder
	asked bool
}

func (f *rawFolder) Open(ctx context.Context, name string) (pipeline.SourceFile, error) {
	file, err := f.Folder.Open(ctx, name)
	return &rawFile{file, f}, err
}

type rawFile struct {
	pipeline.SourceFile
	from *rawFolder
}

func (f *rawFile) SyscallConn() (syscall.RawConn, error) {
	f.from.asked = true
	return f.SourceFile.(syscall.Conn).SyscallConn()
}

// TestLoadMaps: record files in a folder are read as memory where the system can:
// without that, a table of ten million rows takes 200 MB more (pickle.Mapped).
func TestLoadMaps(t *testing.T) {
	t.Parallel()
	input, err := folder.Open(filepath.Join("..", "cmd", "pickshard", "demodata"))
	if err != nil {
		t.Fatal(err)
	}
	defer input.Close()
	field := schema.Field{Name: "prompt", Type: schema.Type{Kind: schema.String}}
	s, err := schema.New([]schema.Field{field})
	if err != nil {
		t.Fatal(err)
	}
	source := &rawFolder{Folder: input}
	load := &stages.Dataset{
		Source: source, Fields: []stages.Field{{Field: field, From: "easy_prompt"}}, Schema: s, KeyField: -1,
		Splits: []stages.Split{{Name: "test", Records: stages.Records{Files: []string{"Pick-High/test.pkl"}}}},
	}
	loaded, err := load.Load(t.Context(), "test")
	if err != nil {
		t.Fatal(err)
	}
	if loaded.Records.Rows == 0 || !source.asked {
		t.Errorf("%d rows; the file was asked for its descriptor: %v", loaded.Records.Rows, source.asked)
	}
}
