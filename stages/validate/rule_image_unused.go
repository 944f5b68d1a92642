package validate

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"github.com/pickshard/pickshard/pipeline"
	"github.com/pickshard/pickshard/schema"
)

// ImageUnused looks for images that lie among those that records name, and that no
// record names.
func ImageUnused() Kind {
	return Kind{
		About: pipeline.About{
			ID: "image.unused", Of: pipeline.UnitFiles, Whole: true,
			Means:        "records of these images are missing, or their names lead to others: a wrong join shows here first",
			Advice:       "look whether records should name the files; if they may lie there, raise `max` (a share from 0 to 1) or write `image.unused: off`",
			ConfigAdvice: "look at `file:` and at the records that the config reads before the files: most images are named by none",
		},
		Severity: pipeline.SeverityWarn, Always: true, Applies: func(d Data) bool { return d.Files && !d.Part }, Keys: []string{"max"},
		Example: Example{
			Fields: `{win: {type: image, file: "two/{win}"}}`,
			Good:   []string{"{\"win\": \"a.png\"}\n{\"win\": \"b.png\"}"},
			Bad:    []string{`{"win": "a.png"}`},
		},
		Make: func(p *Params, s *schema.Schema, r *pipeline.Rule) error {
			most := 0.0
			if p.Max != nil {
				most = *p.Max
			}
			if most < 0 || most > 1 {
				return fmt.Errorf("max is %v, not a share from 0 to 1", most)
			}
			if len(s.Images()) > 0 {
				r.Files = func(_ []*pipeline.Records, f []*pipeline.Finder) pipeline.FileJudge {
					return &unusedJudge{f: f, most: most, splits: make([]unusedFiles, len(f))}
				}
			}
			return nil
		},
	}
}

// unusedJudge counts the files of each split's folders.
type unusedJudge struct {
	f      []*pipeline.Finder
	most   float64
	splits []unusedFiles
}

// unusedFiles are those of a split's folders.
type unusedFiles struct {
	listed, unused int64
	folders        map[string]int64 // how many are in each
	told           int
	names          []unusedFile
}

type unusedFile struct{ folder, name string }

func (j *unusedJudge) Named(int, int, int64)    {}
func (j *unusedJudge) Same([]pipeline.ImageRef) {}

func (j *unusedJudge) Listed(split int, files int64, unlisted string) {
	j.splits[split] = unusedFiles{listed: files, folders: make(map[string]int64)}
	j.f[split].Checked(files)
	j.f[split].Partly(unlisted)
}

func (j *unusedJudge) Unused(split int, folder string) (tell bool) {
	s := &j.splits[split]
	s.unused++
	s.folders[folder]++
	if tell = s.told < j.f[split].Most(); tell {
		s.told++
	}
	return tell
}

func (j *unusedJudge) Found(split int, folder, file string) {
	j.splits[split].names = append(j.splits[split].names, unusedFile{folder, file})
}

// Done takes the files down where they are more than may be.
func (j *unusedJudge) Done() {
	for i, s := range j.splits {
		if float64(s.unused) <= j.most*float64(s.listed) {
			continue
		}
		for _, folder := range slices.Sorted(maps.Keys(s.folders)) {
			for range s.folders[folder] {
				j.f[i].Broke(pipeline.WholeSplit, "", "in "+cmp.Or(folder, "INPUT itself"))
			}
		}
		for _, u := range s.names {
			j.f[i].Tell(pipeline.Violation{Row: pipeline.WholeSplit, File: u.name, Detail: "no record names " + pipeline.Printable(u.name), Cause: "in " + cmp.Or(u.folder, "INPUT itself")})
		}
	}
}
