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
	digests pipeline.Digests
	counts  map[int]int64 // images by split
	judge   func(splits []*pipeline.Records, f []*pipeline.Finder, refs []pipeline.ImageRef)
}

func newContents(judge func([]*pipeline.Records, []*pipeline.Finder, []pipeline.ImageRef)) *contents {
	return &contents{counts: make(map[int]int64), judge: judge}
}

// Add implements pipeline.Contents.
func (c *contents) Add(split, field int, place int64, data []byte) error {
	h := xxh3.Hash128(data)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.counts[split]++
	return c.digests.Add(h.Hi, h.Lo, pipeline.MakeImageRef(split, field, place))
}

// Judge implements pipeline.Contents.
func (c *contents) Judge(_ context.Context, splits []*pipeline.Records, f []*pipeline.Finder) error {
	for i := range f {
		f[i].Checked(c.counts[i])
	}
	return c.digests.Groups(2, func(refs []pipeline.ImageRef) { c.judge(splits, f, refs) })
}

// Close implements pipeline.Contents.
func (c *contents) Close() error { return c.digests.Close() }
