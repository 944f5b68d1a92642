package pipeline

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/pickshard/pickshard/schema"
)

// lengths are images of which each row has a list of that length, null where it is
// negative.
type lengths []int

func (l lengths) Len(row int64) (int, bool) { return max(l[row], 0), l[row] >= 0 }

func (lengths) AppendFile(dst []byte, _ int64, item int) ([]byte, bool) {
	return append(dst, "abcdefghij"[item]), true
}

func (l lengths) AppendName(dst []byte, row int64, item int) ([]byte, bool) {
	return l.AppendFile(dst, row, item)
}

func (lengths) Stat(context.Context, int64, int) (FileStat, error) { return FileStat{Size: 7}, nil }

func (lengths) Read(context.Context, int64, int, FileStat, []byte) (bool, error) {
	return false, errors.ErrUnsupported
}

// TestAssets: every asset has one number, in order, whatever a record holds.
func TestAssets(t *testing.T) {
	t.Parallel()
	image := schema.Type{Kind: schema.Image}
	s, err := schema.New([]schema.Field{{Name: "many", Type: schema.ListOf(image)}, {Name: "one", Type: image}, {Name: "more", Type: schema.ListOf(image)}})
	if err != nil {
		t.Fatal(err)
	}
	many, more := lengths{2, 0, -1, 3}, lengths{0, 0, 1, 2}
	r := NewRecords("train", s, 4, nil, []Images{many, make(lengths, 4), more}, -1)
	order := []int64{3, 1, 0, 2}
	sh := NewShard(r, 0, 1, RowList(order))
	var want []Asset
	for i, row := range order {
		for f, n := range []int{max(many[row], 0), 1, more[row]} {
			if first := sh.FirstAsset(i, f); first != len(want) {
				t.Errorf("record %d, field %d begins at %d, want %d", i, f, first, len(want))
			}
			for item := range n {
				want = append(want, Asset{i, f, item})
			}
		}
	}
	var got []Asset
	for n := range sh.Assets() {
		got = append(got, sh.Asset(n))
	}
	if !slices.Equal(got, want) {
		t.Errorf("assets %v, want %v", got, want)
	}
	for place := range r.Images[0].Places() {
		if row, item := r.Images[0].At(place); r.Images[0].Place(row, item) != place {
			t.Errorf("place %d is image %d of row %d", place, item, row)
		}
	}
	spec := &Spec{MaxImage: 100}
	m := &planner{spec: spec, ledger: newLedger(spec, []string{r.Split}, nil)}
	if _, err := m.statSplit(t.Context(), 0, r); err != nil {
		t.Fatal(err)
	}
	for row, n := range many {
		for item := range max(n, 0) {
			if size := r.Images[0].Size(int64(row), item); size != 7 {
				t.Errorf("row %d, image %d has size %d", row, item, size)
			}
		}
	}
}

// TestChosen: rows that are not chosen are not looked at.
func TestChosen(t *testing.T) {
	t.Parallel()
	s, err := schema.New([]schema.Field{{Name: "one", Type: schema.Type{Kind: schema.Image}}})
	if err != nil {
		t.Fatal(err)
	}
	r := NewRecords("train", s, 200, nil, []Images{make(lengths, 200)}, -1)
	r.Choose(RowList([]int64{0, 63, 64, 199}))
	spec := &Spec{MaxImage: 100}
	m := &planner{spec: spec, ledger: newLedger(spec, []string{r.Split}, nil)}
	if _, err := m.statSplit(t.Context(), 0, r); err != nil {
		t.Fatal(err)
	}
	for row := range r.Rows {
		chosen := slices.Contains([]int64{0, 63, 64, 199}, row)
		if r.Has(row) != chosen || (r.Images[0].Size(row, 0) == NoImage) == chosen {
			t.Errorf("row %d: chosen %v, size %d", row, r.Has(row), r.Images[0].Size(row, 0))
		}
	}
}
