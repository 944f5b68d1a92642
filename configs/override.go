package configs

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"
)

// Override sets the value at path, e.g. "output.shard_size", from the text of a
// flag; flag is the name that errors give, now and from Validate. Lists are
// separated by commas, an empty text is the null of a value that can be absent.
// Paths lead through structs only, not into splits and fields.
//
// The configuration is unchanged when the text is at fault. It is not checked
// as a whole: call Validate after the last flag.
func (c *Config) Override(path, text, flag string) error {
	v := reflect.ValueOf(c).Elem()
	for key := range strings.SplitSeq(path, ".") {
		if v = child(v, key); !v.IsValid() {
			return fmt.Errorf("override %s: no such key", path)
		}
	}
	d := newDecoder(flag)
	set := reflect.New(v.Type()).Elem()
	d.value(scalarNode(text, v), "", set)
	if err := d.faults.orNil(); err != nil {
		return err
	}
	v.Set(set)
	maps.DeleteFunc(c.where, func(at string, _ Position) bool { return strings.HasPrefix(at, path+"[") })
	if c.flags == nil {
		c.flags = make(map[string]string)
	}
	c.flags[path] = flag
	return nil
}

func child(v reflect.Value, key string) reflect.Value {
	if v.Kind() == reflect.Struct {
		for f, value := range v.Fields() {
			if name, _, _ := strings.Cut(f.Tag.Get("json"), ","); name == key && key != "-" {
				return value
			}
		}
	}
	return reflect.Value{}
}

// scalarNode gives the text the type that its target needs: a shell has no
// quotes left to tell 7 from "7".
func scalarNode(text string, target reflect.Value) *yaml.Node {
	n := &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: text}
	switch target.Interface().(type) {
	case Size:
		return n
	case Strings:
		list := &yaml.Node{Kind: yaml.SequenceNode, Tag: "!!seq"}
		for part := range strings.SplitSeq(text, ",") {
			list.Content = append(list.Content, &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: strings.TrimSpace(part)})
		}
		return list
	}
	switch target.Kind() {
	case reflect.Int, reflect.Int64:
		n.Tag = "!!int"
	case reflect.Pointer:
		n.Tag = "!!int"
		if text == "" {
			n.Tag = "!!null"
		}
	case reflect.Bool:
		n.Tag = "!!bool"
	}
	return n
}

// Select keeps the named splits alone, in the order of the configuration.
func (c *Config) Select(splits []string, flag string) error {
	if c.Split.By != "" {
		c.only = splits // Open learns which there are
		return nil
	}
	return c.keepSplits(splits, flag)
}

func (c *Config) keepSplits(splits []string, flag string) error {
	var known []string
	for _, s := range c.Splits {
		known = append(known, s.Name)
	}
	var faults Errors
	for _, name := range splits {
		if !slices.Contains(known, name) {
			faults = append(faults, &Error{Position: Position{Source: flag}, Message: "no split " + quote(name), Hint: instead(name, known)})
		}
	}
	if len(faults) > 0 {
		return faults
	}
	c.Splits = slices.DeleteFunc(slices.Clone(c.Splits), func(s Split) bool { return !slices.Contains(splits, s.Name) })
	c.part = c.part || len(c.Splits) < len(known) && c.Split.By == "" && len(c.Split.Ratio) == 0
	return nil
}
