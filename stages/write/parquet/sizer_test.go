package parquet

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/pickshard/pickshard/pipeline"
	"github.com/pickshard/pickshard/schema"
)

// pickHigh is a look-alike of the main dataset: three images a record, two
// prompts, some scores.
var pickHigh = []string{
	"easy_prompt:string", "refine_prompt:string",
	"easy_image_0:image", "easy_image_1:image", "refine_image:image",
	"E1:float64", "E2:float64", "H1:float64", "H2:float64",
}

// pickHighRows makes records whose images have about size bytes.
func pickHighRows(t testing.TB, rows, size int) *dataset {
	r := rand.New(rand.NewPCG(9, 9))
	words := []string{"a", "photo", "of", "cat", "dog", "in", "watercolor", "night", "sky", "highly", "detailed", "4k", "by", "greg"}
	d := &dataset{schema: newSchema(t, pickHigh...), rows: rows}
	noise := randomBytes(r, 2*size)
	for f := range d.schema.Len() {
		col := make([]any, rows)
		for i := range col {
			switch d.schema.Field(f).Type.Kind {
			case schema.String:
				var text strings.Builder
				for range 5 + 20*(f+1) {
					text.WriteString(words[r.IntN(len(words))] + " ")
				}
				col[i] = fmt.Sprintf("%s %d", text.String(), i)
			case schema.Image:
				col[i] = noise[:size/2+r.IntN(size)]
			default:
				col[i] = r.Float64()
			}
		}
		d.values = append(d.values, col)
	}
	return d
}

func TestSizerIsTight(t *testing.T) {
	for _, c := range []struct {
		size  int
		limit float64 // bound over size, less one
	}{
		{100_000, 0.002},
		{40_000, 0.004},
		{10_000, 0.012},
	} {
		d := pickHighRows(t, 1500, c.size)
		s, f := d.shard(t), newFormat(t, Options{})
		file := &sparse{}
		w, err := f.Create(t.Context(), s, nil, pipeline.NewCanvas(file, pipeline.NewCombiner()))
		if err != nil {
			t.Fatal(err)
		}
		over := float64(bound(f, s))/float64(w.Size()) - 1
		t.Logf("images of %d bytes: %.3f %% over %d bytes", c.size, 100*over, w.Size())
		if over < 0 || over > c.limit {
			t.Errorf("images of %d bytes: bound is %.3f %% over, want at most %.3f %%", c.size, 100*over, 100*c.limit)
		}
	}
}

// sparse takes writes and keeps nothing.
type sparse struct{}

func (*sparse) WriteAt(p []byte, _ int64) (int, error) { return len(p), nil }

func TestSizerAgreesRowByRow(t *testing.T) {
	// The bound must hold for every shard that a planner may close, not only
	// for the last; and after Reset it must not remember.
	r := rand.New(rand.NewPCG(11, 11))
	d := randomDataset(t, r, newSchema(t, allTypes...), 120)
	f := tight(newFormat(t, Options{}), r)
	s := d.shard(t)
	sizer := f.NewSizer(s.Records, nil)
	if sizer.Exact() {
		t.Error("the bound is not exact")
	}
	for round := range 2 {
		sizer.Reset()
		for n := range 120 {
			bound := sizer.Add(int64(n))
			part := s.With(s.Order.Slice(0, n+1))
			w, err := f.Create(t.Context(), part, nil, pipeline.NewCanvas(&sparse{}, pipeline.NewCombiner()))
			if err != nil {
				t.Fatal(err)
			}
			if bound < w.Size() {
				t.Fatalf("round %d, %d rows: bound %d, size %d", round, n+1, bound, w.Size())
			}
		}
	}
}

func TestCompressionIsTheSameEverywhere(t *testing.T) {
	// Another sum means other bytes for the same records.
	d := pickHighRows(t, 2000, 10)
	var enc chunkEncoder
	lim := newFormat(t, Options{}).lim
	enc.lim = &lim
	s := d.shard(t)
	var out []byte
	for i, l := range newTable(d.schema).leaves {
		if l.part != partValue {
			continue
		}
		a, err := s.Column(l.field, 0, s.Len())
		if err != nil {
			t.Fatal(err)
		}
		if out, _, err = enc.append(out, int64(i), &l, a, func(int) uint8 { return 0 }); err != nil {
			t.Fatal(err)
		}
	}
	const want = 0x3d8863a5
	if got := pipeline.CRC32C(out); got != want {
		t.Errorf("%d bytes, sum %#08x, want %#08x", len(out), got, want)
	}
}

func TestWriteImageDoesNotAllocate(t *testing.T) {
	d := pickHighRows(t, 1200, 10_000)
	canvas := pipeline.NewCanvas(&sparse{}, pipeline.NewCombiner())
	w, err := newFormat(t, Options{}).Create(t.Context(), d.shard(t), nil, canvas)
	if err != nil {
		t.Fatal(err)
	}
	field, i := d.schema.Index("refine_image"), 0
	images := make([]*pipeline.Image, d.rows)
	for k := range images {
		images[k] = newImage(d.values[field][k].([]byte))
	}
	n := testing.AllocsPerRun(1000, func() {
		if err := w.WriteImage(pipeline.Asset{Record: i, Field: field}, images[i]); err != nil {
			t.Fatal(err)
		}
		i++
	})
	if n >= 1 {
		t.Errorf("%v allocations an image", n)
	}
}

func TestSizerDoesNotAllocate(t *testing.T) {
	d := pickHighRows(t, 2000, 10)
	sizer := newFormat(t, Options{}).NewSizer(d.records(t), nil)
	row := int64(0)
	if n := testing.AllocsPerRun(1500, func() { sizer.Add(row); row++ }); n >= 1 {
		t.Errorf("%v allocations a row", n)
	}
}
