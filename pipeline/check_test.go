package pipeline_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/pickshard/pickshard/pipeline"
	"github.com/pickshard/pickshard/pipeline/pipelinetest"
)

// check asks all rules about a data set.
func check(t *testing.T, d *pipelinetest.Data, changes ...func(*pipeline.Job)) *pipeline.CheckReport {
	t.Helper()
	disk := pipelinetest.NewDisk()
	r, err := jobOf(d, disk, d.Files, changes...).Check(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if files := disk.Files(); len(files) > 0 {
		t.Errorf("a check has written %v", files)
	}
	return r
}

// known are the rules over names and images, as a config has them.
func known(severity pipeline.Severity) []pipeline.Rule {
	var list []pipeline.Rule
	for _, id := range []string{pipeline.RuleMissing, pipeline.RuleEmpty, pipeline.RuleFormat} {
		list = append(list, pipeline.Rule{About: pipeline.About{ID: id, Of: pipeline.UnitImages}, Severity: severity})
	}
	return list
}

// TestCheckFindsAll: all rules are asked about all records, those of a record too that
// breaks one already; what they find is counted, told in order, and stops nothing.
func TestCheckFindsAll(t *testing.T) {
	t.Parallel()
	d := marked()
	d.Rows["train"][2].Views[0], d.Rows["test"][0].Image = "!broken", "!broken"
	d.Put()
	d.Files.Remove(d.Rows["train"][4].ImageFile())
	r := check(t, d, rules(append(known(pipeline.SeverityFail), noMarks(pipeline.SeverityWarn))...))
	var results, violations []string
	for _, res := range r.Results {
		results = append(results, fmt.Sprintf("%s %s %d/%d", res.Split, res.Rule, res.Violated, res.Checked))
	}
	for _, want := range []string{
		"train image.missing 1/9", "train image.format 1/8", "train image.mark 3/7", "test image.missing 0/3", "test image.format 1/3", "test image.mark 0/2",
	} {
		if !slices.Contains(results, want) {
			t.Errorf("no %q in %q", want, results)
		}
	}
	for _, v := range r.Violations {
		violations = append(violations, fmt.Sprintf("%s %d %s %s", v.Split, v.Row, v.Field, v.Rule))
	}
	equal(t, "violations", violations, []string{
		"train 0 image image.mark", "train 2 image image.mark", "train 2 views image.format", "train 2 views image.mark",
		"train 4 image image.missing", "test 0 image image.format",
	})
	if r.Broken != 3 || r.Stopping != 3 || r.Splits[0].Images != 8 || r.Passed(false) {
		t.Errorf("%d broken, %d stop a run, %+v", r.Broken, r.Stopping, r.Splits)
	}
}

// TestCheckPasses: where nothing is wrong a check passes; strictly, where nothing at all
// is wrong and every rule had something to look at.
func TestCheckPasses(t *testing.T) {
	t.Parallel()
	all := rules(append(known(pipeline.SeverityFail), noMarks(pipeline.SeverityWarn))...)
	for name, c := range map[string]struct {
		d             *pipelinetest.Data
		loose, strict bool
	}{
		"whole": {pipelinetest.NewData(), true, true}, "a warning": {marked(), true, false}, "nothing to look at": {pipelinetest.NewData(3, 0), true, false},
	} {
		r := check(t, c.d, all)
		if r.Passed(false) != c.loose || r.Passed(true) != c.strict {
			t.Errorf("%s: passed %v, strictly %v: %+v", name, r.Passed(false), r.Passed(true), r.Results)
		}
	}
}

// sizes is a rule over all images together: it finds those that are there twice.
type sizes struct {
	mu     sync.Mutex
	seen   map[string][2]int64 // split and place
	twice  [][2]int64
	closed *bool
}

func (s *sizes) Add(split, field int, place int64, data []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, ok := s.seen[string(data)]; ok && field == 1 {
		s.twice = append(s.twice, [2]int64{int64(split), place})
	}
	s.seen[string(data)] = [2]int64{int64(split), place}
	return nil
}

func (s *sizes) Judge(_ context.Context, splits []*pipeline.Records, f []*pipeline.Finder) error {
	for i, r := range splits {
		f[i].Checked(r.Rows)
	}
	for _, at := range s.twice {
		if f[at[0]].Broke(at[1], "image", "") {
			f[at[0]].Tell(pipeline.Violation{Row: at[1], Field: "image", Detail: "stands there twice"})
		}
	}
	return nil
}

func (s *sizes) Close() error {
	*s.closed = true
	return nil
}

// viewer counts what it is shown.
type viewer struct {
	mu    sync.Mutex
	shown map[string]int
}

func (v *viewer) View(_, _ int, _ int64, data []byte) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.shown[string(data)]++
}

// TestCheckShowsEveryImage: rules over all images together, and who looks on, are shown
// each image that could be read, once.
func TestCheckShowsEveryImage(t *testing.T) {
	t.Parallel()
	d := pipelinetest.NewData()
	d.Rows["test"][1].Image = d.Rows["train"][1].Image
	d.Put()
	closed, v := false, &viewer{shown: make(map[string]int)}
	r := check(t, d, func(j *pipeline.Job) { j.Viewer = v }, rules(pipeline.Rule{
		About: pipeline.About{ID: "image.twice", Of: pipeline.UnitImages}, Severity: pipeline.SeverityWarn,
		Contents: func() pipeline.Contents { return &sizes{seen: make(map[string][2]int64), closed: &closed} },
	}))
	if len(r.Violations) != 1 || r.Violations[0].Split != "test" || r.Violations[0].Row != 1 || !closed {
		t.Errorf("%+v, closed: %v", r.Violations, closed)
	}
	n := 0
	for _, times := range v.shown {
		n += times
	}
	if n != 12 || v.shown[d.Rows["test"][1].Image] != 2 {
		t.Errorf("%d images are shown", n)
	}
}

// TestCheckTellsTheFirst: however many records break a rule, counts are exact, and those
// of the lowest rows are told.
func TestCheckTellsTheFirst(t *testing.T) {
	t.Parallel()
	d := pipelinetest.NewData(50)
	for i := range d.Rows["train"] {
		d.Rows["train"][i].Image = "?"
	}
	d.Put()
	r := check(t, d, rules(noMarks(pipeline.SeverityWarn)), spec(func(s *pipeline.Spec) { s.Details = 3 }), func(j *pipeline.Job) { j.Workers, j.Readers = 4, 8 })
	worst := r.Worst()[0]
	if worst.Violated != 50 || worst.Told != 3 || worst.Share() < 0.4 || len(r.Of(&worst)) != 3 || r.Violations[2].Row != 2 {
		t.Errorf("%+v, told %v", worst, r.Violations)
	}
	equal(t, "causes", worst.Causes, []pipeline.Cause{{Field: "image", What: "a mark", Count: 50}})
}

// TestCheckStopsForWhatCannotBeAsked: a rule that fails, and an input that changes, are
// errors of the check itself.
func TestCheckStopsForWhatCannotBeAsked(t *testing.T) {
	t.Parallel()
	fault := errors.New("no memory left")
	d := pipelinetest.NewData()
	sample := pipeline.Rule{About: pipeline.About{ID: "sample.twins", Of: pipeline.UnitRecords}, Severity: pipeline.SeverityWarn,
		Sample: func(context.Context, *pipeline.SampleImages) (*pipeline.Fault, bool, error) { return nil, false, fault }}
	_, err := jobOf(d, nil, d.Files, rules(sample)).Check(t.Context())
	says(t, "a rule", err, "check the images of split train: no memory left")
	j := jobOf(d, nil, d.Files)
	j.Observe = func(e pipeline.Event) {
		if e.Kind == pipeline.EventPlanned {
			d.Files.Put("images/train1.png", "another", pipelinetest.Written())
		}
	}
	if _, err := j.Check(t.Context()); !errors.Is(err, pipeline.ErrSourceChanged) {
		t.Errorf("an image that changes: %v", err)
	}
}

// TestErrorListsCausesOnce: many violations of one cause are told as one, with the first
// of them, so that each cause is seen.
func TestErrorListsCausesOnce(t *testing.T) {
	t.Parallel()
	d := pipelinetest.NewData(30)
	for i := range d.Rows["train"] {
		if i != 7 {
			d.Files.Remove(d.Rows["train"][i].ImageFile())
		}
	}
	d.Files.Put(d.Rows["train"][7].ImageFile(), "", pipelinetest.Written())
	_, _, err := plan(t, d, rules(known(pipeline.SeverityFail)...))
	says(t, "many missing", err, "30 records broke a rule so far", "train row 0, field image: image.missing: no such file", "28 more for the same reason", "image.empty: the file has 0 bytes")
	if text := err.Error(); strings.Contains(text, "train row 1,") || strings.Count(text, "\n") != 2 {
		t.Errorf("too long: %s", text)
	}
}
