package configs

import (
	"fmt"
	"path/filepath"

	"go.yaml.in/yaml/v4"
)

// maxExtends bounds how many configs build on each other.
const maxExtends = 8

// extend puts the keys of the config that root extends beside its own: a key that root
// has stands in place of the other's, whole.
func (d *decoder) extend(root *yaml.Node, depth int) {
	value := rootKey(root, "extends")
	if value == nil {
		return
	}
	switch {
	case depth == maxExtends:
		d.fault(value, "extends", "name a config that builds on no others", "%d configs build on each other", depth)
		return
	case value.Kind != yaml.ScalarNode || value.ShortTag() != "!!str" || value.Value == "":
		return // decoding tells it
	}
	name, data, err := readBase(value.Value, d.source(value))
	if err != nil {
		d.fault(value, "extends", "name a ready config, or a YAML file relative to this one", "%v", err)
		return
	}
	base := newDecoder(name)
	other := base.tree(data)
	d.faults = append(d.faults, base.faults...)
	if other == nil {
		return
	}
	d.claim(other, name)
	d.extend(other, depth+1)
	for i := 0; i+1 < len(other.Content) && other.Kind == yaml.MappingNode; i += 2 {
		if key := other.Content[i]; key.Value != "extends" && rootKey(root, key.Value) == nil {
			root.Content = append(root.Content, key, other.Content[i+1])
		}
	}
}

// rootKey is the value of a mapping's key, or nil.
func rootKey(root *yaml.Node, key string) *yaml.Node {
	for i := 0; i+1 < len(root.Content) && root.Kind == yaml.MappingNode; i += 2 {
		if root.Content[i].Value == key {
			return root.Content[i+1]
		}
	}
	return nil
}

// readBase reads a config that another builds on: a ready one, or a file relative to
// the other's.
func readBase(name, from string) (file string, data []byte, err error) {
	if data, err := ready.ReadFile(name + ".yaml"); err == nil {
		return name + ".yaml", data, nil
	}
	file = name
	if !filepath.IsAbs(file) {
		file = filepath.Join(filepath.Dir(from), file)
	}
	if data, err = readFile(file); err != nil {
		return "", nil, fmt.Errorf("no config %s: %w", quote(name), err)
	}
	return file, data, nil
}

// claim notes that nodes stand in another file than the decoder's.
func (d *decoder) claim(n *yaml.Node, file string) {
	d.files[n] = file
	for _, c := range n.Content {
		d.claim(c, file)
	}
}

// source is the file that a node stands in.
func (d *decoder) source(n *yaml.Node) string {
	if file, ok := d.files[n]; ok {
		return file
	}
	return d.file
}
