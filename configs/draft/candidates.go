package draft

import (
	"context"
	"errors"
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/pickshard/pickshard/stages"
	"github.com/pickshard/pickshard/stages/read"
	"github.com/pickshard/pickshard/stages/read/pandas"
)

// pickledColumn is the column that an error of the reader of pickles is about.
func pickledColumn(err error) string {
	var c *pandas.CellError
	var m *pandas.ColumnError
	switch {
	case errors.As(err, &c):
		return c.Column
	case errors.As(err, &m):
		return m.Column
	}
	return ""
}

// others are kinds of files that hold records and are not read, by extension, and what
// to do with them.
var others = map[string]string{
	".tfrecord": "TFRecord; write its records to Parquet by tensorflow", ".tfrecords": "TFRecord; write its records to Parquet by tensorflow",
	".npz": "numpy archives; pickle a DataFrame of their arrays", ".npy": "numpy arrays; pickle a DataFrame of them",
	".sqlite": "SQLite; export its tables as CSV", ".sqlite3": "SQLite; export its tables as CSV", ".db": "a database; export its tables as CSV",
	".xlsx": "Excel; save its sheets as CSV", ".xls": "Excel; save its sheets as CSV", ".ods": "a spreadsheet; save its sheets as CSV",
	".mat": "Matlab; write a table by scipy.io", ".h5": "HDF5; write a table by h5py", ".hdf5": "HDF5; write a table by h5py",
	".lmdb": "LMDB; write its records to files", ".mdb": "LMDB; write its records to files", ".xml": "XML; write a table of it",
	".rar": "RAR; unpack it", ".7z": "7z; unpack it", ".pt": "PyTorch; write a table of it", ".pth": "PyTorch; write a table of it",
	".joblib": "joblib; pickle it by pandas", ".rec": "RecordIO; write its records to files", ".orc": "ORC; write Parquet", ".avro": "Avro; write Parquet",
}

// documents are files for people and programs, not records.
var documents = []string{
	".md", ".rst", ".pdf", ".py", ".ipynb", ".sh", ".yaml", ".yml", ".toml", ".cfg", ".ini", ".html", ".htm", ".css", ".js", ".log", ".lock",
	".bib", ".tex", ".docx", ".svg", ".mp4", ".mp3", ".wav", ".avi", ".ttf", ".exe", ".bin", ".safetensors", ".onnx", ".ckpt", ".crc", ".md5", ".sha256",
}

// tables whose names say so; what has another name, or none, is told by content.
var recordExtensions = []string{".pkl", ".pickle", ".p", ".pck", ".csv", ".tsv", ".tab", ".json", ".jsonl", ".ndjson", ".parquet", ".arrow", ".feather", ".ipc"}

var packings = []string{".gz", ".zst", ".xz", ".bz2", ".zip"}

// isRecords says whether a file may hold a table, by its name: what is told by its
// content alone is looked at only where it is a file of its own.
func isRecords(name string) (sure, maybe bool) {
	name = strings.ToLower(path.Base(name))
	ext := path.Ext(unpacked(name))
	switch {
	case slices.Contains(recordExtensions, ext):
		return true, true
	case others[ext] != "", slices.Contains(documents, ext), strings.HasPrefix(name, "readme"), isLicence(name):
		return false, false
	}
	return false, true
}

// unpacked is a name without what says how the file is compressed.
func unpacked(name string) string {
	for _, p := range packings {
		name = strings.TrimSuffix(name, p)
	}
	return name
}

// withoutExtension is a base name without what says what is in the file.
func withoutExtension(base string) string {
	base = unpacked(base)
	if ext := path.Ext(base); slices.Contains(recordExtensions, strings.ToLower(ext)) || strings.EqualFold(ext, ".txt") {
		return strings.TrimSuffix(base, ext)
	}
	return base
}

// isLicence says whether a file says what may be done with the data.
func isLicence(name string) bool {
	name = strings.ToLower(path.Base(name))
	for _, word := range []string{"license", "licence", "copying", "terms_of_use"} {
		if strings.HasPrefix(name, word) {
			return true
		}
	}
	return false
}

// Bounds on what is opened.
const (
	mostCandidates = 400
	mostParts      = 512 // files that are open at once
	manyFiles      = 3   // of one kind in a folder, so that they may be a file a record
)

// candidates are the files that may hold tables, together those that hold parts of one;
// sidecars, a file for each image, are counted apart.
func (l *listing) candidates() (sets [][]string, sidecars map[string]int, notes []string) {
	sidecars = make(map[string]int)
	unread := make(map[string][]string)
	var names []string
	for at, e := range l.entries {
		name := l.path(int32(at))
		inside := strings.Contains(name, "!/")
		sure, maybe := isRecords(e.name)
		ext := strings.ToLower(path.Ext(e.name))
		switch {
		case e.kind == kindImage, e.size == 0, isArchive(name) && !sure:
			continue
		case others[ext] != "":
			unread[ext] = append(unread[ext], name)
			continue
		case !maybe, inside && !sure, e.kind == kindText && inside:
			continue
		}
		names = append(names, name)
	}
	names = l.withoutSidecars(names, sidecars)
	for _, ext := range sortedKeys(unread) {
		notes = append(notes, fmt.Sprintf("%s: %s", counted(unread[ext]), others[ext]))
	}
	return groupParts(names), sidecars, notes
}

func counted(names []string) string {
	if len(names) == 1 {
		return names[0]
	}
	return fmt.Sprintf("%s and %d more", names[0], len(names)-1)
}

// withoutSidecars takes away files of which there is one for each image, or each folder
// of images.
func (l *listing) withoutSidecars(names []string, sidecars map[string]int) []string {
	byKind := make(map[string][]string)
	kinds := func(name string) [2]string {
		dir, base := path.Split(name)
		return [2]string{dir + "*" + path.Ext(base), path.Dir(strings.TrimSuffix(dir, "/")) + "/*/" + base}
	}
	for _, name := range names {
		for _, k := range kinds(name) {
			byKind[k] = append(byKind[k], name)
		}
	}
	drop := make(map[string]bool)
	for kind, files := range byKind {
		if len(files) < manyFiles {
			continue
		}
		beside := 0
		for _, f := range files {
			if l.hasImageBeside(f) {
				beside++
			}
		}
		if beside*10 >= len(files)*8 {
			sidecars[kind] = len(files)
			for _, f := range files {
				drop[f] = true
			}
		}
	}
	return slices.DeleteFunc(names, func(n string) bool { return drop[n] })
}

// hasImageBeside says whether there is an image with a file's stem, or in its folder
// where no other file is of its kind.
func (l *listing) hasImageBeside(name string) bool {
	dir, base := path.Split(name)
	found := false
	l.stems.find(l.sum(stem(fold(base))), func(at int32) bool {
		found = l.entries[at].kind == kindImage
		return !found
	})
	return found || l.pictured[dir] && !strings.ContainsAny(stem(base), "0123456789")
}

// groupParts puts files together whose names differ in a number alone that counts them:
// train-00000-of-00002.parquet, data_batch_1.
func groupParts(names []string) [][]string {
	groups := make(map[string][]string)
	var order []string
	for _, name := range names {
		key := withoutNumber(name)
		if _, ok := groups[key]; !ok {
			order = append(order, key)
		}
		groups[key] = append(groups[key], name)
	}
	var sets [][]string
	for _, key := range order {
		g := groups[key]
		if len(g) > 1 && counts(g) && len(g) <= mostParts {
			slices.SortStableFunc(g, func(a, b string) int { return strings.Compare(a, b) })
			sets = append(sets, g)
			continue
		}
		for _, name := range g {
			sets = append(sets, []string{name})
		}
	}
	return sets
}

// lastNumber finds the number that counts a file: the last in its base name, or the one
// before "-of-" another.
func lastNumber(name string) (from, to int) {
	base := path.Base(name)
	at := len(name) - len(base)
	end := len(withoutExtension(base))
	if of := strings.LastIndex(base[:end], "-of-"); of > 0 {
		end = of
	}
	for end > 0 && (base[end-1] < '0' || base[end-1] > '9') {
		end--
	}
	start := end
	for start > 0 && base[start-1] >= '0' && base[start-1] <= '9' {
		start--
	}
	return at + start, at + end
}

func withoutNumber(name string) string {
	from, to := lastNumber(name)
	if from == to || from > 0 && (name[from-1] == 'v' || name[from-1] == 'V') { // a version
		return name
	}
	return name[:from] + "#" + name[to:]
}

// counts says whether the numbers of names run from 0 or 1 without a gap.
func counts(names []string) bool {
	seen := make(map[int]bool)
	least := len(names)
	for _, name := range names {
		from, to := lastNumber(name)
		n, err := strconv.Atoi(name[from:to])
		if err != nil || seen[n] || n > len(names) {
			return false
		}
		seen[n] = true
		least = min(least, n)
	}
	return least <= 1
}

// readTables reads every table of INPUT.
func (r *reader) readTables(ctx context.Context, l *listing) (tables []*table, sidecars map[string]int, notes []string, err error) {
	sets, sidecars, notes := l.candidates()
	if len(sets) > mostCandidates {
		notes = append(notes, fmt.Sprintf("%d more files may hold tables and were not looked at: %s ...", len(sets)-mostCandidates, sets[mostCandidates][0]))
		sets = sets[:mostCandidates]
	}
	for _, set := range sets {
		known, err := r.knows(ctx, set[0])
		if ctx.Err() != nil {
			return nil, nil, nil, context.Cause(ctx)
		}
		if err != nil {
			notes = append(notes, err.Error())
			continue
		}
		if !known {
			continue
		}
		found, err := r.readSet(ctx, l, set)
		if ctx.Err() != nil {
			return nil, nil, nil, context.Cause(ctx)
		}
		if err != nil {
			notes = append(notes, firstLine(err.Error()))
		}
		tables = append(tables, found...)
	}
	return tables, sidecars, notes, nil
}

func firstLine(s string) string {
	s, _, _ = strings.Cut(s, "\n")
	return s
}

// knows says whether a file's content is that of a table of some kind. Text that is
// called nothing in particular is one where it has columns.
func (r *reader) knows(ctx context.Context, name string) (known bool, err error) {
	if sure, _ := isRecords(name); sure {
		return true, nil
	}
	err = r.withFile(ctx, name, read.Options{}, func(f *read.File) error {
		for _, k := range stages.Readers(stages.ReaderOptions{}) {
			if known = known || k.Match(f.Head, f.BareName()); known {
				break
			}
		}
		return nil
	})
	return known, err
}

// readSet reads the files of a set, each alone where they are not parts of one table.
func (r *reader) readSet(ctx context.Context, l *listing, set []string) ([]*table, error) {
	found, err := r.read(ctx, set)
	if err != nil && len(set) > 1 && ctx.Err() == nil {
		found, err = nil, nil
		for _, name := range set {
			one, oneErr := r.read(ctx, []string{name})
			found, err = append(found, one...), errors.Join(err, oneErr)
		}
	}
	var good []*table
	for _, t := range r.membersOf(ctx, found) {
		if t = r.oriented(ctx, l, t); t != nil && t.rows > 0 {
			good = append(good, t)
		}
	}
	if len(good) > 0 {
		return good, nil
	}
	if err == nil {
		err = fmt.Errorf("%s: nothing in it is a table", set[0])
	}
	return nil, err
}

// membersOf reads what a dict has under the names of splits as tables of their own, where
// it was read as a table of a few keys.
func (r *reader) membersOf(ctx context.Context, found []*table) []*table {
	if len(found) != 1 || found[0].kind != "pickle" && found[0].kind != "json" || found[0].selected != "" {
		return found
	}
	var keys []string
	t := found[0]
	for _, c := range t.columns {
		if c.name == "key" && t.rows <= 8 {
			t.every(c.name, func(v string) bool {
				keys = append(keys, v)
				return true
			})
		}
	}
	var members []*table
	for _, k := range keys {
		m := &table{files: t.files, selected: k}
		if splitWords[strings.ToLower(k)] == "" || r.fill(ctx, m) != nil || m.rows == 0 {
			return found
		}
		members = append(members, m)
	}
	if len(members) == 0 {
		return found
	}
	return members
}

// oriented reads a table whose columns are data as rows: {key: value}, {key: {...}}.
func (r *reader) oriented(ctx context.Context, l *listing, t *table) *table {
	if t.kind == "csv" {
		return r.headed(ctx, l, t)
	}
	if t.kind != "json" && t.kind != "pickle" {
		return t
	}
	if t.rows > 0 && !l.namesAreData(t) {
		return t
	}
	for _, o := range []read.Orient{read.OrientIndex, read.OrientItems} {
		other := &table{files: t.files, selected: t.selected, orient: o}
		if err := r.fill(ctx, other); err == nil && other.rows > 0 && len(other.columns) < 200 {
			return other
		}
	}
	if t.rows == 0 {
		return nil
	}
	return t
}

// namesAreData says whether the columns' names are keys of records: many more than
// rows, or names of files.
func (l *listing) namesAreData(t *table) bool {
	if len(t.columns) > 40 && int64(len(t.columns)) > 4*t.rows {
		return true
	}
	named, mixed := 0, 0
	for _, c := range t.columns {
		if c.any {
			mixed++
		}
		hit := false
		for _, h := range []struct {
			in   hashed
			name string
		}{{l.bases, fold(path.Base(c.name))}, {l.stems, fold(path.Base(c.name))}} {
			h.in.find(l.sum(h.name), func(at int32) bool {
				hit = l.entries[at].kind == kindImage
				return !hit
			})
		}
		if hit {
			named++
		}
	}
	return named > 1 && named*2 >= len(t.columns) || mixed > 1 && mixed*2 >= len(t.columns)
}
