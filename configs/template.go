package configs

import (
	"maps"
	"slices"
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
	if strings.HasPrefix(f.File, "/") {
		k.add(at, "write it relative to the dataset's folder", "%s is an absolute name", quote(f.File))
		return
	}
	for _, s := range k.c.Splits {
		t, err := f.Template(s)
		if err != nil {
			k.add(at, "", "%v", err)
			return
		}
		for _, column := range t.Columns() {
			if other := k.splitWithVar(column); other != "" {
				k.add("splits."+s.Name, "give it under vars", "no {%s}, which the file of field %s takes from the vars of split %s", column, f.Name, other)
			}
		}
	}
}

// splitWithVar returns a split that has the variable, or nothing.
func (k *checker) splitWithVar(name string) string {
	i := slices.IndexFunc(k.c.Splits, func(s Split) bool { _, has := s.Vars[name]; return has })
	if i < 0 {
		return ""
	}
	return k.c.Splits[i].Name
}
