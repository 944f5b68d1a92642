package pandas

import (
	"fmt"
	"math"

	"github.com/pickshard/pickshard/stages/read/internal/pickle"
)

// ndarray is a numpy array: items of a dtype in a buffer, or Python objects.
type ndarray struct {
	dt      dtype
	shape   []int
	strides []int        // in bytes, or in items for objects
	data    []byte       // raw items
	cells   pickle.Items // objects
	mask    *mask        // of a masked array, nil for none
	n       int          // items
	base    int          // byte (or item) offset of the first item
}

const maxDims = 64 // numpy's NPY_MAXDIMS

// shape reads a tuple of dimensions and their product.
func (r *reader) shape(v pickle.Value) ([]int, int, error) {
	dims := r.doc.Tuple(v)
	if v.Kind() == pickle.KindInt { // numpy writes a single dimension as a number in dtypes
		dims = []pickle.Value{v}
	} else if v.Kind() != pickle.KindTuple {
		return nil, 0, invalid("an array shape that is %s", r.doc.Describe(v))
	}
	if len(dims) > maxDims {
		return nil, 0, invalid("an array of %d dimensions", len(dims))
	}
	shape := make([]int, len(dims))
	n := int64(1)
	for i, d := range dims {
		k, ok := r.integer(d)
		if !ok || k < 0 || k > math.MaxInt32*64 {
			return nil, 0, invalid("an array dimension that is %s", r.doc.Describe(d))
		}
		shape[i] = int(k)
		if k != 0 && n > math.MaxInt64/64/k {
			return nil, 0, &pickle.LimitError{Bound: pickle.BoundShape, Max: math.MaxInt64 / 64, Offset: -1, Detail: "product of the dimensions"}
		}
		n *= k
	}
	return shape, int(n), nil
}

// isArray tells whether a value is a numpy array.
func (r *reader) isArray(v pickle.Value) bool {
	switch r.doc.Class(v) {
	case pickle.GNdReconstruct, pickle.GNdFromBuffer, pickle.GNdMaReconstruct:
		return true
	}
	return false
}

// array reads a numpy array of any of its pickled forms.
func (r *reader) array(v pickle.Value) (*ndarray, error) {
	switch r.doc.Class(v) {
	case pickle.GNdReconstruct:
		state := r.doc.Tuple(r.doc.Object(v).State)
		return r.arrayState(state)
	case pickle.GNdFromBuffer:
		return r.arrayBuffer(v)
	case pickle.GNdMaReconstruct:
		return r.arrayMasked(v)
	}
	return nil, unsupported("%s where a numpy array is expected", r.doc.Describe(v))
}

// arrayState reads (version, shape, dtype, fortran, data), or the same without
// the version.
func (r *reader) arrayState(state []pickle.Value) (*ndarray, error) {
	if len(state) == 5 {
		state = state[1:]
	}
	if len(state) != 4 {
		return nil, invalid("a numpy array with a state of %d parts", len(state))
	}
	dt, err := r.dtype(state[1], 0)
	if err != nil {
		return nil, err
	}
	fortran, _ := r.integer(state[2])
	return r.newArray(state[0], dt, fortran != 0, state[3])
}

// newArray checks shape against data. A list holds objects, in C order whatever
// the flag says.
func (r *reader) newArray(shape pickle.Value, dt dtype, fortran bool, data pickle.Value) (*ndarray, error) {
	dims, n, err := r.shape(shape)
	if err != nil {
		return nil, err
	}
	a := &ndarray{dt: dt, shape: dims, n: n}
	switch data.Kind() {
	case pickle.KindList:
		a.cells = r.doc.Items(data)
		if a.cells.Len() != n {
			return nil, invalid("an array of %d items holds %d", n, a.cells.Len())
		}
		a.strides = stridesOf(dims, 1, false)
		return a, nil
	case pickle.KindBytes, pickle.KindByteArray, pickle.KindStr8:
		a.data = r.doc.Bytes(data)
	default:
		return nil, invalid("an array whose data are %s", r.doc.Describe(data))
	}
	if dt.kind == 'O' || dt.kind == 'T' {
		return nil, invalid("an object array whose data are bytes")
	}
	if int64(n)*int64(dt.size) != int64(len(a.data)) || dt.size > 0 && n > math.MaxInt/dt.size {
		return nil, &pickle.LimitError{Bound: pickle.BoundShape, Max: int64(len(a.data)), Offset: -1,
			Detail: fmt.Sprintf("a shape of %d items of %s (%d bytes each) does not match the %d bytes that are there", n, dt, dt.size, len(a.data))}
	}
	if dt.size == 0 { // any number of items fits no bytes
		if err := r.visit(n); err != nil {
			return nil, err
		}
	}
	a.strides = stridesOf(dims, dt.size, fortran)
	return a, nil
}

// stridesOf returns the strides of a contiguous array.
func stridesOf(shape []int, size int, fortran bool) []int {
	s := make([]int, len(shape))
	step := size
	for k := range shape {
		i := len(shape) - 1 - k
		if fortran {
			i = k
		}
		s[i] = step
		step *= shape[i]
	}
	return s
}

// arrayBuffer reads _frombuffer(buffer, dtype, shape, order[, axis_order]).
func (r *reader) arrayBuffer(v pickle.Value) (*ndarray, error) {
	args := r.doc.Tuple(r.doc.Object(v).Args)
	if len(args) != 4 && len(args) != 5 {
		return nil, invalid("numpy _frombuffer with %d arguments", len(args))
	}
	dt, err := r.dtype(args[1], 0)
	if err != nil {
		return nil, err
	}
	order, _ := r.text(args[3])
	a, err := r.newArray(args[2], dt, order == "F", args[0])
	if err != nil || len(args) == 4 || args[4].Kind() != pickle.KindTuple {
		return a, err
	}
	// Order K: the shape is that of the memory; axis_order says which of its
	// axes is which of the array's.
	axes := r.doc.Tuple(args[4])
	if len(axes) != len(a.shape) {
		return nil, invalid("an axis order of %d for %d dimensions", len(axes), len(a.shape))
	}
	shape, strides, seen := make([]int, len(axes)), make([]int, len(axes)), make([]bool, len(axes))
	for i, ax := range axes {
		k, ok := r.integer(ax)
		if !ok || k < 0 || int(k) >= len(axes) || seen[k] {
			return nil, invalid("an axis order that is not a permutation")
		}
		seen[k] = true
		shape[i], strides[i] = a.shape[k], a.strides[k]
	}
	a.shape, a.strides = shape, strides
	return a, nil
}

// row returns a one-dimensional vector: index i of the first axis, or the array
// itself when it has one dimension.
func (a *ndarray) row(i int) strided {
	last := len(a.shape) - 1
	s := strided{a: a, n: a.shape[last], step: a.strides[last], at: a.base}
	if last > 0 {
		s.at += i * a.strides[0]
	}
	if a.mask != nil {
		s.maskStep = a.mask.strides[last]
		if last > 0 {
			s.maskAt = i * a.mask.strides[0]
		}
	}
	return s
}

// column returns index j of the second axis of a two-dimensional array.
func (a *ndarray) column(j int) strided {
	s := strided{a: a, n: a.shape[0], step: a.strides[0], at: a.base + j*a.strides[1]}
	if a.mask != nil {
		s.maskAt, s.maskStep = j*a.mask.strides[1], a.mask.strides[0]
	}
	return s
}

// strided is a one-dimensional run through an array.
type strided struct {
	a                *ndarray
	at, step, n      int
	maskAt, maskStep int
}

// sub returns item i of the first axis as an array of its own.
func (a *ndarray) sub(i int) *ndarray {
	s := *a
	s.base += i * a.strides[0]
	s.shape, s.strides = a.shape[1:], a.strides[1:]
	if a.mask != nil {
		s.mask = a.mask.sub(i)
	}
	s.n = 1
	for _, d := range s.shape {
		s.n *= d
	}
	return &s
}
