package configs

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/pickshard/pickshard/pipeline"
	"github.com/pickshard/pickshard/schema"
)

// Validate checks the whole configuration, also after flags have changed it.
// The error is Errors, with every fault in it.
func (c *Config) Validate() error { return c.faults(nil).orNil() }

// checker gathers faults. Values that could not be read, and what lies under
// them, have their fault already and get no second one.
type checker struct {
	c      *Config
	broken map[string]bool
	vars   map[string]string // see splitsOfVars
	found  Errors
}

// faults checks the values but for the paths that are known to be broken.
func (c *Config) faults(broken map[string]bool) Errors {
	k := &checker{c: c, broken: broken, vars: splitsOfVars(c.Splits)}
	if c.Version != Version {
		k.add("version", "write version: 1", "this pickshard reads version %d, not %d", Version, c.Version)
	} else if !k.given("version") {
		k.add("version", "write version: 1", "missing")
	}
	k.name("name", c.Name, "name: my-dataset", datasetName, "letters, digits, '.', '_' and '-', beginning with a letter or digit")
	k.card()
	k.splits()
	k.paths()
	k.fields()
	k.joins()
	k.each()
	k.where()
	within(k, "limit", k.c.Limit, 0, math.MaxInt32)
	within(k, "sample", k.c.Sample, 0, math.MaxInt32)
	k.images()
	k.output()
	k.limits()
	k.rules()
	return k.found
}

// given says whether the file has the key; a Config made by a program always
// has them all.
func (k *checker) given(path string) bool {
	_, ok := k.c.where[path]
	return ok || k.c.where == nil
}

func (k *checker) add(path, hint, format string, args ...any) {
	for up := path; ; up = parent(up) {
		if k.broken[up] {
			return
		}
		if up == "" {
			break
		}
	}
	k.found = append(k.found, &Error{Position: k.c.place(path), Path: path, Message: fmt.Sprintf(format, args...), Hint: hint})
}

// place finds where the value at path was read, or the nearest that holds it.
func (c *Config) place(path string) Position {
	for {
		if flag, ok := c.flags[path]; ok {
			return Position{Source: flag}
		}
		if at, ok := c.where[path]; ok || path == "" {
			return at
		}
		path = parent(path)
	}
}

func parent(path string) string { return path[:max(0, strings.LastIndexAny(path, ".["))] }

// Far above what a dataset has.
const (
	maxSplits   = 100
	maxFields   = 4096
	maxTemplate = 4096 // no path is longer
)

// element is the path of a list's i-th value, or of the list where a single
// value stands for it.
func (k *checker) element(path string, i int) string {
	if _, listed := k.c.where[path+"[0]"]; !listed {
		return path
	}
	return path + "[" + strconv.Itoa(i) + "]"
}

func (k *checker) name(path, value, example string, pattern *regexp.Regexp, rule string) {
	switch {
	case value == "" && !k.given(path):
		k.add(path, "write e.g. "+example, "missing")
	case !pattern.MatchString(value):
		k.add(path, "use "+rule, "%s cannot be a name here", quote(value))
	}
}

func (k *checker) splits() {
	// Bounded, so that checks that compare splits cannot take for ever.
	if len(k.c.Splits) > maxSplits {
		k.add("splits", "", "%d splits, at most %d are allowed", len(k.c.Splits), maxSplits)
		return
	}
	if k.c.Split.given() {
		k.parting()
	} else if len(k.c.Splits) == 0 {
		k.add("splits", "write e.g. splits: {train: {records: train.pkl}}", "no splits")
	}
	seen := make(map[string]string)
	for _, s := range k.c.Splits {
		at := "splits." + s.Name
		k.name(at, s.Name, "train", splitName, "letters, digits and '_'")
		if s.Name == "all" {
			k.add(at, "use another name", "Hugging Face gives the name all to all splits together")
		}
		if other, twice := seen[strings.ToLower(s.Name)]; twice {
			k.add(at, "rename one", "%s and %s differ only in case, which not all file systems keep apart", quote(other), quote(s.Name))
		}
		seen[strings.ToLower(s.Name)] = s.Name
		if !k.c.Split.given() {
			k.records(at+".records", s.Records, s.Name+".pkl")
			k.table(at, s.Table)
		}
		if s.Folder != "" && (!fs.ValidPath(s.Folder) || s.Folder == ".") {
			k.add(at+".folder", "use a name relative to the dataset's folder, with / and without ..", "%s is not a folder in the dataset's folder", quote(s.Folder))
		}
		k.renamed(at, s)
		for _, name := range slices.Sorted(maps.Keys(s.Vars)) {
			switch {
			case name == "split" || name == "folder":
				k.add(at+".vars."+name, "use another name", "{%s} has a meaning already", name)
			case !varName.MatchString(name):
				k.add(at+".vars."+name, "use letters, digits and '_'", "%s cannot be a name in a template", quote(name))
			}
		}
	}
}

func (k *checker) fields() {
	if len(k.c.Fields) > maxFields {
		k.add("fields", "", "%d fields, at most %d are allowed", len(k.c.Fields), maxFields)
		return
	}
	if len(k.c.Fields) == 0 {
		k.add("fields", "write e.g. fields: {prompt: {type: string}}", "no fields")
	}
	seen := make(map[string]string)
	types := make(map[string]Field) // by the column that values come from, of those that each makes
	var made []string
	if each := k.c.Each.each(); each != nil {
		made = each.Names()
	}
	for _, f := range k.c.Fields {
		at := "fields." + f.Name
		if column := f.From; slices.Contains(made, column) {
			if other, twice := types[column]; twice && other.Type != f.Type {
				k.add(at+".type", "give both one type", "fields %s and %s come from column %s: it cannot be read as %s and as %s", quote(other.Name), quote(f.Name), quote(column), other.Type, f.Type)
			}
			types[column] = f
		}
		if other, twice := seen[strings.ToLower(f.Name)]; twice {
			k.add(at, "rename one", "%s and %s differ only in case, which not all consumers keep apart", quote(other), quote(f.Name))
		}
		seen[strings.ToLower(f.Name)] = f.Name
		if _, err := schema.New([]schema.Field{{Name: f.Name, Type: schema.Type{Kind: schema.String}}}); err != nil {
			k.add(at, "", "%v", err)
		}
		t, ok := k.fieldType(at, f)
		if !ok {
			continue
		}
		k.source(at, f, t)
	}
}

// typeNames lists the types as a message does: with an example of those that
// have a zone.
func typeNames() []string {
	return schema.TypeNames()
}

func (k *checker) fieldType(at string, f Field) (schema.Type, bool) {
	if f.Type == "" && !k.given(at+".type") {
		k.add(at+".type", "use one of: "+strings.Join(typeNames(), ", "), "missing")
		return schema.Type{}, false
	}
	t, err := f.parseType()
	if err != nil {
		if errors.Is(err, schema.ErrUnknownType) {
			k.add(at+".type", instead(f.Type, typeNames()), "unknown type %s", quote(f.Type))
		} else {
			k.add(at+".type", "", "%v", err)
		}
		return schema.Type{}, false
	}
	return t, true
}

func (k *checker) output() {
	o := &k.c.Output
	if len(o.Formats) == 0 {
		k.add("output.formats", "use some of: "+strings.Join(Formats(), ", "), "no formats")
	}
	k.list("output.formats", "format", o.Formats, Formats())
	k.list("output.indexes", "index", o.Indexes, Indexes())
	within(k, "output.shard_size", o.ShardSize, 0, math.MaxInt64)
	within(k, "output.shard_rows", o.ShardRows, 0, math.MaxInt32)
	within(k, "output.shards", o.Shards, 0, 99_999)
	if o.Shards > 0 && o.ShardRows > 0 {
		k.add("output.shards", "keep one of them", "shard_rows says how many shards there are already")
	}
	// Readers hold sizes within a row group in 32 bits.
	within(k, "output.row_group.bytes", o.RowGroup.Bytes, 1, GiB)
	within(k, "output.row_group.rows", o.RowGroup.Rows, 0, 1<<20)
	if o.Pages != "" && o.Pages != PagesSize && o.Pages != PagesCDC {
		k.add("output.pages", "write size or cdc", "unknown pages %s", quote(o.Pages))
	}
	if o.Report != ReportHTML && o.Report != ReportNone {
		k.add("output.report", "write html or none", "unknown report %s", quote(string(o.Report)))
	}
	within(k, "output.report_records", o.ReportRecords, 1, 2000)
	if !slices.Contains(pipeline.Policies(), o.OnError) {
		var known []string
		for _, p := range pipeline.Policies() {
			known = append(known, string(p))
		}
		k.add("output.on_error", instead(string(o.OnError), known), "unknown policy %s", quote(string(o.OnError)))
	}
	k.key(o.Key)
	k.members()
}

// members checks that members have fields; what extensions they can have is the
// format's to say (webdataset.Format.Check).
func (k *checker) members() {
	var names []string
	for _, f := range k.c.Fields {
		names = append(names, f.Name)
	}
	for _, name := range slices.Sorted(maps.Keys(k.c.Output.Members)) {
		if !slices.Contains(names, name) {
			k.add("output.members."+name, instead(name, names), "there is no field %s", quote(name))
		}
	}
}

// key checks that the key's field can name a file, as far as its type tells.
func (k *checker) key(name string) {
	if name == "" {
		return
	}
	var names []string
	for _, f := range k.c.Fields {
		names = append(names, f.Name)
		if f.Name != name {
			continue
		}
		t, err := schema.ParseType(f.Type)
		switch {
		case err != nil:
		case t.Kind != schema.String && (t.Kind < schema.Int8 || t.Kind > schema.Uint64):
			k.add("output.key", "use a field of text or whole numbers", "field %s is of type %s, which cannot be a key", quote(name), t)
		case f.Nullable:
			k.add("output.key", "use a field that is never empty", "field %s is nullable, a key is not", quote(name))
		case f.Value != nil || f.Text != "":
			k.add("output.key", "use a field that differs from record to record", "field %s cannot be a key", quote(name))
		}
		return
	}
	k.add("output.key", instead(name, names), "no field %s", quote(name))
}

func (k *checker) limits() {
	l, r := &k.c.Limits, &k.c.Run
	within(k, "limits.image_bytes", l.ImageBytes, 1, GiB)
	within(k, "limits.image_side", l.ImageSide, 1, math.MaxInt32)
	within(k, "limits.image_pixels", l.ImagePixels, 1, math.MaxInt64)
	within(k, "limits.text_bytes", l.TextBytes, 1, GiB)
	within(k, "limits.list_images", l.ListImages, 1, 1_000_000)
	within(k, "limits.pickle_nesting", l.PickleNesting, 1, 1<<16)
	within(k, "limits.pickle_stack", l.PickleStack, 1, math.MaxInt32)
	within(k, "limits.pickle_output", l.PickleOutput, 0, math.MaxInt64)
	within(k, "run.workers", int64(r.Workers), 0, 1<<16)
	within(k, "run.memory", r.Memory, 1*MiB, math.MaxInt64)
}

// within checks that a value lies between two bounds.
func within[T Size | int64](k *checker, path string, v, low, high T) {
	switch {
	case v < low:
		k.add(path, fmt.Sprintf("use %v or more", low), "%v is too small", v)
	case v > high:
		k.add(path, fmt.Sprintf("use %v or less", high), "%v is too large", v)
	}
}
