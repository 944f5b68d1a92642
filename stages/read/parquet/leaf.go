package parquet

import (
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/parquet-go/parquet-go/format"

	"github.com/pickshard/pickshard/stages/read"
)

// leafReader gives a leaf's levels and values, some rows at a time.
type leafReader struct {
	pageReader
	leaf *node
	dict *dictionary
	page *page

	// The next entry, where its levels are known already: it may begin a row that
	// was not asked for.
	pending  bool
	rep, def uint32
	need     int // values of the page that belong to the entries since they were decoded

	// The entries at hand. Values are there for those at the highest level.
	reps, defs []uint8
	words      []uint64
	texts      [][]byte

	entry, value int // those that come next, when rows are made of them
}

// mostEntries bounds the values of a batch of one column.
const mostEntries = 32 << 20

// fill gets the entries of the next n rows.
func (l *leafReader) fill(n int) error {
	l.reps, l.defs, l.words, l.entry, l.value = l.reps[:0], l.defs[:0], l.words[:0], 0, 0
	clear(l.texts)
	l.texts = l.texts[:0]
	for rows := 0; ; {
		if !l.pending {
			if err := l.levels(); errors.Is(err, io.EOF) {
				if rows < n {
					return read.Malformed(l.at, "the column ends %d rows before its row group", n-rows)
				}
				break
			} else if err != nil {
				return err
			}
		}
		if l.rep == 0 {
			if rows == n {
				break
			}
			rows++
		} else if rows == 0 {
			return read.Malformed(l.at, "a column that begins in the middle of a row")
		}
		l.pending = false
		l.reps = append(l.reps, uint8(l.rep))
		l.defs = append(l.defs, uint8(l.def))
		if int(l.def) == l.leaf.maxDef {
			l.need++
		}
		if len(l.reps) > mostEntries {
			return read.OverLimit("more than %d values in a few rows of a column", mostEntries)
		}
	}
	return l.decode()
}

// levels finds the levels of the next entry.
func (l *leafReader) levels() error {
	for l.page == nil || l.page.left == 0 {
		if err := l.decode(); err != nil {
			return err
		}
		if err := l.nextPage(); err != nil {
			return err
		}
	}
	var ok1, ok2 bool
	l.page.left--
	l.rep, ok1 = l.page.rep.next()
	l.def, ok2 = l.page.def.next()
	if !ok1 || !ok2 || int(l.rep) > l.leaf.maxRep || int(l.def) > l.leaf.maxDef {
		return read.Malformed(l.at, "the levels of a page are fewer or higher than they can be")
	}
	l.pending = true
	return nil
}

// decode gets the values of the entries that have none yet.
func (l *leafReader) decode() error {
	n := l.need
	if l.need = 0; n == 0 {
		return nil
	}
	var err error
	if l.leaf.physical.wide() {
		at := len(l.texts)
		l.texts = slices.Grow(l.texts, n)[:at+n]
		err = l.page.dec.bytes(l.texts[at:])
	} else {
		at := len(l.words)
		l.words = slices.Grow(l.words, n)[:at+n]
		err = l.page.dec.bits(l.words[at:])
	}
	if err != nil {
		return read.Malformed(l.at, "the values of a page: %v", err)
	}
	return nil
}

// nextPage goes to the next page of values; dictionaries on the way are kept.
func (l *leafReader) nextPage() error {
	for {
		began := l.at
		h, data, err := l.next()
		if err != nil {
			return err
		}
		switch h.Type {
		case format.IndexPage:
			continue
		case format.DictionaryPage:
			if err = l.openDictionary(h, data); err == nil {
				continue
			}
		default:
			if l.page, err = l.openPage(h, data); err == nil {
				return nil
			}
		}
		return fault(began, err)
	}
}

// fault is an error about a page.
func fault(at int64, err error) error {
	if errors.Is(err, read.ErrUnsupported) {
		return err
	}
	return read.Malformed(at, "a page: %v", err)
}

func (l *leafReader) openDictionary(h *format.PageHeader, data []byte) error {
	d := &h.DictionaryPageHeader
	if l.dict != nil || l.page != nil || !d.Valid {
		return errors.New("a dictionary where none can be")
	}
	//lint:ignore SA1019 writers of version 1 still use it
	if e := d.V.Encoding; e != format.Plain && e != format.PlainDictionary {
		return fmt.Errorf("a dictionary with encoding %s", e)
	}
	plain, err := l.unpack(data, h.UncompressedPageSize)
	if err != nil {
		return err
	}
	l.dict, err = newDictionary(l.leaf.physical, plain, int(d.V.NumValues))
	return err
}
