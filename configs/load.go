package configs

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"strings"

	"go.yaml.in/yaml/v4"
	"go.yaml.in/yaml/v4/plugin/loaderlimits"

	"github.com/pickshard/pickshard/pipeline"
)

//go:embed *.yaml
var ready embed.FS

// MaxFile is the largest configuration file that is read.
const MaxFile = 1 << 20

// maxDepth bounds nesting; the deepest value of a Config lies at 4.
const maxDepth = 32

// Ready lists the names of the configurations that come with pickshard.
func Ready() []string {
	entries, _ := ready.ReadDir(".") // the root of an embedded tree is always there
	var names []string
	for _, e := range entries {
		names = append(names, strings.TrimSuffix(e.Name(), ".yaml"))
	}
	return names
}

// ReadyFile returns the text of a ready configuration, to copy and change.
func ReadyFile(name string) ([]byte, error) {
	data, err := ready.ReadFile(name + ".yaml")
	if err != nil {
		return nil, notFound(name)
	}
	return data, nil
}

// Load reads a configuration: a ready one by its name, or a YAML file. It is
// checked whole; the error is Errors when the text is at fault, ErrNotFound
// when there is none.
func Load(nameOrPath string) (*Config, error) {
	if data, err := ready.ReadFile(nameOrPath + ".yaml"); err == nil {
		return Parse(nameOrPath+".yaml", data)
	}
	data, err := readFile(nameOrPath)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, notFound(nameOrPath)
	case err != nil:
		return nil, fmt.Errorf("read config: %w", err)
	}
	return Parse(nameOrPath, data)
}

func readFile(name string) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close() // opened for reading: nothing can be lost
	if info, err := f.Stat(); err != nil || info.IsDir() {
		if err == nil {
			err = fmt.Errorf("%s is a folder, not a YAML file", name)
		}
		return nil, err
	}
	data, err := io.ReadAll(io.LimitReader(f, MaxFile+1))
	if err != nil {
		return nil, err
	}
	return data, nil
}

// notFound says what there is instead: the nearest of the ready configurations
// and of the YAML files beside the one that was asked for.
func notFound(name string) error {
	near := pipeline.Nearest(strings.TrimSuffix(filepath.Base(name), filepath.Ext(name)), Ready())
	if entries, err := os.ReadDir(filepath.Dir(name)); err == nil {
		var beside []string
		for _, e := range entries {
			if ext := filepath.Ext(e.Name()); ext == ".yaml" || ext == ".yml" {
				beside = append(beside, e.Name())
			}
		}
		if file := pipeline.Nearest(filepath.Base(name), beside); file != "" {
			near = filepath.Join(filepath.Dir(name), file)
		}
	}
	if near != "" {
		near = "did you mean " + near + "? "
	}
	return fmt.Errorf("%w: %s; %sa config is a YAML file or the name of a ready one: %s", ErrNotFound, name, near, strings.Join(Ready(), ", "))
}

// Parse reads a configuration from YAML over the defaults and checks it; file
// is the name that errors give.
func Parse(file string, data []byte) (*Config, error) {
	d := newDecoder(file)
	c := Default()
	if root := d.tree(data); root != nil {
		c.where = d.where
		d.extend(root, 0)
		d.value(root, "", reflect.ValueOf(c).Elem())
		c.fill()
		c.Extends = "" // its keys are here
		d.faults = append(d.faults, c.faults(d.broken)...)
	}
	if err := d.faults.orNil(); err != nil {
		return nil, err
	}
	return c, nil
}

// tree parses the text to the single document's root.
func (d *decoder) tree(data []byte) *yaml.Node {
	if len(data) > MaxFile {
		d.faults = append(d.faults, &Error{Position: Position{Source: d.file}, Message: fmt.Sprintf("larger than %s, too large for a config", Size(MaxFile))})
		return nil
	}
	loader, err := yaml.NewLoader(bytes.NewReader(data), yaml.WithPlugin(loaderlimits.New(loaderlimits.DepthValue(maxDepth))))
	var doc, next yaml.Node
	if err == nil {
		err = loader.Load(&doc)
	}
	if err == io.EOF || err == nil && len(doc.Content) == 0 {
		d.faults = append(d.faults, &Error{Position: Position{Source: d.file, Line: 1, Column: 1}, Message: "the file is empty", Hint: "begin with: version: 1"})
		return nil
	}
	if err != nil {
		d.syntax(err)
		return nil
	}
	switch err = loader.Load(&next); {
	case err == io.EOF:
	case err != nil:
		d.syntax(err)
	case len(next.Content) > 0:
		d.fault(next.Content[0], "", "put it into a file of its own", "a second document begins here")
	}
	return doc.Content[0]
}

// syntax notes an error of the YAML parser.
func (d *decoder) syntax(err error) {
	e := &Error{Position: Position{Source: d.file}, Message: "not YAML: " + err.Error()}
	if le, ok := errors.AsType[*yaml.LoadError](err); ok {
		e.Message = "not YAML: " + le.Message
		if le.ContextMsg != "" {
			e.Message += " " + le.ContextMsg
		}
		e.Line, e.Column = le.Mark.Line, le.Mark.Column
		if strings.Contains(le.Message, "octet") {
			*e = Error{Position: Position{Source: d.file}, Message: "this is not text", Hint: "a config is a YAML file"}
		}
		if strings.HasPrefix(le.Message, "found character that cannot start any token") {
			e.Hint = "indent with blanks, not tabs, and put text that begins with a sign in quotes"
		}
	}
	d.faults = append(d.faults, e)
}

// fill gives values to keys whose default depends on others.
func (c *Config) fill() {
	if len(c.Splits) == 0 {
		for _, s := range c.Split.Ratio {
			c.Splits = append(c.Splits, c.Split.part(s.Split))
		}
	}
	for i := range c.Splits {
		if s := &c.Splits[i]; s.Folder == "" {
			s.Folder = s.Name
		}
	}
	for i := range c.Fields {
		if f := &c.Fields[i]; len(f.sources()) == 0 {
			if t, err := f.parseType(); err == nil && !t.Images() {
				f.From = f.Name
			}
		}
	}
}
