// Command tables writes the tables of the conformance suite, and random ones, for
// judges that are other programs:
//
//	go run ./scripts/judges/tables OUT [SEEDS]
//
// For each table there is OUT/NAME with truth.arrow, its values in an Arrow IPC file
// of arrow-go's own, and a folder for each format with the file that pickshard's
// writer makes of it, as a conversion would call it. SEEDS is how many random
// tables there are, 40 if it is not given.
package main

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/ipc"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/pickshard/pickshard/pipeline"
	"github.com/pickshard/pickshard/stages/write/conformance"
	"github.com/pickshard/pickshard/stages/write/parquet"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "tables:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) < 1 || len(args) > 2 {
		return fmt.Errorf("usage: tables OUT [SEEDS]")
	}
	seeds := 40
	if len(args) == 2 {
		var err error
		if seeds, err = strconv.Atoi(args[1]); err != nil {
			return err
		}
	}
	pq, err := parquet.New(parquet.Options{})
	if err != nil {
		return err
	}
	formats := []pipeline.Format{pq}
	cases := slices.Concat(conformance.Cases(), conformance.NestedCases(), conformance.ImageListCases())
	for seed := range seeds {
		cases = append(cases, conformance.Case{Name: fmt.Sprintf("seed %d", seed), Table: conformance.Random(uint64(1000+seed), 1+seed*7%300)})
	}
	for _, c := range cases {
		if c.Large {
			continue
		}
		if err := write(filepath.Join(args[0], strings.ReplaceAll(c.Name, " ", "-")), c, formats); err != nil {
			return fmt.Errorf("table %s: %w", c.Name, err)
		}
	}
	return nil
}

func write(dir string, c conformance.Case, formats []pipeline.Format) error {
	shard := c.Table.Shard(c.Order)
	if err := writeTruth(filepath.Join(dir, "truth.arrow"), c.Table, shard); err != nil {
		return err
	}
	for _, f := range formats {
		w := &conformance.Writing{Format: f, Table: c.Table, Shard: shard}
		file, err := w.Write(context.Background(), conformance.Mixed)
		if err != nil {
			return fmt.Errorf("%s: %w", f.Name(), err)
		}
		name := filepath.Join(dir, f.Name(), filepath.FromSlash(f.FileName(shard.Split, 0, 1)))
		if err := writeFile(name, file.Bytes()); err != nil {
			return err
		}
	}
	return nil
}

func writeFile(name string, data []byte) error {
	if err := os.MkdirAll(filepath.Dir(name), fs.ModePerm); err != nil {
		return err
	}
	return os.WriteFile(name, data, 0o666)
}

// writeTruth writes the shard's values, images as structs of bytes and path.
func writeTruth(name string, t *conformance.Table, shard *pipeline.Shard) error {
	columns := make([]arrow.Array, shard.Schema.Len())
	for f := range columns {
		var err error
		if shard.Schema.Field(f).Type.Images() {
			columns[f] = images(t, shard, f)
		} else if columns[f], err = shard.Column(f, 0, shard.Len()); err != nil {
			return err
		}
	}
	if err := os.MkdirAll(filepath.Dir(name), fs.ModePerm); err != nil {
		return err
	}
	file, err := os.Create(name)
	if err != nil {
		return err
	}
	defer file.Close()
	w, err := ipc.NewFileWriter(file, ipc.WithSchema(shard.Schema.Arrow()))
	if err != nil {
		return err
	}
	if shard.Len() > 0 {
		if err := w.Write(array.NewRecordBatch(shard.Schema.Arrow(), columns, int64(shard.Len()))); err != nil {
			return err
		}
	}
	if err := w.Close(); err != nil {
		return err
	}
	return file.Close()
}

// images lays the images of a field out as consumers get them.
func images(t *conformance.Table, shard *pipeline.Shard, field int) arrow.Array {
	b := array.NewBuilder(memory.DefaultAllocator, shard.Schema.Field(field).Type.Arrow())
	for _, row := range shard.Order.All() {
		n, ok := shard.Images[field].Len(row)
		if !ok {
			b.AppendNull()
			continue
		}
		elem := b
		if list, ok := b.(*array.ListBuilder); ok {
			list.Append(true)
			elem = list.ValueBuilder()
		}
		for item := range n {
			appendImage(elem, t.Image(int(row), field, item), shard.Images[field], row, item)
		}
	}
	return b.NewArray()
}

func appendImage(to array.Builder, data []byte, c *pipeline.ImageColumn, row int64, item int) {
	if data == nil {
		to.AppendNull()
		return
	}
	b, ok := to.(*array.StructBuilder)
	if !ok { // of a field that is written as the image's bytes alone
		to.(*array.BinaryBuilder).Append(data)
		return
	}
	b.Append(true)
	b.FieldBuilder(0).(*array.BinaryBuilder).Append(data)
	if name, ok := c.Name(row, item); ok {
		b.FieldBuilder(1).(*array.StringBuilder).Append(name)
	} else {
		b.FieldBuilder(1).AppendNull()
	}
}
