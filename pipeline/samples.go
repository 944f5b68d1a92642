package pipeline

import (
	"bytes"
	"context"
	"fmt"

	"github.com/pickshard/pickshard/schema"
)

// SampleImages are the images of one record, all of them read: what a rule over
// samples looks at.
type SampleImages struct {
	run    *attemptRun
	record int
}

// Schema is that of the record.
func (s *SampleImages) Schema() *schema.Schema { return s.run.shard.Schema }

// Count is how many images the record has in a field, those that could not be read
// too.
func (s *SampleImages) Count(field int) int {
	return s.run.shard.Images[field].Count(s.run.shard.Order.At(s.record))
}

// asset is the number of one of the record's images; ok is false where there is none
// or it could not be read.
func (s *SampleImages) asset(field, item int) (n int, ok bool) {
	if item >= s.Count(field) {
		return 0, false
	}
	n = s.run.shard.FirstAsset(s.record, field) + item
	return n, s.run.read[n]
}

// Has says whether the record has that image, and it could be read.
func (s *SampleImages) Has(field, item int) bool {
	_, ok := s.asset(field, item)
	return ok
}

// Sum is the CRC-32C and the size of one of the record's images.
func (s *SampleImages) Sum(field, item int) (sum uint32, size int64, ok bool) {
	n, ok := s.asset(field, item)
	if !ok {
		return 0, 0, false
	}
	return s.run.sums[n], s.run.shard.AssetSize(s.run.shard.Asset(n)), true
}

// Same says whether two of the record's images have the same bytes. Sizes and sums are
// compared; where those agree, the images are read again to be sure.
func (s *SampleImages) Same(ctx context.Context, field, item, field2, item2 int) (bool, error) {
	a, okA := s.asset(field, item)
	b, okB := s.asset(field2, item2)
	if !okA || !okB || s.run.sums[a] != s.run.sums[b] {
		return false, nil
	}
	sh := s.run.shard
	size := sh.AssetSize(sh.Asset(a))
	if size != sh.AssetSize(sh.Asset(b)) {
		return false, nil
	}
	row := sh.Order.At(s.record)
	if sh.Images[field].File(row, item) == sh.Images[field2].File(row, item2) {
		return true, nil
	}
	buf, err := s.run.Budget.Borrow(ctx, int(2*size))
	if err != nil {
		return false, err
	}
	defer s.run.Budget.Return(buf)
	for i, n := range [...]int{a, b} {
		at := sh.Asset(n)
		c := sh.Images[at.Field]
		want := plannedStat(size, s.run.times[at.Field].At(c.Place(row, at.Item)))
		if _, err := c.Read(ctx, row, at.Item, want, buf[int64(i)*size:int64(i+1)*size]); err != nil {
			return false, fmt.Errorf("compare images of %s row %d: %w", sh.Split, row, err)
		}
	}
	return bytes.Equal(buf[:size], buf[size:2*size]), nil
}

// askSamples asks the rules over samples about every record of the shard, once its
// images are read.
func (t *attemptRun) askSamples(ctx context.Context) error {
	for i := range t.Spec.Rules {
		rule := &t.Spec.Rules[i]
		if rule.Sample == nil || rule.Severity == SeverityOff {
			continue
		}
		n := int64(0)
		for record := range t.shard.Len() {
			fault, asked, err := rule.Sample(ctx, &SampleImages{t, record})
			if err != nil {
				return err
			}
			if asked {
				n++
			}
			if fault != nil {
				t.findings.broke(record, rule, Asset{Record: record, Field: -1}, fault)
			}
		}
		t.findings.ask(rule, n)
	}
	return nil
}
