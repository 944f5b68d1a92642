package join

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/pickshard/pickshard/pipeline"
)

// Listing is a table of the files that there are: a record for each file whose name
// is as a pattern says, in the order of the names. What stands in the place of each
// {column} is that column's value, a text without /; the whole name is in column path.
//
//	pattern                 train/{label}/{name}.jpg
//	file                    train/cat/0001.jpg
//	path, label, name       train/cat/0001.jpg, cat, 0001
//
// A * is any text without /, which becomes no column.
type Listing struct {
	pattern string
	glob    string
	columns []string
	match   *regexp.Regexp
}

// PathColumn is the column of a listing that holds the whole name.
const PathColumn = "path"

// ParseListing reads a pattern. Faults are reported with their position in bytes, from 0.
func ParseListing(pattern string) (*Listing, error) {
	t, err := ParseTemplate(pattern, nil)
	if err != nil {
		return nil, err
	}
	l := &Listing{pattern: pattern, glob: t.pattern()}
	var match strings.Builder
	match.WriteString("^")
	for _, p := range t.parts {
		switch {
		case p.column == "":
			match.WriteString(strings.ReplaceAll(regexp.QuoteMeta(p.literal), `\*`, `[^/]*`))
			continue
		case p.indexed || p.width > 0 || p.form != (form{}):
			return nil, t.fault(p.at, fmt.Sprintf("{%s} is what stands in the name: it has no format", p.column))
		case p.column == PathColumn:
			return nil, t.fault(p.at, fmt.Sprintf("{%s} is the whole name: use another word", p.column))
		case slices.Contains(l.columns, p.column):
			return nil, t.fault(p.at, fmt.Sprintf("{%s} stands twice", p.column))
		}
		l.columns = append(l.columns, p.column)
		match.WriteString(`([^/]+)`)
	}
	match.WriteString("$")
	if l.match, err = regexp.Compile(match.String()); err != nil {
		return nil, fmt.Errorf("listing %q: %w", pattern, err)
	}
	return l, nil
}

// Columns are the columns of the table: path, then those of the pattern.
func (l *Listing) Columns() []string { return append([]string{PathColumn}, l.columns...) }

// ListedTable is what a listing found.
type ListedTable struct {
	Table arrow.Table // all columns are texts
	// Bytes and SHA256 are of the names: a digest of the input.
	Bytes  int64
	SHA256 string
}

// Read lists the files.
func (l *Listing) Read(ctx context.Context, source pipeline.Source) (*ListedTable, error) {
	names, err := source.Glob(ctx, l.glob)
	if err != nil {
		return nil, err
	}
	b := array.NewStringBuilder(memory.DefaultAllocator)
	defer b.Release()
	values := make([][]string, len(l.columns)+1)
	out, sum := &ListedTable{}, sha256.New()
	for _, name := range names {
		found := l.match.FindStringSubmatch(name)
		if found == nil {
			continue
		}
		for i, v := range found {
			values[i] = append(values[i], v)
		}
		out.Bytes += int64(len(name)) + 1
		sum.Write(append([]byte(name), 0))
	}
	out.SHA256 = hex.EncodeToString(sum.Sum(nil))
	var fields []arrow.Field
	var columns []arrow.Column
	for i, name := range l.Columns() {
		field := arrow.Field{Name: name, Type: arrow.BinaryTypes.String, Nullable: true}
		var chunks []arrow.Array
		for part := range slices.Chunk(values[i], 1<<16) {
			b.AppendValues(part, nil)
			chunks = append(chunks, b.NewArray())
		}
		fields = append(fields, field)
		columns = append(columns, *arrow.NewColumn(field, arrow.NewChunked(field.Type, chunks)))
	}
	out.Table = array.NewTable(arrow.NewSchema(fields, nil), columns, int64(len(values[0])))
	return out, nil
}
