package configs

import (
	"io/fs"
	"maps"
	"math"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/pickshard/pickshard/stages"
	"github.com/pickshard/pickshard/stages/join"
	"github.com/pickshard/pickshard/stages/read"
)

// given says whether the records are parted by split.
func (s *SplitBy) given() bool {
	return s.From.Listing != "" || len(s.From.Files)+len(s.From.Columns)+len(s.Ratio) > 0 || s.By != ""
}

// part is a split of the table that is parted.
func (s *SplitBy) part(name string) Split {
	return Split{Name: name, Records: s.From, Table: s.Table, Folder: name}
}

// records checks the names of the files of a table.
func (k *checker) records(at string, r Records, example string) {
	if r.Listing != "" {
		k.listing(at+".listing", r)
		return
	}
	if len(r.Files)+len(r.Columns) == 0 {
		k.add(at, "write e.g. records: "+example, "missing")
	}
	for i, name := range r.Files {
		k.recordFile(k.element(at, i), name)
	}
	seen := make(map[string]bool)
	for _, c := range r.Columns {
		at := at + ".columns." + c.Column
		k.recordFile(at, c.File)
		if seen[c.Column] {
			k.add(at, "keep one of them", "two files for one column")
		}
		seen[c.Column] = true
	}
}

// listing checks the pattern of names of files that are records.
func (k *checker) listing(at string, r Records) {
	if len(r.Columns) > 0 {
		k.add(at, "keep one of them", "columns names the files of the records already")
	}
	if strings.HasPrefix(r.Listing, "/") || len(r.Listing) > maxTemplate {
		k.add(at, "write it relative to the dataset's folder", "%s is not a pattern of names in the dataset's folder", quote(r.Listing))
	} else if _, err := join.ParseListing(r.Listing); err != nil {
		k.add(at, "", "%v", err)
	}
}

func (k *checker) recordFile(at, name string) {
	if !fs.ValidPath(name) || name == "." {
		k.add(at, "use a name relative to the dataset's folder, with / and without ..", "%s is not a name of a file in the dataset's folder", quote(name))
	} else if _, err := path.Match(name, ""); err != nil {
		k.add(at, `close the bracket, or write \[ for a bracket in a name`, "%s is not a pattern", quote(name))
	}
}

// renamed checks what a split says of its columns.
func (k *checker) renamed(at string, s Split) {
	theirs := make(map[string]string)
	for _, name := range slices.Sorted(maps.Keys(s.Rename)) {
		their := s.Rename[name]
		if their == "" {
			k.add(at+".rename."+name, "write the name that the column has in the records", "a column's name is empty")
		} else if other, twice := theirs[their]; twice {
			k.add(at+".rename."+name, "keep one of them", "column %s is %s already", quote(their), quote(other))
		}
		theirs[their] = name
	}
	for i, name := range s.Without {
		if _, ok := s.Rename[name]; ok {
			k.add(k.element(at+".without", i), "keep one of them", "rename says which column %s is", quote(name))
		}
	}
}

// table checks how a table is found in its file.
func (k *checker) table(at string, t Table) {
	var orients []string
	for _, o := range read.Orients() {
		orients = append(orients, string(o))
	}
	if o := string(t.Orient); o != "" && !slices.Contains(orients, o) {
		k.add(at+".orient", instead(o, orients), "unknown orient %s", quote(o))
	}
	oneOf(k, at+".surrogates", string(t.Surrogates), string(SurrogatesError), string(SurrogatesReplace))
}

// oneOf checks a word that may be left out.
func oneOf(k *checker, at, word string, known ...string) {
	if word != "" && !slices.Contains(known, word) {
		k.add(at, instead(word, known), "unknown word %s", quote(word))
	}
}

// parting checks how one table is parted into splits.
func (k *checker) parting() {
	s := &k.c.Split
	if k.c.where != nil && k.given("splits") {
		k.add("split", "keep one of them", "splits names the splits already")
	}
	k.records("split.from", s.From, "all.pkl")
	k.table("split", s.Table)
	switch {
	case s.By == "" && len(s.Ratio) == 0:
		k.add("split", "write by: COLUMN, or ratio: {train: 0.9, test: 0.1}", "it does not say how the records are parted")
	case s.By != "" && len(s.Ratio) > 0:
		k.add("split.ratio", "keep one of them", "the records are parted by column %s already", quote(s.By))
	case s.By != "" && s.Group != "":
		k.add("split.group", "leave it out", "it stands with ratio only")
	}
	sum := 0.0
	for _, share := range s.Ratio {
		if share.Part <= 0 || share.Part > 1 {
			k.add("split.ratio."+share.Split, "use a number above 0 and up to 1", "%v is not a share", share.Part)
		}
		sum += share.Part
	}
	if len(s.Ratio) > 0 && math.Abs(sum-1) > 1e-9 {
		k.add("split.ratio", "make them sum up to 1", "the shares sum up to %v", sum)
	}
}

// joins checks the side tables.
func (k *checker) joins() {
	from := make(map[string]int)
	for i, j := range k.c.Join {
		at := "join[" + strconv.Itoa(i) + "]"
		k.records(at+".records", j.Records, "prompts.csv")
		k.table(at, j.Table)
		if j.Records.Listing != "" {
			k.add(at+".records", "name files", "a side table cannot be a listing")
		}
		if len(j.Records.Columns) > 0 {
			k.add(at+".records", "name files", "a side table cannot be made of columns in files of their own")
		}
		if len(j.On) == 0 {
			k.add(at+".on", "write e.g. on: prompt_id", "missing")
		}
		for _, key := range j.On {
			if key.Left == "" || key.Right == "" {
				k.add(at+".on", "write e.g. on: prompt_id", "a column's name is empty")
			}
		}
		if len(j.Fields) == 0 {
			k.add(at+".fields", "write e.g. fields: [category]", "missing")
		}
		for n, f := range j.Fields {
			if other, twice := from[f]; twice {
				k.add(k.element(at+".fields", n), "leave it out of one", "column %s comes from join[%d] already", quote(f), other)
			}
			from[f] = i
			if slices.ContainsFunc(j.On, func(p KeyPair) bool { return p.Right == f && p.Left == f }) {
				k.add(k.element(at+".fields", n), "leave it out", "the records have the key %s already", quote(f))
			}
		}
		oneOf(k, at+".missing", string(j.Missing), string(stages.MissingFail), string(stages.MissingNull), string(stages.MissingDrop))
		oneOf(k, at+".duplicate", string(j.Duplicate), string(DuplicateFail), string(DuplicateFirst))
	}
}

// where checks the conditions.
func (k *checker) where() {
	for _, f := range k.c.Where {
		at := "where." + f.Column
		if f.In == nil && f.Min == nil && f.Max == nil && f.Present == nil {
			k.add(at, "write in: [...], min:, max: or present: true", "no condition")
		}
	}
}

// paths checks how names are to be understood.
func (k *checker) paths() {
	p := &k.c.Paths
	oneOf(k, "paths.separators", string(p.Separators), string(SeparatorsUnix), string(SeparatorsWindows))
	for i, root := range p.Roots {
		if !strings.HasPrefix(root, "/") && !(len(root) > 2 && root[1] == ':') {
			k.add(k.element("paths.roots", i), "write it from the root of the file system", "%s is not an absolute name of a folder", quote(root))
		}
	}
}
