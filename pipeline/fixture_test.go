package pipeline_test

import (
	"maps"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pickshard/pickshard/pipeline"
	"github.com/pickshard/pickshard/pipeline/pipelinetest"
)

// convert converts a data set to a disk of its own.
func convert(t *testing.T, d *pipelinetest.Data, changes ...func(*pipeline.Job)) *pipelinetest.Disk {
	t.Helper()
	disk := pipelinetest.NewDisk()
	convertTo(t, disk, d, changes...)
	return disk
}

// convertTo converts a data set to a store, which must succeed.
func convertTo(t *testing.T, store pipeline.Store, d *pipelinetest.Data, changes ...func(*pipeline.Job)) *pipeline.Manifest {
	t.Helper()
	m, err := jobOf(d, store, d.Files, changes...).Convert(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// jobOf is the data set's job with some changes.
func jobOf(d *pipelinetest.Data, store pipeline.Store, src pipeline.Source, changes ...func(*pipeline.Job)) *pipeline.Job {
	j := d.Job(store, src)
	for _, change := range changes {
		change(j)
	}
	return j
}

// spec changes what a job is asked to do.
func spec(change func(*pipeline.Spec)) func(*pipeline.Job) {
	return func(j *pipeline.Job) { change(j.Spec) }
}

// policy is what happens to records that break a rule.
func policy(p pipeline.Policy) func(*pipeline.Job) {
	return spec(func(s *pipeline.Spec) { s.Policy = p })
}

// update makes a job one that updates.
func update(j *pipeline.Job) { j.Update = true }

// events are those that a run has told of.
type events struct {
	mu  sync.Mutex
	all []pipeline.Event
}

func (e *events) observe(event pipeline.Event) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.all = append(e.all, event)
}

// listen makes a job tell of its events.
func (e *events) listen(j *pipeline.Job) { j.Observe = e.observe }

// shards lists the shards that events of a kind name, in their order.
func (e *events) shards(kind pipeline.EventKind) []string {
	var names []string
	for _, event := range e.all {
		if event.Kind == kind {
			names = append(names, event.Shard)
		}
	}
	return names
}

// messages are the texts of events of a kind.
func (e *events) messages(kind pipeline.EventKind) string {
	var texts []string
	for _, event := range e.all {
		if event.Kind == kind {
			texts = append(texts, event.Message)
		}
	}
	return strings.Join(texts, "\n")
}

// count counts a script's operations of a kind, by name.
func count(s *pipelinetest.Script, step pipelinetest.Step) map[string]int {
	counts := make(map[string]int)
	for _, op := range s.Ops() {
		if op.Step == step {
			counts[op.Name]++
		}
	}
	return counts
}

// changed lists the operations of a script that change a disk.
func changed(s *pipelinetest.Script) []string {
	var ops []string
	for _, op := range s.Ops() {
		if op.Step.Changes() {
			ops = append(ops, op.String())
		}
	}
	return ops
}

// final are the files outside of the work folder.
func final(files map[string]string) map[string]string {
	out := maps.Clone(files)
	maps.DeleteFunc(out, func(name, _ string) bool { return strings.HasPrefix(name, ".pickshard/") })
	return out
}

// equal wants two things to be the same.
func equal[T any](t *testing.T, what string, got, want T) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

// says wants an error whose text has all of these in it.
func says(t *testing.T, what string, err error, words ...string) {
	t.Helper()
	if err == nil {
		t.Errorf("%s: there is no error", what)
		return
	}
	for _, w := range words {
		if !strings.Contains(err.Error(), w) {
			t.Errorf("%s: the error does not say %q: %v", what, w, err)
		}
	}
}
