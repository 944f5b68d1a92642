package pandas

import (
	"errors"
	"sort"
	"strconv"
	"strings"

	"github.com/pickshard/pickshard/stages/read"
	"github.com/pickshard/pickshard/stages/read/internal/pickle"
)

// severalTables is the error for an object that holds several tables.
func (r *reader) severalTables(v pickle.Value) error {
	members := r.members(v)
	return &read.SelectError{Members: members, Detail: "the file holds several objects, select one of them: " + listed(members)}
}

// listed prints the first of some names.
func listed(names []string) string {
	const most = 20
	dots := ""
	if len(names) > most {
		names, dots = names[:most], ", ..."
	}
	quoted := make([]string, len(names))
	for i, n := range names {
		quoted[i] = quote(n)
	}
	return strings.Join(quoted, ", ") + dots
}

// members are the keys of entries that can be selected, but for very long ones.
func (r *reader) members(v pickle.Value) []string {
	var out []string
	const most, longest = 1000, 1 << 10
	pick := func(name string, m pickle.Value) {
		if len(out) < most && r.selectable(m) {
			out = append(out, name)
		}
	}
	switch v.Kind() {
	case pickle.KindDict:
		tables := false
		d := r.doc.Dict(v)
		for i := range min(d.Len(), most) {
			k, m := d.Entry(i)
			tables = tables || r.isTable(m) || m.Kind() == pickle.KindDict
			if k.IsText() && k.Len() > longest {
				continue
			}
			if name, err := r.name(k); err == nil && len(name) <= longest {
				pick(name, m)
			}
		}
		if !tables {
			return nil
		}
		sort.Strings(out)
	case pickle.KindList, pickle.KindTuple:
		it := r.doc.Items(v)
		for i := range min(it.Len(), most) {
			pick(strconv.Itoa(i), it.At(i))
		}
	}
	return out
}

// selectable says whether a value can be read as a table, or holds such as can. It
// is tried once for each value, however often that is shared.
func (r *reader) selectable(m pickle.Value) bool {
	id := [3]uint64{uint64(m.Kind()), m.Addr(), uint64(m.Len())}
	known, tried := r.selects[id]
	if !tried {
		if r.selects == nil {
			r.selects = map[[3]uint64]bool{}
		}
		r.selects[id] = false // should it hold itself
		known = r.trySelect(m)
		r.selects[id] = known
	}
	return known
}

func (r *reader) trySelect(m pickle.Value) bool {
	switch {
	case r.isTable(m):
		return true
	case !r.isVector(m) && m.Kind() != pickle.KindDict:
		return false
	}
	if r.enter() != nil {
		return false
	}
	defer r.leave()
	warns, opts := r.warns, *r.opts
	opts.Columns, opts.Orient = nil, OrientAuto
	trial := *r
	trial.opts = &opts
	_, err := trial.table(m, "")
	r.budget, r.warns = trial.budget, warns
	return err == nil || errors.Is(err, ErrSelect)
}

// member is the entry of a dict by key, or of a list by number.
func (r *reader) member(v pickle.Value, key string) (pickle.Value, error) {
	switch v.Kind() {
	case pickle.KindDict:
		d := r.doc.Dict(v)
		for i := d.Len() - 1; i >= 0; i-- {
			k, m := d.Entry(i)
			if k.Kind() == pickle.KindText {
				if string(r.doc.Bytes(k)) == key {
					return m, nil
				}
				continue
			}
			name, err := r.name(k)
			if err != nil {
				return pickle.Value{}, err
			}
			if name == key {
				return m, nil
			}
		}
	case pickle.KindList, pickle.KindTuple:
		it := r.doc.Items(v)
		if i, err := strconv.Atoi(key); err == nil && i >= 0 && i < it.Len() {
			return it.At(i), nil
		}
	}
	detail := "there is no " + quote(key)
	if names := r.members(v); len(names) > 0 {
		detail += ", only " + listed(names)
	}
	return pickle.Value{}, &TableError{Kind: ErrSelect, Detail: detail}
}
