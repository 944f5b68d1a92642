package configs

import (
	"maps"
	"strings"

	"github.com/pickshard/pickshard/stages/join"
)

// Constants returns what stands for the split in file templates: its name as
// {split}, its folder as {folder}, and its vars.
func (s Split) Constants() map[string]string {
	constants := maps.Clone(s.Vars)
	if constants == nil {
		constants = make(map[string]string, 2)
	}
	constants["split"], constants["folder"] = s.Name, s.Folder
	return constants
}

// Template returns the template of an image field for a split.
func (f Field) Template(s Split) (*join.Template, error) {
	return join.ParseTemplate(f.File, s.Constants())
}

// template checks an image's template for every split.
func (k *checker) template(at string, f Field) {
	switch {
	case strings.HasPrefix(f.File, "/"):
		k.add(at, "write it relative to the dataset's folder", "%s is an absolute name", quote(f.File))
		return
	case len(f.File) > maxTemplate:
		k.add(at, "", "a name of %d bytes, at most %d are allowed", len(f.File), maxTemplate)
		return
	case len(k.c.Splits) > maxSplits:
		return // a fault already
	}
	for _, s := range k.c.Splits {
		t, err := f.Template(s)
		if err != nil {
			k.add(at, "", "%v", err)
			return
		}
		for _, column := range t.Columns() {
			if other, ok := k.vars[column]; ok {
				k.add("splits."+s.Name, "give it under vars", "no {%s}, which the file of field %s takes from the vars of split %s", column, f.Name, other)
			}
		}
	}
}

// splitsOfVars returns, for each name under vars, the first split that has it.
func splitsOfVars(splits []Split) map[string]string {
	of := make(map[string]string)
	for _, s := range splits {
		for name := range s.Vars {
			if _, has := of[name]; !has {
				of[name] = s.Name
			}
		}
	}
	return of
}
