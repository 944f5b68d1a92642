package pipeline

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"runtime"
	"strings"
)

// manyImages is from how many images of a field on their sizes and times, of some five
// bytes together, are put into a file.
const manyImages = 1 << 20

// statSplit notes size and time of every image of a split, and says which are
// missing or unfit.
func (m *planner) statSplit(ctx context.Context, split int, r *Records) (times []Numbers, err error) {
	times, m.later = make([]Numbers, r.Schema.Len()), make([]Numbers, r.Schema.Len())
	for _, f := range r.Schema.Images() {
		c, embedded := r.Images[f], r.Images[f].Embedded()
		var scratch *Scratch
		if c.places >= manyImages {
			scratch = m.scratch
		}
		c.Sizes = makeNumbersIn(scratch, c.places, NoImage)
		times[f], m.later[f] = makeNumbersIn(scratch, c.places, 0), makeNumbersIn(scratch, c.places, 0)
		// Stats wait for the disk when the cache is cold: more of them than cores.
		err = eachBlock(ctx, 8*runtime.GOMAXPROCS(0), c.places, func(ctx context.Context, lo, hi int64) error {
			b := statBlock{planner: m, split: split, records: r, field: f, images: c, embedded: embedded, lo: lo, n: int(hi - lo)}
			return b.stat(ctx, times[f], m.later[f])
		})
		if err != nil {
			return nil, fmt.Errorf("look at the images of split %s: %w", r.Split, err)
		}
	}
	return times, nil
}

// statBlock is a look at the images of one field at the places from lo on, a block of
// Numbers.
type statBlock struct {
	*planner
	split   int
	records *Records
	field   int
	images  *ImageColumn
	// embedded images have no file of their own, so each of them is asked for.
	embedded bool
	lo       int64
	n        int

	named int64 // images that the records name
	found map[string]*Finder

	name          []byte // of the image at hand
	asked, absent string // a folder, and that it is not there
}

// stat notes the sizes and times of the block's images.
func (b *statBlock) stat(ctx context.Context, times, later Numbers) error {
	var size, written, after [blockRows]int64
	c := b.images
	row, item := c.At(b.lo)
	for i := range b.n {
		for c.list && item >= c.Count(row) {
			row, item = row+1, 0
		}
		size[i] = NoImage
		if b.records.Has(row) {
			stat, fault, err := b.statImage(ctx, row, item)
			if err != nil {
				return err
			}
			if fault != nil || stat.Size != NoImage {
				b.named++
			}
			if fault != nil {
				b.broke(ctx, row, item, fault)
			} else if size[i] = stat.Size; size[i] != NoImage {
				written[i] = Stamp(stat.ModTime)
				if !stat.Changed.IsZero() {
					after[i] = Stamp(stat.Changed) - written[i]
				}
			}
		}
		if item++; !c.list {
			row, item = row+1, 0
		}
	}
	c.Sizes.setBlock(b.lo, size[:b.n])
	times.setBlock(b.lo, written[:b.n])
	later.setBlock(b.lo, after[:b.n])
	b.settle()
	return nil
}

// broke takes a fault down.
func (b *statBlock) broke(ctx context.Context, row int64, item int, fault *Fault) {
	f := b.found[fault.Rule]
	if f == nil {
		if b.found == nil {
			b.found = make(map[string]*Finder)
		}
		f = b.ledger.find(b.split, fault.Rule, "").Fork()
		b.found[fault.Rule] = f
	}
	name, cause := b.records.Schema.Field(b.field).Name, fault.Cause
	if fault.Rule == RuleMissing && cause == "" {
		cause = b.noFolder(ctx, row, item)
	}
	if f.Broke(row, name, cause) {
		v := Violation{Row: row, Field: name, File: b.images.File(row, item), Rule: fault.Rule, Detail: fault.Detail}
		if !b.suggest(ctx, &v) && cause != fault.Cause {
			v.Detail += "; " + cause
		}
		f.Tell(v)
	}
}

// noFolder says of an image that is missing that its folder is, which thousands of others
// may share: then it is told once, and looked for once.
func (b *statBlock) noFolder(ctx context.Context, row int64, item int) string {
	b.name, _ = b.images.AppendFile(b.name[:0], row, item)
	if folder := b.name[:bytes.LastIndexByte(b.name, '/')+1]; string(folder) != b.asked {
		b.asked, b.absent = string(folder), ""
		if lost := b.lostFolder(ctx, b.asked); lost != "" {
			b.absent = "there is no folder " + Printable(lost)
		}
	}
	return b.absent
}

// settle hands over what the block has found. An image that breaks a rule is not
// asked by the rules behind it.
func (b *statBlock) settle() {
	left := b.named
	for _, id := range listChain {
		f, found := b.ledger.find(b.split, id, ""), b.found[id]
		if found == nil {
			found = f.Fork()
		}
		if id != RuleFormat { // asked of all images that are read, and of few here
			found.Checked(left)
		} else {
			found.Checked(found.violated)
		}
		left -= found.violated
		f.Join(found)
	}
}

// ruleChain is rules over images of which each is asked of those alone that keep the
// ones before it.
type ruleChain []string

var (
	// listChain is asked of names and sizes.
	listChain = ruleChain{RulePath, RuleMissing, RuleFormat, RuleEmpty, RuleTooLarge}
	// passChain is asked of bytes. What listChain has passed may still turn out to be
	// missing, empty or too large.
	passChain = ruleChain{RuleFormat, RuleDimension, RuleIntact, RuleEnd, RuleDecodable}
)

// statImage looks at one image, and says what is wrong with it: nil for nothing. The
// size is NoImage where the record names none, which is the Loader's to judge.
//
// The error is for what is not the fault of the record: an interrupt, or a machine
// that has run out of something.
func (b *statBlock) statImage(ctx context.Context, row int64, item int) (FileStat, *Fault, error) {
	stat, err := b.look(ctx, row, item)
	switch {
	case err == nil && stat.Size == NoImage:
	case err != nil && (ctx.Err() != nil || machineFault(err)):
		return stat, nil, cmp.Or(context.Cause(ctx), err)
	case errors.Is(err, ErrUnsafePath):
		return stat, &Fault{Rule: RulePath, Detail: err.Error()}, nil
	case errors.Is(err, fs.ErrNotExist):
		if cause := sharedCause(err); cause != "" {
			return stat, &Fault{Rule: RuleMissing, Detail: cause, Cause: cause}, nil
		}
		return stat, &Fault{Rule: RuleMissing, Detail: "no such file"}, nil
	case errors.Is(err, ErrNotImage):
		return stat, &Fault{Rule: RuleFormat, Detail: err.Error()}, nil
	case err != nil:
		return stat, &Fault{Rule: RuleMissing, Detail: err.Error(), Cause: sharedCause(err)}, nil
	case stat.Size == 0:
		return stat, &Fault{Rule: RuleEmpty, Detail: "the file has 0 bytes"}, nil
	case stat.Size > b.spec.MaxImage:
		return stat, &Fault{Rule: RuleTooLarge, Detail: fmt.Sprintf("%d bytes, the limit is %d", stat.Size, b.spec.MaxImage)}, nil
	}
	return stat, nil, nil
}

// look asks for an image's size and times, of a file once for many images in a row.
func (b *statBlock) look(ctx context.Context, row int64, item int) (FileStat, error) {
	if b.embedded {
		return b.images.Stat(ctx, row, item)
	}
	var named bool
	if b.name, named = b.images.AppendFile(b.name[:0], row, item); !named {
		return b.images.Stat(ctx, row, item)
	}
	if stat, known := b.memo.find(b.name); known {
		return stat, nil
	}
	stat, err := b.images.Stat(ctx, row, item)
	if err == nil && stat.Size != NoImage {
		b.memo.keep(b.name, stat)
	}
	return stat, err
}

// sharedCause is what an error has in common with those of other images, empty for
// nothing.
func sharedCause(err error) string {
	if cause, ok := errors.AsType[*CauseError](err); ok {
		return cmp.Or(cause.Cause, cause.Error())
	}
	if errors.Is(err, fs.ErrPermission) {
		return causeDenied
	}
	return ""
}

// causeDenied is the cause of what may not be read, as the system says it.
const causeDenied = "permission denied"

// suggest says which file may have been meant by a name that leads to none.
func (m *planner) suggest(ctx context.Context, v *Violation) bool {
	s, can := m.src.(Suggester)
	if !can || v.Rule != RuleMissing && v.Rule != RulePath {
		return false
	}
	near, ok := s.Suggest(ctx, v.File)
	if !ok {
		return false
	}
	if file := Printable(v.File); !strings.Contains(v.Detail, file) {
		v.Detail += " (" + file + ")"
	}
	v.Detail += "; there is " + Printable(near)
	return true
}

// lostFolder is the first folder on the way to a file that is not there, empty where all
// are: then it is not the file that is missing.
func (m *planner) lostFolder(ctx context.Context, file string) string {
	for at := range file {
		if file[at] != '/' || at == 0 {
			continue
		}
		if file[at-1] == '!' {
			return "" // an archive's member: its folders need not be listed
		}
		if _, err := m.src.Stat(ctx, file[:at]); errors.Is(err, fs.ErrNotExist) {
			return file[:at]
		}
	}
	return ""
}
