package pipeline

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
)

// An index is a small file that tells a consumer where a shard's samples lie. It is made
// in the pass that writes the shard, and it is a function of the shard's own file alone:
// so it stays right where an update gives both another number, and whoever reads the
// shard can say what it must be.

// An Indexed format puts indexes beside its shards. Its ShardWriters are IndexWriters,
// and its ShardReaders IndexReaders.
type Indexed interface {
	Format
	// Indexes lists the kinds of index that each shard gets: lower-case words.
	Indexes() []string
	// IndexName is the path of a shard's index under the format's folder; empty for a
	// kind that the format does not know. It knows those, too, that it was not asked
	// to write.
	IndexName(kind, split string, index, total int) string
}

// An IndexWriter writes a shard's indexes.
type IndexWriter interface {
	ShardWriter
	// WriteIndex writes the index of a kind. All images are written by then.
	WriteIndex(kind string, w io.Writer) error
}

// An IndexReader tells, once Next has returned io.EOF, what indexes of the file are.
type IndexReader interface {
	ShardReader
	// IndexSum returns the size in bytes and the CRC-32C of the index of a kind.
	IndexSum(kind string) (size int64, crc uint32)
}

// indexes lists the kinds of index that a format writes.
func indexes(f Format) []string {
	if f, ok := f.(Indexed); ok {
		return f.Indexes()
	}
	return nil
}

// filePath is where a shard's file is under OUTPUT, or its index of a kind where that is
// not empty; empty where the format knows no such index.
func filePath(f Format, kind, split string, index, total int) string {
	name := ""
	if kind == "" {
		name = f.FileName(split, index, total)
	} else if f, ok := f.(Indexed); ok {
		name = f.IndexName(kind, split, index, total)
	}
	if name == "" {
		return ""
	}
	return path.Join(f.Name(), name)
}

// shardFiles lists the files of a shard in a format, its own first, without sizes and
// digests.
func shardFiles(f Format, split string, index, total int) []ShardFile {
	files := []ShardFile{{Format: f.Name(), Path: filePath(f, "", split, index, total)}}
	for _, kind := range indexes(f) {
		files = append(files, ShardFile{Format: f.Name(), Index: kind, Path: filePath(f, kind, split, index, total)})
	}
	return files
}

// part names a file among those of its shard: "parquet", or "webdataset.dali".
func (f *ShardFile) part() string {
	if f.Index == "" {
		return f.Format
	}
	return f.Format + "." + f.Index
}

// Own is the shard's own file of a format, or nil.
func (r *ShardResult) Own(format string) *ShardFile {
	i := slices.IndexFunc(r.Files, func(f ShardFile) bool { return f.Format == format && f.Index == "" })
	if i < 0 {
		return nil
	}
	return &r.Files[i]
}

// writeIndex writes an index of a shard whose images are written, makes it durable, and
// fills its size and digest in.
func (t *attemptRun) writeIndex(w ShardWriter, f *ShardFile) (err error) {
	writer, ok := w.(IndexWriter)
	if !ok {
		return fmt.Errorf("%s writes no index", f.Format)
	}
	file, err := t.Store.Create(attemptName(t.name, t.attempt, f.part()))
	if err != nil {
		return err
	}
	out := &sumWriter{file: file}
	buffer := bufio.NewWriterSize(out, 64<<10)
	if err = writer.WriteIndex(f.Index, buffer); err == nil {
		err = buffer.Flush()
	}
	if err == nil {
		err = file.Sync()
	}
	if err = errors.Join(err, file.Close()); err != nil {
		return fmt.Errorf("write index %s: %w", f.Index, err)
	}
	f.Bytes, f.CRC32C = out.size, fmt.Sprintf("%08x", out.crc)
	return nil
}

// sumWriter writes a file from front to back and sums it.
type sumWriter struct {
	file io.WriterAt
	size int64
	crc  uint32
}

func (w *sumWriter) Write(p []byte) (int, error) {
	n, err := w.file.WriteAt(p, w.size)
	w.crc = UpdateCRC32C(w.crc, p[:n])
	w.size += int64(n)
	return n, err
}

// indexes compares a shard's indexes with its own files as they were read.
func (w *shardWalk) indexes() {
	for _, f := range w.result.Files {
		if f.Index == "" {
			continue
		}
		w.Progress.Bytes.Add(f.Bytes)
		if w.missing[f.Path] {
			continue
		}
		w.digest(f.Path, f.Bytes, f.CRC32C)
		i := slices.IndexFunc(w.files, func(o openShard) bool { return o.want.Format == f.Format && o.tally != nil && !o.broken })
		if i < 0 {
			continue // of a file that could not be read to its end
		}
		reader, ok := w.files[i].reader.(IndexReader)
		if !ok {
			w.find(f.Path, "format %s has no index", f.Format)
			continue
		}
		if size, crc := reader.IndexSum(f.Index); size != f.Bytes || fmt.Sprintf("%08x", crc) != f.CRC32C {
			w.find(f.Path, "is not the index of %s, which has %d bytes and the digest %08x", w.files[i].path, size, crc)
		}
	}
}
