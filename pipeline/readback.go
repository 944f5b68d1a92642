package pipeline

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"
	"sync"
)

// What is read back from OUTPUT (manifest, plan, shard records, what an update
// noted) may be a stranger's. Before a name is used it must be one that pickshard
// gives, and before a number is used it must be one that can be: none negative,
// and no sum beyond maxTotal, so that sums of what has passed do not overflow.

// maxTotal bounds the rows, and the bytes, of a whole output: a trillion times a
// million.
const maxTotal = 1 << 60

// Names that pickshard gives. They are compiled when they are first asked for: bounded
// repeats make large programs, and most commands read nothing back.
var (
	splitName   = lazily(`^[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}$`)
	formatName  = lazily(`^[a-z][a-z0-9]{0,31}$`)
	ruleName    = lazily(`^[a-z][a-z-]*(\.[a-z-]+){0,3}$`)
	crc32cText  = lazily(`^[0-9a-f]{8}$`)
	recordFile  = lazily(`^[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}-\d{5,9}-of-\d{5,9}(\.bad)?\.json$`)
	attemptFile = lazily(`^([A-Za-z0-9_][A-Za-z0-9_.-]{0,99}-\d{5,9}-of-\d{5,9}\.[a-z2-7]{12}\.[a-z][a-z0-9]{0,31}(\.[a-z]{1,31})?|[a-z2-7]{12}\.[A-Za-z0-9_.-]+)$`)
	workFile    = lazily(`^(lock|plan\.json|workers\.json|old\.json|kept\.json|cards\.json|new-[0-9a-f]{8}\.json|report-[0-9a-f]{16}\.html)$`)
)

// IsSplitName says whether a split can have that name.
func IsSplitName(name string) bool { return splitName.MatchString(name) }

// A namePattern says whether it matches a name.
type namePattern func() *regexp.Regexp

func lazily(expr string) namePattern {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(expr) })
}

func (p namePattern) MatchString(name string) bool { return p().MatchString(name) }

// unmarshalStrict reads one JSON value, with no fields but those of v, and no text
// behind it.
func unmarshalStrict(data []byte, v any) error {
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	if err := dec.Decode(v); err != nil {
		return err
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return fmt.Errorf("more text follows at byte %d", dec.InputOffset())
	}
	return nil
}

// totals sums the numbers of a file that is read back.
type totals struct {
	sums map[string]int64
	err  error // about the first number that cannot be
}

// bound checks numbers that are not summed.
func (t *totals) bound(what string, numbers ...int64) {
	for _, n := range numbers {
		if t.err == nil && (n < 0 || n > maxTotal) {
			t.err = fmt.Errorf("%s: %d cannot be", what, n)
		}
	}
}

func (t *totals) add(what string, numbers ...int64) {
	for _, n := range numbers {
		if t.err == nil && (n < 0 || n > maxTotal-t.sums[what]) {
			t.err = fmt.Errorf("%s: %d cannot be", what, n)
		}
		if t.err == nil {
			t.sums[what] += n
		}
	}
}

// results bounds what rules have counted.
func (t *totals) results(rules []RuleResult) {
	for _, r := range rules {
		t.bound("counts of rules", r.Checked, r.Violated, r.Limit, r.Told)
		for _, c := range r.Causes {
			t.bound("counts of causes", c.Count)
		}
	}
}

// check checks that a result is one of ours, of a split that there is, and that its
// outcome is what its counts give.
func (r *RuleResult) check(splits []string) error {
	again := *r
	again.settle(Tolerance{})
	if r.Tolerate != "" && r.Violated > r.Limit {
		again.Outcome = OutcomeOver
	}
	switch {
	case !ruleName.MatchString(r.Rule):
		return fmt.Errorf("%s is not the name of a rule", quoted(r.Rule))
	case r.Split != "" && !slices.Contains(splits, r.Split):
		return fmt.Errorf("%s: there is no split %s", r.Rule, quoted(r.Split))
	case !slices.Contains(Severities(), r.Severity):
		return fmt.Errorf("%s: %s is not a severity", r.Rule, quoted(string(r.Severity)))
	case !slices.Contains(units(), r.Of):
		return fmt.Errorf("%s: %s is not what a rule counts", r.Rule, quoted(string(r.Of)))
	case r.Violated > r.Checked || r.Told > r.Violated:
		return fmt.Errorf("%s: %d checked, %d violated, %d of them told cannot be", r.Rule, r.Checked, r.Violated, r.Told)
	case r.Outcome != again.Outcome:
		return fmt.Errorf("%s: %d of %d violated is %s, not %s", r.Rule, r.Violated, r.Checked, again.Outcome, quoted(string(r.Outcome)))
	}
	return nil
}

// maxNames bounds the splits, and the formats, of an output: a config has at most
// a hundred of either.
const maxNames = 1000

// checkNames checks the names of splits, or formats: each of the pattern, and once.
func checkNames(what string, pattern namePattern, names []string) error {
	if len(names) > maxNames {
		return fmt.Errorf("%s: there are %d", what, len(names))
	}
	for i, name := range names {
		if !pattern.MatchString(name) {
			return fmt.Errorf("%s: %s is not a name of one", what, quoted(name))
		}
		if slices.Contains(names[:i], name) {
			return fmt.Errorf("%s: %s stands there twice", what, name)
		}
	}
	return nil
}

// quoted is a stranger's text as an error tells it.
func quoted(text string) string {
	if len(text) > 100 {
		return fmt.Sprintf("%q (%d bytes)", text[:100], len(text))
	}
	return fmt.Sprintf("%q", text)
}

// check checks the manifest's numbers, and that each file's name lies under the
// folder of one of its formats, or is a split's list of what was left out.
func (m *Manifest) check() error {
	t := &totals{sums: make(map[string]int64)}
	t.add("rows", m.Rows)
	t.add("bytes", m.Bytes)
	t.add("dropped", m.Dropped)
	for i := range m.Splits {
		m.Splits[i].add(t)
	}
	for _, f := range m.Files {
		t.add("bytes of files", f.Bytes)
	}
	t.results(m.Rules)
	if t.err != nil {
		return t.err
	}
	if m.Tool.Layout < 1 || m.Tool.Layout > LayoutVersion {
		return fmt.Errorf("layout %d, this pickshard knows those up to %d", m.Tool.Layout, LayoutVersion)
	}
	if err := checkNames("formats", formatName, m.Formats); err != nil {
		return err
	}
	if err := checkNames("splits", splitName, m.SplitNames()); err != nil {
		return err
	}
	for i := range m.Rules {
		if err := m.Rules[i].check(m.SplitNames()); err != nil {
			return fmt.Errorf("rules: %w", err)
		}
	}
	folders, lists, seen := make(map[string]bool), map[string]bool{ReportName: true}, make(map[string]bool)
	for _, format := range m.Formats {
		folders[format] = true
	}
	for _, s := range m.Splits {
		lists[quarantineName(s.Name)] = true
	}
	for _, f := range m.files() {
		folder, _, _ := strings.Cut(f.Path, "/")
		if err := f.check(); err != nil {
			return err
		}
		if !lists[f.Path] && (!folders[folder] || f.Path == folder) {
			return fmt.Errorf("files: %s lies under no format's folder", quoted(f.Path))
		}
		if seen[f.Path] {
			return fmt.Errorf("files: %s stands there twice", f.Path)
		}
		seen[f.Path] = true
	}
	return nil
}

func (s *ManifestSplit) add(t *totals) {
	t.add("rows read", s.RowsIn)
	t.add("rows filtered", s.Filtered)
	t.add("rows of splits", s.Rows)
	t.add("bytes of splits", s.Bytes)
	for _, r := range s.Records {
		t.add("bytes of records", r.Bytes)
	}
	for _, n := range s.Dropped {
		t.add("records dropped", n)
	}
	for i := range s.Shards {
		s.Shards[i].add(t)
	}
}

func (r *ShardResult) add(t *totals) {
	t.add("rows of shards", r.Rows)
	t.add("arrow_bytes", r.ArrowBytes)
	for _, f := range r.Files {
		t.add("bytes of shards", f.Bytes)
	}
	for _, st := range r.Images {
		t.add("images", st.Count)
		t.add("bytes of images", st.Bytes)
		for _, side := range []int{st.MinWidth, st.MaxWidth, st.MinHeight, st.MaxHeight} {
			t.bound("sides of images", int64(side))
		}
	}
	for _, v := range r.Dropped {
		t.bound("rows dropped", v.Row)
	}
	t.bound("images read", r.Found.Read)
	for _, n := range r.Found.Asked {
		t.bound("records asked", n)
	}
	for _, b := range r.Found.Broken {
		t.bound("counts of rules", b.Count)
	}
	for _, w := range r.Found.Warnings {
		t.bound("places of warnings", int64(w.Record), int64(w.Item))
	}
}

// check checks the name and the digest of a file.
func (f *ManifestFile) check() error {
	odd := func(c rune) bool { return c < ' ' || c == 0x7f || c == '\\' || c == ':' }
	if len(f.Path) > MaxNameBytes || !fs.ValidPath(f.Path) || strings.ContainsFunc(f.Path, odd) {
		return fmt.Errorf("files: %s is not the name of a file in OUTPUT", quoted(f.Path))
	}
	if !crc32cText.MatchString(f.CRC32C) {
		return fmt.Errorf("files: %s has no CRC-32C: %s", f.Path, quoted(f.CRC32C))
	}
	return nil
}

// checkShards checks that each shard has one file of each of the manifest's
// formats, under the name that the format gives it.
func (m *Manifest) checkShards(known []Format) error {
	formats := make([]Format, len(m.Formats))
	for i, name := range m.Formats {
		at := slices.IndexFunc(known, func(f Format) bool { return f.Name() == name })
		if at < 0 {
			return fmt.Errorf("format %s is not known to this pickshard", name)
		}
		formats[i] = known[at]
	}
	for _, s := range m.Splits {
		for i := range s.Shards {
			if err := s.Shards[i].checkFiles(formats, s.Name, i, len(s.Shards)); err != nil {
				return err
			}
		}
	}
	return nil
}

// checkFiles checks that a shard has one file of each format, and besides these none
// but indexes of them, one of a kind, all rightly named.
func (r *ShardResult) checkFiles(formats []Format, split string, index, total int) error {
	seen := make(map[string]bool)
	for _, got := range r.Files {
		at := slices.IndexFunc(formats, func(f Format) bool { return f.Name() == got.Format })
		if at < 0 || seen[got.part()] || got.Path == "" || got.Path != filePath(formats[at], got.Index, split, index, total) {
			return fmt.Errorf("shard %s cannot have a file %s", ShardName(split, index, total), quoted(got.Path))
		}
		seen[got.part()] = true
	}
	for _, f := range formats {
		if !seen[f.Name()] {
			return fmt.Errorf("shard %s has no file %s", ShardName(split, index, total), filePath(f, "", split, index, total))
		}
	}
	return nil
}

// check checks a plan's names and numbers; what they say of the records is
// compared where those are read.
func (p *Plan) check() error {
	if err := checkNames("formats", formatName, p.Formats); err != nil {
		return err
	}
	t := &totals{sums: make(map[string]int64)}
	t.results(p.Rules)
	var names []string
	for i := range p.Splits {
		s := &p.Splits[i]
		names = append(names, s.Name)
		if err := s.check(t); err != nil {
			return fmt.Errorf("split %s: %w", quoted(s.Name), err)
		}
	}
	if t.err != nil {
		return t.err
	}
	return checkNames("splits", splitName, names)
}

func (s *PlanSplit) check(t *totals) error {
	t.add("rows", s.Rows)
	t.add("rows filtered", s.Filtered)
	t.add("images", s.ImageCount)
	t.add("bytes of images", s.ImageBytes)
	for _, r := range s.Records {
		t.add("bytes of records", r.Bytes)
	}
	for _, v := range s.Dropped {
		t.bound("rows dropped", v.Row)
	}
	next := int64(0)
	for i, sh := range s.Shards {
		t.add("rows of shards", int64(sh.Rows))
		t.add("bytes of images in shards", sh.ImageBytes)
		for _, n := range sh.Bounds {
			t.add("bounds of files", n)
		}
		if t.err != nil {
			return t.err
		}
		if sh.First != next {
			return fmt.Errorf("shard %d begins at record %d, not at %d", i, sh.First, next)
		}
		next += int64(sh.Rows)
	}
	if next > s.Rows {
		return fmt.Errorf("its shards hold %d records of %d", next, s.Rows)
	}
	return t.err
}

// check checks that the record is that of a shard, that all its names are those that the
// shard's files have, and that its numbers can be.
func (r *ShardRecord) check(at shardPlace, formats []Format) error {
	if r.Shard != at.name() || r.Split != at.split || r.Index != at.Index {
		return fmt.Errorf("it is of shard %s", quoted(r.Shard))
	}
	t := &totals{sums: make(map[string]int64)}
	r.Built.add(t)
	if t.err != nil {
		return t.err
	}
	if r.Built.Rows+int64(countRecords(r.Built.Dropped)) != int64(at.rows) {
		return fmt.Errorf("it has %d records of %d", r.Built.Rows, at.rows)
	}
	for _, f := range r.Built.Files {
		if !crc32cText.MatchString(f.CRC32C) {
			return fmt.Errorf("file %s has no CRC-32C: %s", quoted(f.Path), quoted(f.CRC32C))
		}
	}
	if len(r.Attempts) != len(r.Built.Files) {
		return fmt.Errorf("it has %d files under %d names", len(r.Built.Files), len(r.Attempts))
	}
	return r.Built.checkFiles(formats, at.split, at.Index, at.total)
}

// checkBuilt checks that the files of a shard that was built lie in the work
// folder.
func (r *ShardRecord) checkBuilt() error {
	for part, name := range r.Attempts {
		base, ok := strings.CutPrefix(name, filesFolder+"/")
		if !ok || !attemptFile.MatchString(base) || !strings.HasPrefix(base, r.Shard+".") || !strings.HasSuffix(base, "."+part) {
			return fmt.Errorf("%s is not a file of a %s shard that was built", quoted(name), quoted(part))
		}
	}
	return nil
}

// checkKept checks that the files of a shard that stays are those of a shard of
// the old output, which they were.
func (r *ShardRecord) checkKept(old map[string]ShardFile) error {
	for _, f := range r.Built.Files {
		was, ok := old[r.Attempts[f.part()]]
		if !ok || was.part() != f.part() || was.Bytes != f.Bytes || was.CRC32C != f.CRC32C {
			return fmt.Errorf("%s is not a file of the old output", quoted(r.Attempts[f.part()]))
		}
	}
	return nil
}

// workFiles lists the files of the work folder but for the lock, and its folders
// after what is in them. Anything that no run of pickshard puts there is
// ErrOutputForeign: the folder is emptied when a run ends.
func workFiles(s Store) (files []string, err error) {
	names, err := s.List(workFolder)
	if err != nil {
		return nil, err
	}
	inside := map[string]namePattern{
		strings.TrimPrefix(filesFolder, workFolder+"/") + "/": attemptFile, strings.TrimPrefix(shardsFolder, workFolder+"/") + "/": recordFile,
	}
	for _, name := range names {
		pattern := inside[name]
		full := path.Join(workFolder, name)
		switch {
		case full == LockName:
			continue
		case pattern != nil:
			within, err := s.List(full)
			if err != nil {
				return nil, err
			}
			for _, name := range within {
				if !pattern.MatchString(name) {
					return nil, foreign(path.Join(full, name))
				}
				files = append(files, path.Join(full, name))
			}
		case !workFile.MatchString(name):
			return nil, foreign(full)
		}
		files = append(files, full)
	}
	return files, nil
}

func foreign(name string) error {
	return WithHint(fmt.Errorf("%w: %s", ErrOutputForeign, Printable(name)), "move it away, or choose an empty or new folder as OUTPUT")
}
