package pipelinetest

import "github.com/pickshard/pickshard/pipeline"

// Memory is a pipeline.Seen that remembers what it is told, whatever the time.
type Memory struct {
	Known map[string]string
}

var _ pipeline.Seen = (*Memory)(nil)

// Contents implements pipeline.Seen.
func (m *Memory) Contents(source string) (string, bool) {
	digest, ok := m.Known[source]
	return digest, ok
}

// Remember implements pipeline.Seen.
func (m *Memory) Remember(known []pipeline.SeenShard) error {
	m.Known = make(map[string]string)
	for _, s := range known {
		m.Known[s.Source] = s.Contents
	}
	return nil
}
