package pipeline_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pickshard/pickshard/pipeline"
	"github.com/pickshard/pickshard/pipeline/pipelinetest"
	"github.com/pickshard/pickshard/schema"
)

// plan plans a data set.
func plan(t *testing.T, d *pipelinetest.Data, changes ...func(*pipeline.Job)) (*pipeline.Planned, *events, error) {
	t.Helper()
	j, told := jobOf(d, nil, d.Files, changes...), &events{}
	p, err := pipeline.MakePlan(t.Context(), j.Spec, j.Source, j.Loader, told.observe)
	return p, told, err
}

// mustPlan plans a data set that has a plan.
func mustPlan(t *testing.T, d *pipelinetest.Data, changes ...func(*pipeline.Job)) *pipeline.Planned {
	t.Helper()
	p, _, err := plan(t, d, changes...)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// rowsOf lists a split's rows, shard by shard.
func rowsOf(p *pipeline.Planned, split int) [][]int64 {
	var shards [][]int64
	for i := range p.Plan.Splits[split].Shards {
		var rows []int64
		for _, row := range p.Shard(split, i).Order.All() {
			rows = append(rows, row)
		}
		shards = append(shards, rows)
	}
	return shards
}

// TestPlanCutsIntoShards: every record is in one shard, in the order of the source; a
// bound on records, or a number of shards, spreads them evenly.
func TestPlanCutsIntoShards(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		rows int
		spec func(*pipeline.Spec)
		want [][]int64
	}{
		"at most two records":    {5, func(s *pipeline.Spec) { s.ShardRows = 2 }, [][]int64{{0, 1}, {2, 3}, {4}}},
		"at most four records":   {6, func(s *pipeline.Spec) { s.ShardRows = 4 }, [][]int64{{0, 1, 2}, {3, 4, 5}}},
		"three shards":           {7, func(s *pipeline.Spec) { s.ShardRows, s.Shards = 0, 3 }, [][]int64{{0, 1, 2}, {3, 4}, {5, 6}}},
		"no bound":               {3, func(s *pipeline.Spec) { s.ShardRows = 0 }, [][]int64{{0, 1, 2}}},
		"no records":             {0, func(s *pipeline.Spec) { s.ShardRows = 2 }, [][]int64{nil}},
		"more shards than there": {2, func(s *pipeline.Spec) { s.ShardRows, s.Shards = 0, 5 }, [][]int64{{0}, {1}}},
	} {
		equal(t, name, rowsOf(mustPlan(t, pipelinetest.NewData(c.rows), spec(c.spec)), 0), c.want)
	}
}

// TestPlanKeepsShardBytes: no file is larger than the shard size, whatever that is,
// unless one record alone is; and then it stands alone, and a warning says so.
func TestPlanKeepsShardBytes(t *testing.T) {
	t.Parallel()
	d := pipelinetest.NewData(12)
	for bytes := int64(100); bytes < 2000; bytes += 100 {
		p, told, err := plan(t, d, spec(func(s *pipeline.Spec) { s.ShardBytes, s.ShardRows = bytes, 0 }))
		if err != nil {
			t.Fatal(err)
		}
		oversize := 0
		for i, sh := range p.Plan.Splits[0].Shards {
			over := slices.Max([]int64{sh.Bounds["ledger"], sh.Bounds["journal"]}) > bytes
			if over != sh.Oversize || over && sh.Rows > 1 {
				t.Errorf("%d bytes: shard %d has %d records and bounds %v, oversize: %v", bytes, i, sh.Rows, sh.Bounds, sh.Oversize)
			}
			if over {
				oversize++
			}
		}
		if warned := strings.Contains(told.messages(pipeline.EventWarning), fmt.Sprintf("each of %d records (the first is train-", oversize)); warned != (oversize > 0) {
			t.Errorf("%d bytes: %d records are too large, and the warnings are %q", bytes, oversize, told.messages(pipeline.EventWarning))
		}
	}
}

// TestPlanKnowsSizes: files have the sizes that the plan says, where it says that they
// are exact.
func TestPlanKnowsSizes(t *testing.T) {
	t.Parallel()
	d := pipelinetest.NewData()
	p, files := mustPlan(t, d), convert(t, d).Files()
	for _, s := range p.Plan.Splits {
		for i, sh := range s.Shards {
			for _, format := range sh.Exact {
				name := fmt.Sprintf("%s/%s/%d-%d.ledger", format, s.Name, i, len(s.Shards))
				if int64(len(files[name])) != sh.Bounds[format] {
					t.Errorf("%s has %d bytes, the plan says %d", name, len(files[name]), sh.Bounds[format])
				}
			}
			if len(sh.Exact) != 2 {
				t.Errorf("exact are %v", sh.Exact)
			}
		}
	}
}

// TestPlanShuffles: a shuffle is a permutation of the split that its seed fixes.
func TestPlanShuffles(t *testing.T) {
	t.Parallel()
	order := func(seed uint64) []int64 {
		p := mustPlan(t, pipelinetest.NewData(40), spec(func(s *pipeline.Spec) { s.Shuffle = &seed }))
		return slices.Concat(rowsOf(p, 0)...)
	}
	first := order(7)
	equal(t, "the same seed again", order(7), first)
	if slices.Equal(order(8), first) || slices.IsSorted(first) {
		t.Errorf("not shuffled, or not by the seed: %v", first)
	}
	slices.Sort(first)
	for row, got := range first {
		if got != int64(row) {
			t.Fatalf("not a permutation: %v", first)
		}
	}
}

// TestPlanReadsNoImage: a plan asks each image for its size, once, and reads none.
func TestPlanReadsNoImage(t *testing.T) {
	t.Parallel()
	d, script := pipelinetest.NewData(), &pipelinetest.Script{}
	j := jobOf(d, nil, &pipelinetest.Source{Under: d.Files, Script: script})
	p, err := pipeline.MakePlan(t.Context(), j.Spec, j.Source, j.Loader, func(pipeline.Event) {})
	if err != nil {
		t.Fatal(err)
	}
	images := int64(0)
	for name, n := range count(script, pipelinetest.StepFind) {
		if !strings.HasSuffix(name, ".tsv") {
			images++
			if n > 1 {
				t.Errorf("%s is looked at %d times", name, n)
			}
		}
	}
	if want := p.Plan.Splits[0].ImageCount + p.Plan.Splits[1].ImageCount; images != want || len(count(script, pipelinetest.StepImage)) > 0 {
		t.Errorf("%d of %d images were looked at, read were %v", images, want, count(script, pipelinetest.StepImage))
	}
}

// TestPlanIdentity: two plans are the same conversion unless what was asked for, or the
// input, differs; and then the identity names the part that does.
func TestPlanIdentity(t *testing.T) {
	t.Parallel()
	nothing := func(*pipelinetest.Data) {}
	set := func(change func(r *pipelinetest.Row)) func(*pipelinetest.Data) {
		return func(d *pipelinetest.Data) {
			change(&d.Rows["train"][0])
			d.Put()
		}
	}
	seed := uint64(1)
	for name, c := range map[string]struct {
		data func(*pipelinetest.Data)
		spec func(*pipeline.Spec)
		want string
	}{
		"nothing":              {nothing, nil, ""},
		"config":               {nothing, func(s *pipeline.Spec) { s.Config = []byte(`{}`) }, "config"},
		"card":                 {nothing, func(s *pipeline.Spec) { s.Card.Description = "small" }, "card"},
		"formats":              {nothing, func(s *pipeline.Spec) { s.Formats = s.Formats[:1] }, "formats, shards"},
		"tool":                 {nothing, func(s *pipeline.Spec) { s.Tool = "0.0.1" }, "tool version"},
		"records a shard":      {nothing, func(s *pipeline.Spec) { s.ShardRows = 3 }, "shards"},
		"a shuffle":            {nothing, func(s *pipeline.Spec) { s.Shuffle = &seed }, "image names and sizes, shards"},
		"a value":              {set(func(r *pipelinetest.Row) { r.Score = 9.5 }), nil, "records (pickle files)"},
		"a longer image":       {set(func(r *pipelinetest.Row) { r.Image = "longer than it was" }), nil, "image names and sizes, shards"},
		"an image of its size": {set(func(r *pipelinetest.Row) { r.Image = "other image 0;" }), nil, ""},
		"an image touched": {func(d *pipelinetest.Data) {
			r := &d.Rows["train"][0]
			d.Files.Put(r.ImageFile(), r.Image, pipelinetest.Written().Add(time.Hour))
		}, nil, ""},
		"a record left out": {func(d *pipelinetest.Data) { d.Files.Remove(d.Rows["test"][0].ImageFile()) }, nil, "image names and sizes, records left out, shards"},
		"how a run is done": {nothing, func(s *pipeline.Spec) {
			s.Used, s.Told, s.Details, s.MaxImage = []byte(`{"x":1}`), []byte(`{}`), 3, 1<<20-1
		}, ""},
	} {
		identity := func(data func(*pipelinetest.Data), change func(*pipeline.Spec)) pipeline.Identity {
			d, changes := pipelinetest.NewData(), []func(*pipeline.Job){policy(pipeline.PolicySkip)}
			data(d)
			if change != nil {
				changes = append(changes, spec(change))
			}
			id, err := mustPlan(t, d, changes...).Plan.Identity()
			if err != nil {
				t.Fatal(err)
			}
			return id
		}
		was, is := identity(nothing, nil), identity(c.data, c.spec)
		if got := strings.Join(is.Differences(was), ", "); got != c.want || (is.ID() == was.ID()) != (c.want == "") {
			t.Errorf("%s: differs in %q, want %q", name, got, c.want)
		}
	}
}

// TestPlanFindsWhatNamesTell: what is wrong with the name or the size of an image, or
// with a record that a format cannot hold, is found before anything is read; by the
// policy it stops the plan, or the record is left out of it.
func TestPlanFindsWhatNamesTell(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		spoil        func(*pipelinetest.Data, *pipelinetest.Row)
		rule, detail string
	}{
		"an image that is missing": {func(d *pipelinetest.Data, r *pipelinetest.Row) { d.Files.Remove(r.ImageFile()) }, pipeline.RuleMissing, "no such file"},
		"one of a list":            {func(d *pipelinetest.Data, r *pipelinetest.Row) { d.Files.Remove(r.ViewFile(1)) }, pipeline.RuleMissing, "no such file"},
		"an empty image": {func(d *pipelinetest.Data, r *pipelinetest.Row) {
			d.Files.Put(r.ImageFile(), "", pipelinetest.Written())
		}, pipeline.RuleEmpty, "0 bytes"},
		"one over the limit": {func(d *pipelinetest.Data, r *pipelinetest.Row) {
			d.Files.Put(r.ImageFile(), strings.Repeat("x", 500), pipelinetest.Written())
		}, pipeline.RuleTooLarge, "500 bytes, the limit is 400"},
		"a name that leaves INPUT": {func(_ *pipelinetest.Data, r *pipelinetest.Row) { r.Name = "../../x" }, pipeline.RulePath, "path leaves the input folder"},
		"a number that is none":    {func(_ *pipelinetest.Data, r *pipelinetest.Row) { r.Score = math.NaN() }, pipelinetest.RuleNumber, "not a finite number"},
	} {
		d := pipelinetest.NewData()
		row := &d.Rows["train"][2]
		c.spoil(d, row)
		small := spec(func(s *pipeline.Spec) { s.MaxImage = 400 })
		_, _, err := plan(t, d, small)
		var broken *pipeline.ViolationsError
		if !errors.As(err, &broken) || broken.Total != 1 || broken.First[0].Rule != c.rule || broken.First[0].Row != 2 || !strings.Contains(broken.First[0].Detail, c.detail) {
			t.Errorf("%s: %v", name, err)
		}
		for _, p := range []pipeline.Policy{pipeline.PolicySkip, pipeline.PolicyQuarantine} {
			planned, told, err := plan(t, d, small, policy(p))
			if err != nil {
				t.Errorf("%s, %s: %v", name, p, err)
				continue
			}
			s := planned.Plan.Splits[0]
			if len(s.Dropped) == 0 || s.Dropped[0].Rule != c.rule || slices.Contains(slices.Concat(rowsOf(planned, 0)...), 2) || s.Rows != 5 {
				t.Errorf("%s, %s: left out are %v, kept %v", name, p, s.Dropped, rowsOf(planned, 0))
			}
			if n := len(told.shards(pipeline.EventDropped)); n != 1 {
				t.Errorf("%s, %s: %d records are told of", name, p, n)
			}
		}
	}
}

// suggester is a source that knows of a file with another name.
type suggester struct {
	pipeline.Source
	near string
}

func (s suggester) Suggest(context.Context, string) (string, bool) { return s.near, s.near != "" }

// TestPlanSuggests: who looks for a file that is not there is told of one that may have
// been meant, else of the folder that is missing.
func TestPlanSuggests(t *testing.T) {
	t.Parallel()
	d := pipelinetest.NewData()
	d.Files.Remove(d.Rows["train"][1].ImageFile())
	for near, want := range map[string]string{"images/train1.PNG": "there is images/train1.PNG", "": "there is no folder images"} {
		j := jobOf(d, nil, suggester{d.Files, near})
		_, err := pipeline.MakePlan(t.Context(), j.Spec, j.Source, j.Loader, func(pipeline.Event) {})
		says(t, "a name that is near: "+near, err, "images/train1.png", want)
	}
}

// TestPlanStopsForTheMachine: what is not a record's fault stops a plan whatever the
// policy: a machine that fails, an interrupt, a table that cannot be read or changes
// meanwhile, a format that cannot hold a field.
func TestPlanStopsForTheMachine(t *testing.T) {
	t.Parallel()
	fault := errors.New("too many open files")
	for name, c := range map[string]struct {
		job  func(context.CancelFunc, *pipelinetest.Data, *pipeline.Job)
		is   error
		says string
	}{
		"an interrupt": {func(cancel context.CancelFunc, _ *pipelinetest.Data, _ *pipeline.Job) { cancel() }, context.Canceled, ""},
		"no table":     {func(_ context.CancelFunc, d *pipelinetest.Data, _ *pipeline.Job) { d.Files.Remove("test.tsv") }, nil, "read split test: find file test.tsv"},
		"a table that changes": {func(_ context.CancelFunc, d *pipelinetest.Data, j *pipeline.Job) {
			j.Source = &pipelinetest.Source{Under: d.Files, Script: &pipelinetest.Script{Around: func(op pipelinetest.Op, done bool) {
				if op.Name == "images/test0.png" && done {
					d.Files.Put("train.tsv", "another", pipelinetest.Written())
				}
			}}}
			j.Loader = d.Loader(j.Source)
		}, pipeline.ErrSourceChanged, "check records train.tsv"},
		"a rule that cannot be asked": {func(_ context.CancelFunc, _ *pipelinetest.Data, j *pipeline.Job) {
			j.Spec.Rules = []pipeline.Rule{{About: pipeline.About{ID: "value.range"}, Field: "score", Severity: pipeline.SeverityWarn,
				Columns: func(context.Context, *pipeline.Records, *pipeline.Finder) error { return fault }}}
		}, fault, "ask rule value.range score of split train"},
		"a rule over splits": {func(_ context.CancelFunc, _ *pipelinetest.Data, j *pipeline.Job) {
			j.Spec.Rules = []pipeline.Rule{{About: pipeline.About{ID: "split.leak"}, Severity: pipeline.SeverityWarn,
				Dataset: func(context.Context, []*pipeline.Records, []*pipeline.Finder) error { return fault }}}
		}, fault, "ask rule split.leak"},
		"a format": {func(_ context.CancelFunc, _ *pipelinetest.Data, j *pipeline.Job) {
			j.Spec.Schema, _ = schema.New([]schema.Field{{Name: "when", Type: schema.Type{Kind: schema.Date}}})
		}, nil, "format ledger: field when is of type date"},
		"a survey": {func(_ context.CancelFunc, _ *pipelinetest.Data, j *pipeline.Job) {
			j.Spec.Formats = []pipeline.Format{surveyed{err: fault}}
		}, fault, "format ledger: "},
	} {
		ctx, cancel := context.WithCancel(t.Context())
		d := pipelinetest.NewData()
		j := jobOf(d, nil, d.Files, policy(pipeline.PolicySkip))
		c.job(cancel, d, j)
		_, err := pipeline.MakePlan(ctx, j.Spec, j.Source, j.Loader, func(pipeline.Event) {})
		cancel()
		says(t, name, err, c.says)
		if c.is != nil && !errors.Is(err, c.is) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// surveyed is a format that chooses traits.
type surveyed struct {
	pipelinetest.Ledger
	traits pipeline.Traits
	err    error
}

func (f surveyed) Survey(context.Context, []pipeline.Kept) (pipeline.Traits, error) {
	return f.traits, f.err
}

// TestPlanAsksRules: each rule that is not off is asked of what it looks at, its result
// counts all that it found, and its severity decides what becomes of the records.
func TestPlanAsksRules(t *testing.T) {
	t.Parallel()
	columns := func(s pipeline.Severity) pipeline.Rule {
		return pipeline.Rule{About: pipeline.About{ID: "value.range", Of: pipeline.UnitValues}, Field: "score", Severity: s,
			Columns: func(_ context.Context, r *pipeline.Records, f *pipeline.Finder) error {
				f.Checked(r.Rows)
				if r.Split == "train" && f.Broke(3, "score", "over 0.5") {
					f.Tell(pipeline.Violation{Row: 3, Field: "score", Detail: "0.75 is over 0.5"})
				}
				return nil
			}}
	}
	dataset := pipeline.Rule{About: pipeline.About{ID: "split.leak", Of: pipeline.UnitRecords}, Severity: pipeline.SeveritySkip,
		Dataset: func(_ context.Context, splits []*pipeline.Records, f []*pipeline.Finder) error {
			f[1].Checked(splits[1].Rows)
			if f[1].Broke(0, "name", "") {
				f[1].Tell(pipeline.Violation{Row: 0, Field: "name", Detail: "stands in train too"})
			}
			return nil
		}}
	shards := pipeline.Rule{About: pipeline.About{ID: "output.files", Of: pipeline.UnitFiles, Whole: true}, Severity: pipeline.SeverityWarn,
		Shards: func(p *pipeline.Plan, f *pipeline.Finder) {
			f.Checked(int64(p.Shards()))
			if f.Broke(pipeline.WholeSplit, "", "") {
				f.Tell(pipeline.Violation{Row: pipeline.WholeSplit, Detail: "too many"})
			}
		}}
	for _, c := range []struct {
		severity pipeline.Severity
		kept     int
		stops    bool
		asked    bool
	}{
		{pipeline.SeverityFail, 0, true, true}, {pipeline.SeveritySkip, 4, false, true}, {pipeline.SeverityQuarantine, 4, false, true},
		{pipeline.SeverityWarn, 5, false, true}, {pipeline.SeverityOff, 5, false, false},
	} {
		p, _, err := plan(t, pipelinetest.NewData(), spec(func(s *pipeline.Spec) { s.Rules = []pipeline.Rule{columns(c.severity), dataset, shards} }))
		if c.stops {
			says(t, string(c.severity), err, "1 record broke a rule so far", "value.range: 0.75 is over 0.5")
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		if n := len(slices.Concat(rowsOf(p, 0)...)); n != c.kept {
			t.Errorf("%s: %d records are kept", c.severity, n)
		}
		equal(t, "the second split", rowsOf(p, 1), [][]int64{{1}})
		var results []string
		for _, r := range p.Plan.Rules {
			results = append(results, fmt.Sprintf("%s %s %d/%d %s", r.Split, r.Rule, r.Violated, r.Checked, r.Outcome))
		}
		files := fmt.Sprintf(" output.files 1/%d violated", (c.kept+1)/2+1)
		want := []string{"train split.leak 0/0 not checked", "test split.leak 1/2 violated", files}
		if c.asked {
			want = []string{"train value.range 1/5 violated", want[0], "test value.range 0/2 passed", want[1], want[2]}
		}
		results = slices.DeleteFunc(results, func(r string) bool { return strings.Contains(r, " image.") })
		equal(t, string(c.severity), results, want)
	}
}

// TestPlanIsStoppedByItsShards: a rule over the plan can say no to it.
func TestPlanIsStoppedByItsShards(t *testing.T) {
	t.Parallel()
	_, _, err := plan(t, pipelinetest.NewData(), spec(func(s *pipeline.Spec) {
		s.Rules = []pipeline.Rule{{About: pipeline.About{ID: "output.files", Of: pipeline.UnitFiles, Whole: true}, Severity: pipeline.SeverityFail,
			Shards: func(p *pipeline.Plan, f *pipeline.Finder) {
				f.Checked(int64(p.Shards()))
				if f.Broke(pipeline.WholeSplit, "", "") {
					f.Tell(pipeline.Violation{Row: pipeline.WholeSplit, Detail: "four shards are too many"})
				}
			}}}
	}))
	says(t, "a rule over shards", err, "rule output.files is broken", "four shards are too many")
}

// TestPlanHearsTheLoader: what a Loader has found, and what it has left unread, is told.
func TestPlanHearsTheLoader(t *testing.T) {
	t.Parallel()
	d := pipelinetest.NewData()
	_, told, err := plan(t, d, func(j *pipeline.Job) { j.Loader = talker{d.Loader(d.Files)} })
	says(t, "a value of another type", err, "train row 4, field score: type: text")
	if got := told.messages(pipeline.EventWarning); got != "split train: a second table is not read\nsplit test: a second table is not read" {
		t.Errorf("warnings: %q", got)
	}
}

// talker is a Loader that finds something in train.
type talker struct{ pipeline.Loader }

func (l talker) Load(ctx context.Context, split string) (*pipeline.Loaded, error) {
	loaded, err := l.Loader.Load(ctx, split)
	if err != nil {
		return nil, err
	}
	loaded.Warnings = []string{"a second table is not read"}
	loaded.Judge = func(find func(string) *pipeline.Finder) error {
		if f := find(pipeline.RuleType); split == "train" && f.Broke(4, "score", "text") {
			f.Tell(pipeline.Violation{Row: 4, Field: "score", Detail: "text"})
		}
		return nil
	}
	return loaded, nil
}

// TestPlanReadsBack: a plan that is written and read is the same plan; one that no
// pickshard of this layout wrote is refused.
func TestPlanReadsBack(t *testing.T) {
	t.Parallel()
	p := mustPlan(t, pipelinetest.NewData()).Plan
	var text strings.Builder
	if err := p.Write(&text); err != nil {
		t.Fatal(err)
	}
	again, err := pipeline.ReadPlan(strings.NewReader(text.String()))
	if err != nil {
		t.Fatal(err)
	}
	var second strings.Builder
	if err := again.Write(&second); err != nil || second.String() != text.String() {
		t.Errorf("written again it is another (%v)", err)
	}
	for name, c := range map[string]struct{ old, new, want string }{
		"another layout":   {`"layout": `, `"layout": 9`, "this pickshard knows version 1 with layout"},
		"an unknown key":   {`"version"`, `"other": 1, "version"`, "unknown field"},
		"not JSON":         {`{`, `<`, "invalid character"},
		"a hole":           {`"first": 2`, `"first": 3`, "begins at record 3, not at 2"},
		"a negative count": {`"image_count": `, `"image_count": -`, "cannot be"},
		"a split's name":   {`"name": "train"`, `"name": "../train"`, "is not a name of one"},
		"a format's name":  {`"ledger"`, `"Ledger"`, "formats: \"Ledger\" is not a name of one"},
		"too many records": {`"rows": 5`, `"rows": 1`, "its shards hold 5 records of 1"},
	} {
		_, err := pipeline.ReadPlan(strings.NewReader(strings.Replace(text.String(), c.old, c.new, 1)))
		says(t, name, err, "read plan: ", c.want)
	}
}
