package webdataset

import (
	"context"
	"fmt"
	"runtime"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/pickshard/pickshard/pipeline"
)

// Survey chooses, for each image field, the one extension that its members have in
// every tar: the most frequent among the kept records' file names, the first in
// alphabet among equals. Consumers decode by content, but take the column's name
// from the extension, so it must not vary.
func (*Format) Survey(ctx context.Context, splits []pipeline.Kept) (pipeline.Traits, error) {
	if len(splits) == 0 {
		return nil, nil
	}
	t := make(pipeline.Traits)
	s := splits[0].Schema
	for _, f := range s.Images() {
		counts := map[string]int{}
		for _, k := range splits {
			if err := countExtensions(ctx, counts, k, f); err != nil {
				return nil, fmt.Errorf("look at the file names of split %s: %w", k.Split, err)
			}
		}
		t[s.Field(f).Name] = mostFrequent(counts)
	}
	return t, nil
}

func mostFrequent(counts map[string]int) string {
	best := ""
	for ext, n := range counts {
		if ext != "" && (best == "" || n > counts[best] || n == counts[best] && ext < best) {
			best = ext
		}
	}
	if best == "" {
		return "img"
	}
	return best
}

// countExtensions counts the extensions of the names that a split's images have.
func countExtensions(ctx context.Context, counts map[string]int, k pipeline.Kept, field int) error {
	const block = 1 << 16
	found := make([]map[string]int, (k.Rows.Len()+block-1)/block)
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(runtime.GOMAXPROCS(0))
	for b := range found {
		g.Go(func() error {
			if ctx.Err() != nil {
				return context.Cause(ctx)
			}
			found[b] = extensions(k.Images[field], k.Rows.Slice(b*block, min((b+1)*block, k.Rows.Len())))
			return nil
		})
	}
	if err := g.Wait(); err != nil {
		return err
	}
	for _, block := range found {
		for ext, n := range block {
			counts[ext] += n
		}
	}
	return nil
}

// extensions counts the extensions of the names that rows' images have.
func extensions(images *pipeline.ImageColumn, rows pipeline.Rows) map[string]int {
	var name []byte
	last, n := "", 0 // mostly all are alike
	found := map[string]int{}
	for _, row := range rows.All() {
		for item := range images.Count(row) {
			var ok bool
			if name, ok = images.AppendName(name[:0], row, item); !ok {
				continue
			}
			if ext := extension(name); ext != last {
				found[last] += n
				last, n = ext, 0
			}
			n++
		}
	}
	found[last] += n
	return found
}

// extension returns the lower-case last extension of a file name, jpeg as jpg,
// or nothing when it could not stand in a member's name.
func extension(name []byte) string {
	i := len(name) - 1
	for ; i >= 0 && name[i] != '.' && name[i] != '/'; i-- {
		c := name[i] | 0x20
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') || len(name)-i > maxExt {
			return ""
		}
	}
	if i < 0 || name[i] != '.' {
		return ""
	}
	switch string(name[i+1:]) {
	case "jpg":
		return "jpg"
	case "png":
		return "png"
	}
	ext := strings.ToLower(string(name[i+1:]))
	if ext == "jpeg" {
		return "jpg"
	}
	return ext
}
