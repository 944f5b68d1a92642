package conformance

import (
	"testing"

	"github.com/pickshard/pickshard/pipeline"
)

// Fuzz lets a format's reader read any bytes as a shard of the table. The shards of these
// orders, without the records that the format refuses, are the seeds.
func Fuzz(f *testing.F, format pipeline.Format, table *Table, orders ...[]int64) {
	var traits pipeline.Traits
	for _, order := range orders {
		w := &Writing{Format: format, Table: table, Shard: Taken(format, table.Shard(order))}
		traits = Survey(format, w.Shard.Records)
		f.Add(w.MustWrite(f, InOrder).Bytes())
	}
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, data []byte) {
		err := drainSafely(format, NewFile(data), table, traits)
		if err == nil || IsPanic(err) {
			t.Fatal(err)
		}
	})
}

// Taken is the shard without the records that a format refuses.
func Taken(f pipeline.Format, s *pipeline.Shard) *pipeline.Shard {
	refused := make(map[int64]bool)
	for _, row := range s.Order.All() {
		if _, ok := f.CheckRecord(s.Records, row); !ok {
			refused[row] = true
		}
	}
	return s.Without(refused)
}
