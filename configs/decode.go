package configs

import (
	"errors"
	"fmt"
	"math"
	"reflect"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/pickshard/pickshard/pipeline"
	"github.com/pickshard/pickshard/stages"
)

// Strings is a list of strings; a single one may stand without brackets.
type Strings []string

// decoder fills a Config from a YAML tree. It goes on after a fault, so that
// all of them are found, and notes where each value stands.
type decoder struct {
	file   string
	files  map[*yaml.Node]string // of nodes that stand in another file
	where  map[string]Position
	broken map[string]bool // paths of values that could not be read
	faults Errors
}

func newDecoder(file string) *decoder {
	return &decoder{file: file, files: make(map[*yaml.Node]string), where: make(map[string]Position), broken: make(map[string]bool)}
}

func (d *decoder) position(n *yaml.Node) Position {
	return Position{Source: d.source(n), Line: n.Line, Column: n.Column}
}

// fault notes that the value at path cannot be read.
func (d *decoder) fault(n *yaml.Node, path, hint, format string, args ...any) {
	d.broken[path] = true
	d.add(n, path, hint, format, args...)
}

// add notes a fault beside the value.
func (d *decoder) add(n *yaml.Node, path, hint, format string, args ...any) {
	d.faults = append(d.faults, &Error{Position: d.position(n), Path: path, Message: fmt.Sprintf(format, args...), Hint: hint})
}

// value decodes n into v, which is settable.
func (d *decoder) value(n *yaml.Node, path string, v reflect.Value) {
	d.where[path] = d.position(n)
	if n.Kind == yaml.AliasNode {
		d.fault(n, path, "write the value out", "aliases are not allowed")
		return
	}
	switch p := v.Addr().Interface().(type) {
	case *Splits:
		d.mapping(n, path, "a mapping of split names", func(name string, n *yaml.Node, path string) {
			s := Split{Name: name}
			d.value(n, path, reflect.ValueOf(&s).Elem())
			*p = append(*p, s)
		})
		return
	case *Where:
		d.mapping(n, path, "a mapping of columns to conditions", func(name string, n *yaml.Node, path string) {
			f := Filter{Column: name}
			d.value(n, path, reflect.ValueOf(&f).Elem())
			*p = append(*p, f)
		})
		return
	case *Rules:
		d.rules(n, path, p)
		return
	case *Tolerance:
		if d.is(n, path, "a count such as 100, or a share such as 0.1%", "!!str", "!!int") {
			t, err := pipeline.ParseTolerance(n.Value)
			if err != nil {
				d.fault(n, path, "write a count such as 100, or a share such as 0.1%", "%v", err)
			}
			p.Tolerance = t
		}
		return
	case *Ratio:
		d.mapping(n, path, "a mapping of split names to shares", func(name string, n *yaml.Node, path string) {
			s := Share{Split: name}
			d.value(n, path, reflect.ValueOf(&s.Part).Elem())
			*p = append(*p, s)
		})
		return
	case *Records:
		d.records(n, path, p)
		return
	case *stages.Missing:
		if n.ShortTag() == "!!null" && n.Value == "null" { // without the quotes, it can mean nothing else
			*p = stages.MissingNull
			return
		}
	case *Keys:
		d.keys(n, path, p)
		return
	case *[]any:
		d.elements(n, path, "a list of values", func(n *yaml.Node, at string) {
			var v any
			d.constant(n, at, &v)
			*p = append(*p, v)
		})
		return
	case *Sample:
		d.sample(n, path, p)
		return
	case *[]Sample:
		d.elements(n, path, "a list of samples", func(n *yaml.Node, at string) {
			var s Sample
			d.value(n, at, reflect.ValueOf(&s).Elem())
			*p = append(*p, s)
		})
		return
	case *[]Join:
		d.elements(n, path, "a list of side tables", func(n *yaml.Node, at string) {
			var j Join
			d.value(n, at, reflect.ValueOf(&j).Elem())
			*p = append(*p, j)
		})
		return
	case *[]int64:
		d.elements(n, path, "a list of whole numbers", func(n *yaml.Node, at string) {
			var v int64
			d.scalar(n, at, reflect.ValueOf(&v).Elem())
			*p = append(*p, v)
		})
		return
	case *Fields:
		d.mapping(n, path, "a mapping of field names", func(name string, n *yaml.Node, path string) {
			f := Field{Name: name}
			d.value(n, path, reflect.ValueOf(&f).Elem())
			*p = append(*p, f)
		})
		return
	case *map[string]string:
		*p = make(map[string]string)
		d.mapping(n, path, "a mapping of names to values", func(name string, n *yaml.Node, path string) {
			d.where[path] = d.position(n)
			if d.is(n, path, "a value", "!!str", "!!int", "!!float", "!!bool", "!!timestamp") {
				(*p)[name] = n.Value
			}
		})
		return
	case *Strings:
		d.strings(n, path, p)
		return
	case *any:
		d.constant(n, path, p)
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		d.structure(n, path, v)
	case reflect.Pointer:
		if n.ShortTag() != "!!null" {
			v.Set(reflect.New(v.Type().Elem()))
			d.value(n, path, v.Elem())
		}
	default:
		d.scalar(n, path, v)
	}
}

// structure decodes a mapping whose keys are the struct's fields.
func (d *decoder) structure(n *yaml.Node, path string, v reflect.Value) {
	var known []string
	fields := make(map[string]reflect.Value)
	for _, f := range reflect.VisibleFields(v.Type()) { // those of embedded structs, too
		key, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if key != "" && key != "-" {
			known = append(known, key)
			fields[key] = v.FieldByIndex(f.Index)
		}
	}
	d.mapping(n, path, "a mapping with "+strings.Join(known, ", "), func(key string, n *yaml.Node, at string) {
		if f, ok := fields[key]; ok {
			d.value(n, at, f)
			return
		}
		// The key stands before its value; the fault is the key's.
		if path == "" && reserved(key) {
			d.faults = append(d.faults, &Error{Position: d.where[at], Path: key, Message: "not supported", Hint: "write a config for each view that begins with extends:"})
			return
		}
		d.faults = append(d.faults, &Error{Position: d.where[at], Path: path, Message: "unknown key " + quote(key), Hint: instead(key, known)})
	})
}

// reserved says whether a top-level key has a meaning that a later version
// will give it. Ignoring it would drop what its writer asked for.
func reserved(key string) bool {
	switch key {
	case "views":
		return true
	}
	return false
}

// mapping calls each for the entries of n, in order. Before the call the key's
// own place is noted under the entry's path.
func (d *decoder) mapping(n *yaml.Node, path, expected string, each func(key string, n *yaml.Node, path string)) {
	if n.Kind != yaml.MappingNode {
		d.expected(n, path, expected)
		return
	}
	first := make(map[string]int, len(n.Content)/2)
	for i := 0; i+1 < len(n.Content); i += 2 {
		k := n.Content[i]
		if k.Kind != yaml.ScalarNode || k.ShortTag() != "!!str" {
			hint := ""
			if k.Kind == yaml.ScalarNode {
				hint = "put it in quotes: " + strconv.Quote(k.Value)
			}
			d.add(k, path, hint, "a key must be text, found %s", describe(k))
			continue
		}
		if line, twice := first[k.Value]; twice {
			d.add(k, path, "keep one of them", "key %s stands here and in line %d", quote(k.Value), line)
			continue
		}
		first[k.Value] = k.Line
		at := k.Value
		if path != "" {
			at = path + "." + k.Value
		}
		d.where[at] = d.position(k)
		each(k.Value, n.Content[i+1], at)
		if n.Content[i+1].Kind == yaml.MappingNode {
			d.where[at] = d.position(k) // what is wrong with all of it is said at its name
		}
	}
}

// elements calls each for the elements of a list.
func (d *decoder) elements(n *yaml.Node, path, expected string, each func(n *yaml.Node, path string)) {
	if n.Kind != yaml.SequenceNode {
		d.expected(n, path, expected)
		return
	}
	for i, c := range n.Content {
		at := path + "[" + strconv.Itoa(i) + "]"
		d.where[at] = d.position(c)
		each(c, at)
	}
}

// records decodes names of files, or a mapping of columns to files.
func (d *decoder) records(n *yaml.Node, path string, p *Records) {
	if n.Kind != yaml.MappingNode {
		d.strings(n, path, &p.Files)
		return
	}
	d.mapping(n, path, "names of files, or a mapping with columns or listing", func(key string, n *yaml.Node, at string) {
		if key == "listing" {
			d.scalar(n, at, reflect.ValueOf(&p.Listing).Elem())
			return
		}
		if key != "columns" {
			d.faults = append(d.faults, &Error{Position: d.where[at], Path: path, Message: "unknown key " + quote(key), Hint: instead(key, []string{"columns", "listing"})})
			return
		}
		d.mapping(n, at, "a mapping of column names to files", func(name string, n *yaml.Node, at string) {
			c := ColumnFile{Column: name}
			d.scalar(n, at, reflect.ValueOf(&c.File).Elem())
			p.Columns = append(p.Columns, c)
		})
	})
}

// keys decodes a column, a list of columns, or a mapping of columns.
func (d *decoder) keys(n *yaml.Node, path string, p *Keys) {
	if n.Kind == yaml.MappingNode {
		d.mapping(n, path, "columns", func(name string, n *yaml.Node, at string) {
			k := KeyPair{Left: name}
			d.scalar(n, at, reflect.ValueOf(&k.Right).Elem())
			*p = append(*p, k)
		})
		return
	}
	var names Strings
	d.strings(n, path, &names)
	for _, name := range names {
		*p = append(*p, KeyPair{Left: name, Right: name})
	}
}

const truth = "true or false"

func (d *decoder) strings(n *yaml.Node, path string, p *Strings) {
	if n.Kind != yaml.SequenceNode {
		if d.is(n, path, "text or a list of texts", "!!str") {
			*p = Strings{n.Value}
		}
		return
	}
	*p = make(Strings, 0, len(n.Content))
	for i, c := range n.Content {
		at := path + "[" + strconv.Itoa(i) + "]"
		d.where[at] = d.position(c)
		if d.is(c, at, "text", "!!str") {
			*p = append(*p, c.Value)
		} else {
			*p = append(*p, "")
		}
	}
}

// constant decodes a scalar to string, bool, int64, uint64 or float64.
func (d *decoder) constant(n *yaml.Node, path string, p *any) {
	if !d.is(n, path, "a value", "!!str", "!!int", "!!float", "!!bool", "!!timestamp") {
		return
	}
	switch n.ShortTag() {
	case "!!int":
		if i, err := strconv.ParseInt(n.Value, 0, 64); err == nil {
			*p = i
		} else if u, err := strconv.ParseUint(n.Value, 0, 64); err == nil {
			*p = u
		} else {
			d.fault(n, path, "", "%s does not fit into 64 bits", quote(n.Value))
		}
	case "!!float":
		f, err := strconv.ParseFloat(n.Value, 64)
		if err != nil {
			d.fault(n, path, "write a number such as 0.5", "%s is not a finite number", quote(n.Value))
			return
		}
		*p = f
	case "!!bool":
		*p = n.Value == "true" || n.Value == "True" || n.Value == "TRUE"
	default:
		*p = n.Value
	}
}

func (d *decoder) scalar(n *yaml.Node, path string, v reflect.Value) {
	if size, ok := v.Addr().Interface().(*Size); ok {
		if d.is(n, path, "a size such as 500MB or 32MiB", "!!str", "!!int") {
			s, err := ParseSize(n.Value)
			if err != nil {
				d.fault(n, path, "", "%v", err)
			}
			*size = s
		}
		return
	}
	switch v.Kind() {
	case reflect.String:
		if d.is(n, path, "text", "!!str") {
			v.SetString(n.Value)
		}
	case reflect.Bool:
		if d.is(n, path, truth, "!!bool") {
			v.SetBool(strings.EqualFold(n.Value, "true"))
		}
	case reflect.Int, reflect.Int64:
		if d.is(n, path, "a whole number", "!!int") {
			i, err := strconv.ParseInt(n.Value, 0, v.Type().Bits())
			switch {
			case errors.Is(err, strconv.ErrRange):
				d.fault(n, path, "", "%s is too large for a whole number of %d bits", quote(n.Value), v.Type().Bits())
			case err != nil:
				d.fault(n, path, "", "%s is not a whole number", quote(n.Value))
			}
			v.SetInt(i)
		}
	case reflect.Float64:
		if d.is(n, path, "a number", "!!float", "!!int") {
			f, err := strconv.ParseFloat(n.Value, 64)
			if err != nil || math.IsInf(f, 0) || f != f {
				d.fault(n, path, "write a number such as 0.5", "%s is not a finite number", quote(n.Value))
			}
			v.SetFloat(f)
		}
	case reflect.Uint64:
		if d.is(n, path, "a whole number from 0", "!!int") {
			u, err := strconv.ParseUint(n.Value, 0, 64)
			if err != nil {
				d.fault(n, path, "use one from 0 to 18446744073709551615", "%s is not a whole number from 0", quote(n.Value))
			}
			v.SetUint(u)
		}
	default:
		d.fault(n, path, "", "values of type %s cannot be read", v.Type())
	}
}

// is reports a fault unless n is a scalar with one of the tags.
func (d *decoder) is(n *yaml.Node, path, expected string, tags ...string) bool {
	if n.Kind == yaml.ScalarNode {
		for _, t := range tags {
			if n.ShortTag() == t {
				return true
			}
		}
	}
	d.expected(n, path, expected)
	return false
}

func (d *decoder) expected(n *yaml.Node, path, expected string) {
	hint := ""
	switch {
	case n.Kind != yaml.ScalarNode:
	case n.ShortTag() != "!!null" && strings.HasPrefix(expected, "text"):
		hint = "put it in quotes: " + quote(n.Value)
	case expected == truth && (n.Value == "yes" || n.Value == "on"):
		hint = "write true"
	case expected == truth && (n.Value == "no" || n.Value == "off"):
		hint = "write false"
	}
	d.fault(n, path, hint, "expected %s, found %s", expected, describe(n))
}

// describe names what stands in the file, for people who do not know YAML's
// tags.
func describe(n *yaml.Node) string {
	switch n.Kind {
	case yaml.MappingNode:
		return "a mapping"
	case yaml.SequenceNode:
		return "a list"
	case yaml.AliasNode:
		return "an alias"
	}
	switch n.ShortTag() {
	case "!!null":
		return "nothing"
	case "!!bool":
		return "the truth value " + n.Value
	case "!!int", "!!float":
		return "the number " + quote(n.Value)
	case "!!timestamp":
		return "the date " + quote(n.Value)
	case "!!str":
		return "the text " + quote(n.Value)
	}
	return "a value tagged " + quote(n.ShortTag())
}
