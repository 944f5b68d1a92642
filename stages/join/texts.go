package join

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"sync/atomic"
	"unicode/utf8"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"golang.org/x/sync/errgroup"

	"github.com/pickshard/pickshard/pipeline"
)

// Texts are fields whose values are text files, one for each record.
type Texts struct {
	Source pipeline.Source
	Names  *Names
	// Form says what a file's text becomes.
	Form TextForm
	// MaxBytes is the largest file.
	MaxBytes int64
}

// TextForm says what becomes of a file's text.
type TextForm uint8

const (
	// WholeText is the file's text, but for one line's end at its end.
	WholeText TextForm = iota
	// Lines is a list of the file's lines, without their ends.
	Lines
	// JSONText is the file's text, which must be one JSON value.
	JSONText
)

// TextColumn is a column of texts that were read.
type TextColumn struct {
	Column *arrow.Chunked // null where a record has no text
	// Bytes and SHA256 are of all the names and texts: a digest of the input.
	Bytes  int64
	SHA256 string
	// Faults are the files that could not be read, by row, in order.
	Faults []TextFault
}

// TextFault says why a record has no text.
type TextFault struct {
	Row  int64
	File string
	// Rule is one of pipeline's rules.
	Rule, Detail string
}

// textBlock is how many rows are read together.
const textBlock = 4096

// Read reads the texts of the rows that has says yes to.
func (t *Texts) Read(ctx context.Context, rows int64, has func(row int64) bool) (*TextColumn, error) {
	out := &TextColumn{}
	sum := sha256.New()
	var chunks []arrow.Array
	for lo := int64(0); lo < rows; lo += textBlock {
		block := make([]textFile, min(textBlock, rows-lo))
		if err := t.readBlock(ctx, lo, block, has); err != nil {
			return nil, err
		}
		for i, f := range block {
			if f.fault != nil {
				f.fault.Row = lo + int64(i)
				out.Faults = append(out.Faults, *f.fault)
			}
			if f.text != nil {
				out.Bytes += int64(len(f.text))
				var sizes [16]byte
				binary.LittleEndian.PutUint64(sizes[:], uint64(len(f.name)))
				binary.LittleEndian.PutUint64(sizes[8:], uint64(len(f.text)))
				sum.Write(sizes[:])
				sum.Write([]byte(f.name))
				sum.Write(f.text)
			}
		}
		chunks = append(chunks, t.column(block))
	}
	out.Column = arrow.NewChunked(t.arrow(), chunks)
	out.SHA256 = hex.EncodeToString(sum.Sum(nil))
	return out, nil
}

// textFile is a row's file.
type textFile struct {
	name  string
	text  []byte // nil: none
	fault *TextFault
}

// readBlock reads the files of a block of rows, several at once.
func (t *Texts) readBlock(ctx context.Context, lo int64, block []textFile, has func(int64) bool) error {
	const readers = 8
	var next atomic.Int64
	g, ctx := errgroup.WithContext(ctx)
	for range readers {
		g.Go(func() error {
			for i := next.Add(1) - 1; i < int64(len(block)); i = next.Add(1) - 1 {
				if !has(lo + i) {
					continue
				}
				if err := t.readFile(ctx, lo+i, &block[i]); err != nil {
					return err
				}
			}
			return nil
		})
	}
	return g.Wait()
}

// readFile reads a row's file. The error is for what is not the fault of the file.
func (t *Texts) readFile(ctx context.Context, row int64, f *textFile) error {
	name, ok := t.Names.Append(nil, row, 0)
	if !ok {
		return nil
	}
	f.name = string(name)
	fault := func(rule, format string, args ...any) error {
		f.text = nil
		f.fault = &TextFault{File: f.name, Rule: rule, Detail: fmt.Sprintf(format, args...)}
		return nil
	}
	stat, err := t.Source.Stat(ctx, f.name)
	if err == nil && stat.Size > t.MaxBytes {
		return fault(pipeline.RuleTooLarge, "%d bytes of text, the limit is %d", stat.Size, t.MaxBytes)
	}
	if err == nil {
		f.text = make([]byte, stat.Size)
		_, err = t.Source.ReadFile(ctx, f.name, stat, f.text)
	}
	switch {
	case err == nil:
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case errors.Is(err, pipeline.ErrUnsafePath):
		return fault(pipeline.RulePath, "%v", err)
	case errors.Is(err, fs.ErrNotExist):
		return fault(pipeline.RuleMissing, "no such file")
	default:
		return fault(pipeline.RuleMissing, "%v", err)
	}
	f.text = bytes.TrimPrefix(f.text, []byte("\ufeff"))
	for at, text := 0, f.text; len(text) > 0; {
		r, size := utf8.DecodeRune(text)
		if r == utf8.RuneError && size == 1 {
			return fault(pipeline.RuleType, "byte %d is not UTF-8", at)
		}
		at, text = at+size, text[size:]
	}
	if t.Form == JSONText {
		var compact bytes.Buffer
		if err := json.Compact(&compact, f.text); err != nil {
			return fault(pipeline.RuleType, "it is not JSON: %v", err)
		}
		f.text = compact.Bytes()
	}
	return nil
}

func (t *Texts) arrow() arrow.DataType {
	if t.Form == Lines {
		return arrow.ListOf(arrow.BinaryTypes.String)
	}
	return arrow.BinaryTypes.String
}

// column makes an array of a block's texts.
func (t *Texts) column(block []textFile) arrow.Array {
	b := array.NewBuilder(memory.DefaultAllocator, t.arrow())
	defer b.Release()
	for _, f := range block {
		switch b := b.(type) {
		case *array.StringBuilder:
			if f.text == nil {
				b.AppendNull()
			} else {
				b.Append(string(trimEnd(f.text)))
			}
		case *array.ListBuilder:
			if f.text == nil {
				b.AppendNull()
				continue
			}
			b.Append(true)
			for len(f.text) > 0 {
				line, rest, _ := bytes.Cut(f.text, []byte("\n"))
				b.ValueBuilder().(*array.StringBuilder).Append(string(bytes.TrimSuffix(line, []byte("\r"))))
				f.text = rest
			}
		}
	}
	return b.NewArray()
}

// trimEnd takes one line's end off.
func trimEnd(text []byte) []byte {
	if line, ok := bytes.CutSuffix(text, []byte("\n")); ok {
		return bytes.TrimSuffix(line, []byte("\r"))
	}
	return text
}
