package validate

import (
	"fmt"
	"strings"

	"github.com/pickshard/pickshard/pipeline"
	"github.com/pickshard/pickshard/schema"
)

// fanOut is which share of a split's images may be one file, and least how many must
// be before it counts: a set of twenty records is not wrong for naming one twice.
const (
	fanOut      = 0.01
	fanOutLeast = 10
)

// ImageFanOut looks for one file that very many records of a split name.
func ImageFanOut() Kind {
	return Kind{
		About: pipeline.About{
			ID: "image.fan-out", Of: pipeline.UnitImages,
			Means:  "thousands of records with one image: a join on the wrong key, or a placeholder in place of what is missing",
			Advice: "look at `file:` and the join's key; if the image does repeat so often, raise `max` (a share from 0 to 1)",
		},
		Severity: pipeline.SeverityWarn, Always: true, Applies: hasImages, Keys: []string{"max"},
		Example: Example{
			Fields: `{win: {type: image, file: "{win}"}}`,
			Good:   []string{repeat(`{"win": "a.png"}`, 9)},
			Bad:    []string{repeat(`{"win": "a.png"}`, 11)},
		},
		Make: func(p *Params, s *schema.Schema, r *pipeline.Rule) error {
			most := fanOut
			if p.Max != nil {
				most = *p.Max
			}
			if most < 0 || most > 1 {
				return fmt.Errorf("max is %v, not a share from 0 to 1", most)
			}
			if len(s.Images()) > 0 {
				r.Files = func(splits []*pipeline.Records, f []*pipeline.Finder) pipeline.FileJudge {
					return &fanOutJudge{splits, f, most, make(map[[2]int]int64)}
				}
			}
			return nil
		},
	}
}

// fanOutJudge looks for files that are many images of one field.
type fanOutJudge struct {
	splits []*pipeline.Records
	f      []*pipeline.Finder
	most   float64
	named  map[[2]int]int64 // by split and field
}

func (j *fanOutJudge) Named(split, field int, n int64) {
	j.named[[2]int{split, field}] = n
	j.f[split].Checked(n)
}

func (j *fanOutJudge) Same(refs []pipeline.ImageRef) {
	for i := 0; i < len(refs); {
		split, field := refs[i].Split(), refs[i].Field()
		k := i + 1
		for k < len(refs) && refs[k].Split() == split && refs[k].Field() == field {
			k++
		}
		if n, all := k-i, j.named[[2]int{split, field}]; n > fanOutLeast && float64(n) > j.most*float64(all) {
			fanned(j.splits, j.f[split], refs[i:k], all)
		}
		i = k
	}
}

// fanned takes the images down that are one file; the first of them is told for all.
func fanned(splits []*pipeline.Records, f *pipeline.Finder, refs []pipeline.ImageRef, all int64) {
	for k, r := range refs {
		rec, row, item, field := imageOf(splits, r)
		if f.Broke(row, field, "") && k == 0 {
			file := rec.Images[r.Field()].File(row, item)
			f.Tell(pipeline.Violation{
				Row: row, Field: field, File: file,
				Detail: fmt.Sprintf("%s of %s images are this one file, %s", count(len(refs)), count(all), pipeline.Printable(file)),
			})
		}
	}
}

// repeat is a line so many times.
func repeat(line string, n int) string {
	var out strings.Builder
	out.WriteString(line)
	for range n - 1 {
		out.WriteString("\n" + line)
	}
	return out.String()
}
