package pandas

// place is where in a column's type something is: a field of a struct, the items of a
// list. It is spelled out for messages alone, since names may be long and deep.
type place struct {
	up         *place
	kind, name string // ".", "[]"; the name of a field
}

// String is the way from the column, such as .user.tags[], or the end of a long one.
func (p *place) String() string {
	const most = 200
	s := ""
	for ; p != nil; p = p.up {
		step := p.kind + shortName(p.name)
		if len(s)+len(step) > most {
			return "..." + s
		}
		s = step + s
	}
	return s
}

// shortName is a name as messages show it.
func shortName(s string) string {
	const most = 100
	if len(s) > most {
		return s[:most] + "..."
	}
	return s
}
