package draft

import (
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"

	"github.com/pickshard/pickshard/configs"
	"github.com/pickshard/pickshard/schema"
	"github.com/pickshard/pickshard/stages/join"
)

// Names of strangers' files and columns come back from the YAML as they are.
func FuzzSheet(f *testing.F) {
	for _, s := range []string{"a b", "yes", "0", "null", "é: {x}", "it's", `back\slash "q"`, "#", "- x", "tab\there", "\u2028", "{a}[0]", "\x85", "\ufeffx", "~", "1e5", "a\nb: c", "*", "\U0001F600"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, name string) {
		if name == "" || strings.ToValidUTF8(name, "") != name {
			t.Skip()
		}
		for _, text := range []string{scalar(name), list([]string{name, "b"}), template(name), "{k: " + scalar(name) + "}"} {
			var got any
			if err := yaml.Unmarshal([]byte(text), &got); err != nil {
				t.Fatalf("%q is spelled %s: %v", name, text, err)
			}
			switch v := got.(type) {
			case []any:
				got = v[0]
			case map[string]any:
				got = v["k"]
			}
			if got != name {
				t.Fatalf("%q is spelled %s, which is %#v", name, text, got)
			}
		}
		p := &printer{}
		p.comment("  ", name)
		for line := range strings.Lines(p.String()) {
			if !strings.HasPrefix(line, "  # ") {
				t.Fatalf("%q makes the comment %q", name, p.String())
			}
		}
		if tmpl, err := join.ParseTemplate("x/"+escaped(name)+"{v}", nil); err != nil || len(tmpl.Columns()) != 1 {
			t.Fatalf("%q is not the text of a template: %v", name, err)
		}
	})
}

func TestSheet(t *testing.T) {
	t.Parallel()
	s := &sheet{
		name: "my data", strip: `C:\x`, windows: true, licence: "mit", notes: []string{"b.bin\n: what"}, drops: 3,
		splits: []*splitLine{{name: "train", folder: "train", table: &table{files: []string{"a[1].csv"}, rows: 1234, header: []string{"x", "y z"}}}},
		fields: []*fieldLine{
			{name: "yes", typ: "list[image]", keys: []keyValue{{"file", template("i/{folder}/{x}")}}, why: "12 of 12 joined"},
			{name: "y", typ: "string", keys: []keyValue{{"from", scalar("y z")}}, off: true, ask: true, why: "is it?"},
		},
		joins: []*joinLine{{table: &table{files: []string{"s.json"}, selected: "t"}, files: []string{"s.json"}, left: "x", right: "id", columns: []string{"c"}, missing: true, why: "why"}},
	}
	s.name = "my-data"
	c, err := configs.Parse("x.yaml", []byte(s.String()))
	if err != nil {
		t.Fatalf("%v\n%s", err, s)
	}
	if f := c.Splits[0].Records.Files[0]; f != `a\[1].csv` {
		t.Errorf("the name of a file is not a pattern: %s", f)
	}
	if len(c.Fields) != 1 || c.Fields[0].Name != "yes" || c.Join[0].Missing != "null" || c.Paths.Strip != `C:\x` {
		t.Errorf("%+v", c)
	}
}

func TestTypesAreSpelled(t *testing.T) {
	t.Parallel()
	odd := schema.Type{Kind: schema.Struct, Members: []schema.Member{{Name: `a: "b]`, Type: schema.Type{Kind: schema.Int64}}}}
	for _, typ := range []schema.Type{odd, schema.ListOf(schema.Type{Kind: schema.Float32})} {
		s := &sheet{name: "x", splits: []*splitLine{{name: "train", table: &table{files: []string{"a.csv"}}}}, fields: []*fieldLine{{name: "f", typ: spelled(typ)}}}
		c, err := configs.Parse("x.yaml", []byte(s.String()))
		if err != nil {
			t.Fatalf("%v\n%s", err, s)
		}
		if got, err := schema.ParseType(c.Fields[0].Type); err != nil || !got.Equal(typ) {
			t.Errorf("%s, want %s: %v", got, typ, err)
		}
	}
}
