package validate

import (
	"context"
	"sync"

	"github.com/zeebo/xxh3"

	"github.com/pickshard/pickshard/pipeline"
)

// contents are the digests of all images' bytes: pipeline.Contents for the rules that
// compare them.
type contents struct {
	mu      sync.Mutex
	digests digests
	counts  map[int]int64 // images by split
	judge   func(splits []*pipeline.Records, f []*pipeline.Finder, refs []ref)
}

func newContents(judge func([]*pipeline.Records, []*pipeline.Finder, []ref)) *contents {
	return &contents{counts: make(map[int]int64), judge: judge}
}

// Add implements pipeline.Contents.
func (c *contents) Add(split, field int, place int64, data []byte) error {
	h := xxh3.Hash128(data)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.counts[split]++
	return c.digests.add(h.Hi, h.Lo, uint64(newRef(split, field, place)))
}

// Judge implements pipeline.Contents.
func (c *contents) Judge(_ context.Context, splits []*pipeline.Records, f []*pipeline.Finder) error {
	for i := range f {
		f[i].Checked(c.counts[i])
	}
	return eachGroup(&c.digests, func(refs []ref) { c.judge(splits, f, refs) })
}

// Close implements pipeline.Contents.
func (c *contents) Close() error { return c.digests.close() }
