package pipeline

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"runtime"
	"slices"
	"strings"
	"sync"

	"github.com/zeebo/xxh3"
)

// A FileJudge hears of the files that all splits' images are.
type FileJudge interface {
	// Named tells how many images of a field name a file.
	Named(split, field int, images int64)
	// Same tells of images that are one file, two or more, ascending. The slice is valid
	// during the call.
	Same(images []ImageRef)
}

// A ListingJudge is a FileJudge that hears, too, of files in the folders of images that
// no record names, those among them that are left out.
type ListingJudge interface {
	FileJudge
	// Listed tells how many images the folders hold that a split is the first to name, and
	// what could not be listed; it is empty where all was.
	Listed(split int, files int64, unlisted string)
	// Unused tells of a file of these. Whether its name is wanted is the answer, and then
	// Found tells it.
	Unused(split int, folder string) (tell bool)
	Found(split int, folder, file string)
	// Done says that nothing more is told.
	Done()
}

// judgeFiles asks the rules that look at files.
func (m *planner) judgeFiles(ctx context.Context) (err error) {
	n := &namedFiles{planner: m}
	for i := range m.spec.Rules {
		r := &m.spec.Rules[i]
		if r.Files == nil || r.Severity == SeverityOff {
			continue
		}
		finders := make([]*Finder, len(m.out.Records))
		for split := range finders {
			finders[split] = m.ledger.find(split, r.ID, r.Field)
		}
		judge := r.Files(m.out.Records, finders)
		n.judges = append(n.judges, judge)
		if l, lists := judge.(ListingJudge); lists {
			n.listing = append(n.listing, l)
		}
	}
	if len(n.judges) == 0 {
		return nil
	}
	defer func() { err = errors.Join(err, n.digests.Close()) }()
	for split, r := range m.out.Records {
		for _, f := range r.Schema.Images() {
			if err := n.name(ctx, split, f); err != nil {
				return fmt.Errorf("look at the names of images: %w", err)
			}
		}
	}
	if len(n.listing) > 0 {
		if err := n.list(ctx); err != nil {
			return fmt.Errorf("list the folders of images: %w", err)
		}
	}
	return n.judge(ctx)
}

// maxImageFolders is how many folders of images are listed, at about 100 bytes each.
const maxImageFolders = 1 << 17

// namedFiles are the files that images are, and those that lie beside them.
type namedFiles struct {
	*planner
	judges  []FileJudge
	listing []ListingJudge

	mu      sync.Mutex
	digests Digests
	folders map[string]int  // those that names lead into, with the first split that does
	endings map[string]bool // of names, in lower case
	listed  []imageFolder
}

// imageFolder is a folder that was listed.
type imageFolder struct {
	name  string
	split int
}

// asideSplit stands in refs for what is no image of a split: of field 0 what a record
// names that is left out, of field 1 a file that was listed, with the folder's number.
const asideSplit = 255

// name looks at all names of a field.
func (n *namedFiles) name(ctx context.Context, split, field int) error {
	r := n.out.Records[split]
	images := int64(0)
	err := eachBlock(ctx, runtime.GOMAXPROCS(0), r.Rows, func(_ context.Context, lo, hi int64) error {
		b := nameBlock{namedFiles: n, split: split, field: field}
		for row := lo; row < hi; row++ {
			b.row(r, row)
		}
		n.mu.Lock()
		defer n.mu.Unlock()
		images += b.images
		return b.hand()
	})
	for _, j := range n.judges {
		j.Named(split, field, images)
	}
	return err
}

// nameBlock is the names of some rows.
type nameBlock struct {
	*namedFiles
	split, field int
	images       int64
	found        []digest
	folders      []string // that are not those of the name before
	endings      []string
	name, folder []byte
	ending       string
}

// row takes the names of a record.
func (b *nameBlock) row(r *Records, row int64) {
	kept, c := r.Has(row), r.Images[b.field]
	if !kept && len(b.listing) == 0 {
		return
	}
	for item := range c.Count(row) {
		var ok bool
		if b.name, ok = c.AppendFile(b.name[:0], row, item); !ok {
			continue
		}
		ref := MakeImageRef(asideSplit, 0, 0)
		if kept {
			ref = MakeImageRef(b.split, b.field, c.Place(row, item))
			b.images++
		}
		name := plainName(b.name)
		h := xxh3.Hash128(name)
		b.found = append(b.found, digest{h.Hi, h.Lo, ref})
		if len(b.listing) > 0 {
			b.place(name)
		}
	}
}

// plainName is a name without what leads nowhere: "a//./b" is "a/b".
func plainName(name []byte) []byte {
	if bytes.Contains(name, []byte("//")) || bytes.Contains(name, []byte("/.")) || bytes.HasPrefix(name, []byte("./")) {
		return []byte(path.Clean(string(name)))
	}
	return name
}

// place notes where a file lies, and how its name ends.
func (b *nameBlock) place(name []byte) {
	base, folder := name, name[:0]
	if at := bytes.Index(name, []byte("!/")); at >= 0 {
		folder = name[:at+1]
	} else if at := bytes.LastIndexByte(name, '/'); at >= 0 {
		folder, base = name[:at], name[at+1:]
	}
	if b.folder == nil || !bytes.Equal(folder, b.folder) {
		b.folder = append(make([]byte, 0, len(folder)+1), folder...)
		b.folders = append(b.folders, string(folder))
	}
	if ending := nameEnding(string(base)); ending != b.ending || len(b.endings) == 0 {
		b.ending = ending
		b.endings = append(b.endings, ending)
	}
}

// nameEnding is what names of one kind of file have in common: ".png"; a long one is a
// part of the name.
func nameEnding(name string) string {
	if ending := path.Ext(name); len(ending) <= 6 {
		return strings.ToLower(ending)
	}
	return ""
}

// hand puts the block's names to all others.
func (b *nameBlock) hand() error {
	if b.namedFiles.folders == nil {
		b.namedFiles.folders, b.namedFiles.endings = make(map[string]int), make(map[string]bool)
	}
	for _, folder := range b.folders {
		if first, known := b.namedFiles.folders[folder]; !known && len(b.namedFiles.folders) <= maxImageFolders || known && b.split < first {
			b.namedFiles.folders[folder] = b.split
		}
	}
	for _, ending := range b.endings {
		b.namedFiles.endings[ending] = true
	}
	for _, d := range b.found {
		if err := b.digests.Add(d.high, d.low, d.ref); err != nil {
			return err
		}
	}
	return nil
}

// list lists the folders that names lead into.
func (n *namedFiles) list(ctx context.Context) error {
	lister, can := n.src.(Lister)
	files, unlisted := make([]int64, len(n.out.Records)), make([]string, len(n.out.Records))
	refuse := func(why string) {
		for split := range unlisted {
			unlisted[split] = why
		}
	}
	switch {
	case !can:
		refuse("the input cannot be listed")
	case len(n.folders) > maxImageFolders:
		refuse(fmt.Sprintf("the images lie in more than %s folders", Grouped(maxImageFolders)))
	default:
		for folder, split := range n.folders {
			n.listed = append(n.listed, imageFolder{folder, split})
		}
		slices.SortFunc(n.listed, func(a, b imageFolder) int { return strings.Compare(a.name, b.name) })
	}
	for i, f := range n.listed {
		err := n.each(ctx, lister, f.name, func(file string) error {
			files[f.split]++
			h := xxh3.HashString128(file)
			return n.digests.Add(h.Hi, h.Lo, MakeImageRef(asideSplit, 1, int64(i)))
		})
		switch {
		case err != nil && (ctx.Err() != nil || machineFault(err)):
			return err
		case errors.Is(err, fs.ErrNotExist): // image.missing tells
		case err != nil:
			unlisted[f.split] = fmt.Sprintf("%s cannot be listed: %s", Printable(f.name), sharedOr(err))
		}
	}
	for split := range files {
		for _, j := range n.listing {
			j.Listed(split, files[split], unlisted[split])
		}
	}
	return nil
}

// sharedOr is the cause of an error that others share, or all of it.
func sharedOr(err error) string {
	if cause := sharedCause(err); cause != "" {
		return cause
	}
	return err.Error()
}

// each calls use with the images in a folder, by their names in INPUT.
func (n *namedFiles) each(ctx context.Context, lister Lister, folder string, use func(file string) error) error {
	prefix := folder + "/"
	if folder == "" {
		folder, prefix = ".", ""
	}
	return lister.List(ctx, folder, func(names []string) error {
		for _, name := range names {
			base := path.Base(name)
			if ending := nameEnding(base); strings.HasPrefix(base, ".") || !n.endings[ending] && !imageEnding(ending) {
				continue
			}
			if err := use(prefix + name); err != nil {
				return err
			}
		}
		return nil
	})
}

// imageEnding says whether files whose names end so are images, whatever records name.
func imageEnding(ending string) bool {
	switch ending {
	case ".jpg", ".jpeg", ".png", ".gif", ".webp", ".avif", ".bmp", ".tif", ".tiff":
		return true
	}
	return false
}

// judge tells the rules which images are one file, and which files are nobody's.
func (n *namedFiles) judge(ctx context.Context) error {
	least := 2
	if len(n.listing) > 0 {
		least = 1
	}
	wanted := make(map[int]map[sum][]ListingJudge) // by folder
	err := n.digests.groups(least, func(d sum, refs []ImageRef) {
		images := len(refs)
		for images > 0 && refs[images-1].Split() == asideSplit {
			images--
		}
		if images > 1 {
			for _, j := range n.judges {
				j.Same(refs[:images])
			}
		}
		if images > 0 || refs[0].Field() == 0 { // somebody's
			return
		}
		folder := int(refs[0].Place())
		for _, j := range n.listing {
			if !j.Unused(n.listed[folder].split, n.listed[folder].name) {
				continue
			}
			if wanted[folder] == nil {
				wanted[folder] = make(map[sum][]ListingJudge)
			}
			wanted[folder][d] = append(wanted[folder][d], j)
		}
	})
	if err == nil {
		err = n.find(ctx, wanted)
	}
	if err == nil {
		for _, j := range n.listing {
			j.Done()
		}
	}
	return err
}

// errFound ends a listing that has told all that was wanted.
var errFound = errors.New("all are found")

// find lists folders again for the names of a few files.
func (n *namedFiles) find(ctx context.Context, wanted map[int]map[sum][]ListingJudge) error {
	for folder, files := range wanted {
		f := n.listed[folder]
		err := n.each(ctx, n.src.(Lister), f.name, func(file string) error {
			h := xxh3.HashString128(file)
			this := sum{h.Hi, h.Lo}
			for _, j := range files[this] {
				j.Found(f.split, f.name, file)
			}
			if delete(files, this); len(files) == 0 {
				return errFound
			}
			return nil
		})
		if err != nil && err != errFound {
			return fmt.Errorf("list folder %s again: %w", Printable(f.name), err)
		}
	}
	return nil
}
