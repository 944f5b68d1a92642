package pandas

import (
	"math/big"

	"github.com/apache/arrow-go/v18/arrow"
)

// infer gathers what the cells of a column (or the items of its lists, or the
// values of a key) are, and gives the one type that holds them all.
type infer struct {
	rows    [classCount]int    // first row of each class, +1; 0: never seen
	found   [classCount]string // what stands there
	nan     bool               // a NaN was seen
	none    bool               // another null was seen
	lo, hi  int64              // of ints
	inexact int                // first row +1 of an int that a float64 cannot hold
	big     big.Int            // the largest magnitude of big ints
	neg     bool               // a big int is negative
	bits    [2]numpyBits       // width of ints, of floats
	whole   int                // digits before the point of decimals
	scale   int32
	unit    arrow.TimeUnit // finest of datetimes or timedeltas
	tlo     [4]int64       // smallest and largest ticks by unit
	thi     [4]int64
	tseen   [4]bool
	zone    string
	zones   bool // several
	naive   int  // first row +1
	aware   int
	item    *infer
	keys    []string
	fields  map[string]*infer
	mapKey  *infer
	mapVal  *infer
	left    *infer
	right   *infer
}

// numpyBits tells whether all numbers have one numpy width.
type numpyBits struct {
	seen, mixed bool
	bits        uint8
	sign        bool
}

func (n *numpyBits) add(bits uint8, sign bool) {
	if n.seen && (n.bits != bits || n.sign != sign) {
		n.mixed = true
	}
	n.seen, n.bits, n.sign = true, bits, sign
}

const mostKeys = 256 // fields of a struct made from dicts

// inferred is a new infer: one for each part of a type, which is asked for.
func (r *reader) inferred() (*infer, error) {
	if err := r.fields(1); err != nil {
		return nil, err
	}
	return &infer{}, nil
}

// look adds one cell.
func (t *infer) look(r *reader, c *cell, row int) error {
	if err := r.visit(1); err != nil {
		return err
	}
	if t.rows[c.class] == 0 {
		t.rows[c.class] = row + 1
		if c.class != classNull {
			t.found[c.class] = r.describe(c)
		}
	}
	switch c.class {
	case classNull:
		t.nan = t.nan || c.nan
		t.none = t.none || !c.nan
	case classInt:
		t.lo, t.hi = min(t.lo, c.i), max(t.hi, c.i)
		if t.inexact == 0 && int64(float64(c.i)) != c.i {
			t.inexact = row + 1
		}
		t.bits[0].add(c.bits, c.sign)
	case classBigInt:
		t.neg = t.neg || c.n.Sign() < 0
		if c.n.CmpAbs(&t.big) > 0 {
			t.big.Abs(c.n)
		}
		if t.inexact == 0 {
			t.inexact = row + 1
		}
		t.bits[0].add(c.bits, false)
	case classFloat, classComplex:
		t.bits[1].add(c.bits, true)
	case classDecimal:
		digits := len(new(big.Int).Abs(c.n).String())
		t.whole = max(t.whole, digits-int(c.scale))
		t.scale = max(t.scale, c.scale)
	case classDatetime, classDelta:
		t.lookTime(c, row)
	case classInterval:
		return t.lookInterval(r, c, row)
	case classList:
		return t.lookList(r, c, row)
	case classDict:
		return t.lookDict(r, c, row)
	}
	return nil
}

func (t *infer) lookTime(c *cell, row int) {
	u := c.unit
	t.unit = max(t.unit, u)
	if !t.tseen[u] {
		t.tseen[u], t.tlo[u], t.thi[u] = true, c.i, c.i
	}
	t.tlo[u], t.thi[u] = min(t.tlo[u], c.i), max(t.thi[u], c.i)
	if c.class == classDelta {
		return
	}
	if c.zone == "" {
		if t.naive == 0 {
			t.naive = row + 1
		}
		return
	}
	if t.aware == 0 {
		t.aware, t.zone = row+1, c.zone
	}
	t.zones = t.zones || c.zone != t.zone
}

func (t *infer) lookInterval(r *reader, c *cell, row int) error {
	if t.left == nil {
		if err := r.fields(2); err != nil {
			return err
		}
		t.left, t.right = &infer{}, &infer{}
	}
	if err := r.enter(); err != nil {
		return err
	}
	defer r.leave()
	if err := t.left.look(r, c.lo, row); err != nil {
		return err
	}
	return t.right.look(r, c.hi, row)
}

func (t *infer) lookList(r *reader, c *cell, row int) error {
	if t.item == nil {
		var err error
		if t.item, err = r.inferred(); err != nil {
			return err
		}
	}
	return r.eachItem(c, func(item *cell) error { return t.item.look(r, item, row) })
}

// lookDict adds the keys of a dict: text keys make a struct, other keys a map.
func (t *infer) lookDict(r *reader, c *cell, row int) error {
	if err := r.enter(); err != nil {
		return err
	}
	defer r.leave()
	if c.at != nil {
		return unsupported("a pyarrow struct or map here")
	}
	if t.mapKey == nil {
		if err := r.fields(2); err != nil {
			return err
		}
		t.mapKey, t.mapVal, t.fields = &infer{}, &infer{}, map[string]*infer{}
	}
	d := r.doc.Dict(c.v)
	for i := range d.Len() {
		kv, vv := d.Entry(i)
		k, err := r.cell(kv)
		if err != nil {
			return err
		}
		v, err := r.cell(vv)
		if err != nil {
			return err
		}
		v.inner = true
		if err := t.mapKey.look(r, &k, row); err != nil {
			return err
		}
		r.charge(len(k.b) / bytesPerVisit)
		if k.class != classText || t.fields == nil {
			t.fields = nil
			if err := t.mapVal.look(r, &v, row); err != nil {
				return err
			}
			continue
		}
		f := t.fields[string(k.b)]
		if f == nil {
			if len(t.keys) == mostKeys {
				return unsupported("dicts with more than %d keys in a column", mostKeys)
			}
			if err := r.named(len(k.b)); err != nil {
				return err
			}
			if f, err = r.inferred(); err != nil {
				return err
			}
			t.fields[string(k.b)] = f
			t.keys = append(t.keys, string(k.b))
		}
		if err := f.look(r, &v, row); err != nil {
			return err
		}
	}
	return nil
}

// eachItem calls f with the items of a list cell; arrays go along their first
// axis.
func (r *reader) eachItem(c *cell, f func(*cell) error) error {
	if err := r.enter(); err != nil {
		return err
	}
	defer r.leave()
	var item cell // one for all: it escapes
	if a := c.arr; a != nil {
		if a.mask != nil && len(a.dt.fields) > 0 {
			return unsupported("a masked array of %s in a cell; fill it (a.filled()) before pickling", a.dt)
		}
		for i := range a.shape[0] {
			switch m := a.mask; {
			case len(a.shape) > 1:
				item = cell{class: classList, arr: a.sub(i)}
			case m != nil && m.hidden[m.base+i*m.strides[0]] != 0:
				item = cell{}
			default:
				var err error
				if item, err = r.itemCell(a, a.base+i*a.strides[0]); err != nil {
					return err
				}
			}
			item.inner = true
			if err := f(&item); err != nil {
				return err
			}
		}
		return nil
	}
	if a := c.at; a != nil {
		for i := a.lo; i < a.hi; i++ {
			var err error
			if item, err = a.d.cell(r, i, r.depth); err != nil {
				return err
			}
			item.inner = true
			if err := f(&item); err != nil {
				return err
			}
		}
		return nil
	}
	it := r.doc.Items(c.v)
	for i := range it.Len() {
		var err error
		if item, err = r.cell(it.At(i)); err != nil {
			return err
		}
		item.inner = true
		if err := f(&item); err != nil {
			return err
		}
	}
	return nil
}
