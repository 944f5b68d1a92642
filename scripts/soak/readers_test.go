package soak

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/pickshard/pickshard/pipeline"
	"github.com/pickshard/pickshard/pipeline/pipelinetest"
)

// slowSource takes a while to read a file, and counts how many are being read.
type slowSource struct {
	pipeline.Source
	cached func(read int) bool // of the file that is read after so many

	mu              sync.Mutex
	read, now, most int
	end             int // the most at once among the last ten of all
	total           int
}

func (s *slowSource) ReadFile(ctx context.Context, name string, want pipeline.FileStat, dst []byte) (bool, error) {
	s.mu.Lock()
	s.now++
	s.most = max(s.most, s.now)
	if s.read >= s.total-10 {
		s.end = max(s.end, s.now)
	}
	s.read++
	cached := s.cached(s.read)
	s.mu.Unlock()
	time.Sleep(time.Millisecond)
	s.mu.Lock()
	s.now--
	s.mu.Unlock()
	_, err := s.Source.ReadFile(ctx, name, want, dst)
	return cached, err
}

type takesAll struct{}

func (takesAll) CheckImage([]byte) (pipeline.Head, *pipeline.Fault) {
	return pipeline.Head{Format: pipeline.FormatPNG, Width: 1, Height: 1}, nil
}

// TestReadersFollowTheInput: as many readers as there are workers while memory
// holds the images, Readers for each shard while they are waited for.
func TestReadersFollowTheInput(t *testing.T) {
	t.Parallel()
	const records, images = 240, 720
	for _, test := range []struct {
		name      string
		rows      int // of a shard
		cached    func(read int) bool
		most, end int
	}{
		{"in memory, one shard", records, func(int) bool { return true }, 2, 2},
		{"in memory, three shards", records / 3, func(int) bool { return true }, 2, 2},
		{"on a disk, one shard", records, func(int) bool { return false }, 4, 4},
		{"on a disk, two shards", records / 2, func(int) bool { return false }, 8, 8},
		{"first on a disk, then in memory", records, func(read int) bool { return read > images/2 }, 4, 2},
		{"first in memory, then on a disk", records, func(read int) bool { return read < images/2 }, 4, 4},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				d := newSmall(records)
				src := &slowSource{Source: d.files, cached: test.cached, total: images}
				j := d.job(t, pipelinetest.NewDisk(), src)
				j.Spec.ShardRows, j.Workers, j.Readers = test.rows, 2, 4
				j.Checker = takesAll{}
				if _, err := j.Convert(t.Context()); err != nil {
					t.Fatal(err)
				}
				if src.read != images || src.most != test.most || src.end != test.end {
					t.Errorf("%d of %d images read, at most %d at once, %d at the end; want %d and %d",
						src.read, images, src.most, src.end, test.most, test.end)
				}
			})
		})
	}
}
