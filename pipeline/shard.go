package pipeline

import (
	"context"
	"sort"
)

// Shard is the part of a split that one file of each format holds: the view that
// formats lay out. It is immutable.
//
// Its images are numbered from 0: record by record, in a record by field, in a
// field by their order. Places without an image have a number too.
type Shard struct {
	*Records
	// Index and Total number the shard within its split, from 0.
	Index, Total int
	// Order lists the rows of Records in the shard's order.
	Order Rows

	// Peek gives use the bytes of an image, before the pass in which they are written,
	// for a format whose layout hangs on them. One that cannot be read has none: the
	// pass says what is wrong. It is set while a shard is laid out.
	Peek func(ctx context.Context, field int, row int64, item int, use func(image []byte)) error

	// firsts has the number of each record's first asset, and the end, where
	// records differ in how many they have.
	firsts []int
	// nth is an image field's number among the image fields.
	nth []int
}

// An Asset is where an image belongs in a shard.
type Asset struct {
	Record int // in the shard's order
	Field  int
	Item   int // in the record's list, 0 where the field is one image
}

// NewShard returns the shard of these rows.
func NewShard(r *Records, index, total int, order Rows) *Shard {
	s := &Shard{Records: r, Index: index, Total: total, Order: order, nth: make([]int, r.Schema.Len())}
	lists := false
	for k, f := range r.Schema.Images() {
		s.nth[f] = k
		lists = lists || r.Images[f].list
	}
	if !lists {
		return s
	}
	s.firsts = make([]int, order.Len()+1)
	for i, row := range order.All() {
		n := s.firsts[i]
		for _, f := range r.Schema.Images() {
			n += r.Images[f].Count(row)
		}
		s.firsts[i+1] = n
	}
	return s
}

// With returns the shard with other rows.
func (s *Shard) With(order Rows) *Shard {
	w := NewShard(s.Records, s.Index, s.Total, order)
	w.Peek = s.Peek
	return w
}

// Without returns the shard without the rows that dropped names.
func (s *Shard) Without(dropped map[int64]bool) *Shard {
	if len(dropped) == 0 {
		return s
	}
	if s.Numbers == nil {
		return s.With(s.Order.Without(dropped))
	}
	rows := make(map[int64]bool, len(dropped))
	for _, row := range s.Order.All() {
		if dropped[s.Number(row)] {
			rows[row] = true
		}
	}
	return s.With(s.Order.Without(rows))
}

// Len is the number of records in the shard.
func (s *Shard) Len() int { return s.Order.Len() }

// Assets is how many assets the shard has, those without an image too.
func (s *Shard) Assets() int { return s.first(s.Len()) }

// first is the number of the first asset of a record, or the end.
func (s *Shard) first(record int) int {
	if s.firsts != nil {
		return s.firsts[record]
	}
	return record * len(s.Schema.Images())
}

// imageless counts the records that have no asset.
func (s *Shard) imageless() int {
	if s.firsts == nil && len(s.Schema.Images()) > 0 {
		return 0
	}
	n := 0
	for i := range s.Len() {
		if s.first(i) == s.first(i+1) {
			n++
		}
	}
	return n
}

// FirstAsset is the number of the first asset of a record's field; the field's
// others follow it.
func (s *Shard) FirstAsset(record, field int) int {
	if s.firsts == nil {
		return record*len(s.Schema.Images()) + s.nth[field]
	}
	n, row := s.firsts[record], s.Order.At(record)
	for _, f := range s.Schema.Images()[:s.nth[field]] {
		n += s.Images[f].Count(row)
	}
	return n
}

// Asset tells where the n-th asset belongs.
func (s *Shard) Asset(n int) Asset {
	if s.firsts == nil {
		fields := s.Schema.Images()
		return Asset{Record: n / len(fields), Field: fields[n%len(fields)]}
	}
	a := Asset{Record: sort.Search(s.Len(), func(i int) bool { return s.firsts[i+1] > n })}
	a.Item = n - s.firsts[a.Record]
	row := s.Order.At(a.Record)
	for _, a.Field = range s.Schema.Images() {
		count := s.Images[a.Field].Count(row)
		if a.Item < count {
			break
		}
		a.Item -= count
	}
	return a
}

// AssetSize is the size of an asset's image in bytes, or NoImage.
func (s *Shard) AssetSize(a Asset) int64 {
	return s.Images[a.Field].Size(s.Order.At(a.Record), a.Item)
}

// ImageSize is the size in bytes of a record's only image of a field, or NoImage.
func (s *Shard) ImageSize(record, field int) int64 {
	return s.AssetSize(Asset{Record: record, Field: field})
}
