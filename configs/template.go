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

// template checks the template of a field's file for every split.
func (k *checker) template(at string, f Field, text string) {
	switch {
	case strings.HasPrefix(text, "/"):
		k.add(at, "write it relative to the dataset's folder", "%s is an absolute name", quote(text))
		return
	case len(text) > maxTemplate:
		k.add(at, "", "a name of %d bytes, at most %d are allowed", len(text), maxTemplate)
		return
	case len(k.c.Splits) > maxSplits:
		return // a fault already
	}
	splits := k.c.Splits
	if len(splits) == 0 && k.c.Split.By != "" {
		splits = Splits{k.c.Split.part("split")} // any: only the records tell their names
	}
	for _, s := range splits {
		t, err := join.ParseTemplate(text, s.Constants())
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
