package archive

import (
	"context"
	"slices"
	"strings"
	"sync"

	"github.com/pickshard/pickshard/pipeline"
	"github.com/pickshard/pickshard/stages/source/internal/near"
)

var _ pipeline.Suggester = (*Source)(nil)

// Suggest tells which file or member a missing name may have meant (see package
// near). It is pipeline.Suggester's. Members are listed for it once while the archive
// is one of the few that were asked for last; of an archive of more than two million
// nothing is suggested.
func (s *Source) Suggest(ctx context.Context, name string) (found string, ok bool) {
	files, can := s.files.(pipeline.Suggester)
	if !strings.Contains(name, separator) {
		if !can {
			return "", false
		}
		return files.Suggest(ctx, name)
	}
	a, member, err := s.archive(ctx, name)
	if err == nil {
		if found, ok := s.names.of(a).like(member); ok {
			return a.name + separator + found, true
		}
		return "", false
	}
	file, member, _ := strings.Cut(name, separator)
	if !can {
		return "", false
	}
	if file, ok = files.Suggest(ctx, file); !ok {
		return "", false
	}
	stat, err := s.files.Stat(ctx, file)
	if err != nil {
		return "", false
	}
	if a, err = s.shelf.get(ctx, file, stat); err != nil {
		return file, true
	}
	if _, err := a.contents.find(member); err == nil {
		return file + separator + member, true
	}
	if member, ok = s.names.of(a).like(member); ok {
		return file + separator + member, true
	}
	return file, true
}

// maxListings is how many archives' names are kept for suggestions, and maxListed how
// many names of one.
const (
	maxListings = 4
	maxListed   = 2 << 20
)

// listings keeps the names in archives that were listed last. Its zero value is empty.
type listings struct {
	mu  sync.Mutex
	all []listing // the one used last at the end
}

type listing struct {
	of    *archive
	names *memberNames
}

func (l *listings) of(a *archive) *memberNames {
	l.mu.Lock()
	defer l.mu.Unlock()
	for i, have := range l.all {
		if have.of == a {
			l.all = append(slices.Delete(l.all, i, i+1), have)
			return have.names
		}
	}
	if len(l.all) == maxListings {
		l.all = slices.Delete(l.all, 0, 1)
	}
	names := newMemberNames(a.contents.index)
	l.all = append(l.all, listing{a, names})
	return names
}

// memberNames are the names of an archive's members.
type memberNames struct{ names *near.Names }

func newMemberNames(x *index) *memberNames {
	names := near.New()
	if len(x.members) <= maxListed {
		x.list(func(name string) bool {
			names.Add(name)
			return true
		})
	}
	names.Sort()
	return &memberNames{names}
}

// like returns the member that is most like one that is not there: spelled in another
// way, or in another folder of the archive where it is the only one of its name.
func (m *memberNames) like(member string) (string, bool) {
	for _, spelled := range near.Spellings(member) {
		if spelled != member && m.names.Has(spelled) {
			return spelled, true
		}
		if found, ok := m.names.Like(spelled); ok {
			return found, true
		}
	}
	return m.names.Elsewhere(member)
}
