package folder

import (
	"container/list"
	"context"
	"path"
	"strings"
	"sync"

	"github.com/pickshard/pickshard/stages/source/internal/near"
)

// What is kept of folders that were listed to suggest names: of one, and of all.
const (
	maxListed      = 2 << 20
	maxListedNames = 4 << 20
)

// Suggest tells which file or folder a missing name may have meant (see package
// near): each part of it may be spelled in another way, and it may begin with
// folders of another machine. It is pipeline.Suggester's.
//
// Folders are listed once, however many names are asked for, and so the answer is
// that of the first time. Of a folder with more than two million entries nothing is
// suggested.
func (f *Folder) Suggest(ctx context.Context, name string) (found string, ok bool) {
	for _, spelled := range near.Spellings(name) {
		if ctx.Err() != nil {
			return "", false
		}
		if found, ok := f.nearby(spelled); ok && found != name {
			return found, true
		}
	}
	return "", false
}

// nearby returns the name that is there, or is like one that is not.
func (f *Folder) nearby(name string) (found string, ok bool) {
	if checkName(name) != nil {
		return "", false
	}
	for part := range strings.SplitSeq(name, "/") {
		if part == "" || part == "." || part == ".." {
			found = path.Join(found, part)
			continue
		}
		names := f.listings.of(f, path.Join(".", found))
		if !names.Has(part) {
			if part, ok = names.Like(part); !ok {
				return "", false
			}
		}
		found = path.Join(found, part)
	}
	return found, found != "" && found != "."
}

// listings keeps the names in folders that were listed, those used last. Its zero
// value is empty.
type listings struct {
	mu     sync.Mutex
	byName map[string]*list.Element
	used   list.List // of *listed, the one used last in front
	total  int       // names
}

type listed struct {
	folder string
	names  *near.Names
}

// of lists a folder, at most once while it is kept.
func (l *listings) of(f *Folder, folder string) *near.Names {
	l.mu.Lock()
	defer l.mu.Unlock()
	if e := l.byName[folder]; e != nil {
		l.used.MoveToFront(e)
		return e.Value.(*listed).names
	}
	names := f.names(folder)
	if l.byName == nil {
		l.byName = make(map[string]*list.Element)
	}
	l.byName[folder] = l.used.PushFront(&listed{folder, names})
	l.total += names.Len() + 1
	for l.total > maxListedNames && l.used.Len() > 1 {
		last := l.used.Remove(l.used.Back()).(*listed)
		delete(l.byName, last.folder)
		l.total -= last.names.Len() + 1
	}
	return names
}

// names lists a folder: nothing where it cannot be listed, or has too many entries.
func (f *Folder) names(folder string) *near.Names {
	names := near.New()
	dir, err := f.openDir(folder)
	if err != nil {
		return names
	}
	defer dir.Close()
	for err == nil {
		var some []string
		some, err = dir.Readdirnames(4096)
		if names.Len()+len(some) > maxListed {
			return near.New()
		}
		for _, n := range some {
			names.Add(n)
		}
	}
	names.Sort()
	return names
}
