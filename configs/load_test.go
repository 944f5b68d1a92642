package configs_test

import (
	"bytes"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"github.com/pickshard/pickshard/configs"
)

var update = flag.Bool("update", false, "write what the tests get into their golden files")

// minimal is a configuration that names nothing but what it must.
const minimal = `
version: 1
name: n
splits: {train: {records: a.pkl}}
fields: {a: {type: string}}
`

func parse(t *testing.T, text string) *configs.Config {
	t.Helper()
	c, err := configs.Parse("test.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestErrors(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/errors/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			t.Parallel()
			a, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			_, err = configs.Parse("config.yaml", a.Files[0].Data)
			if err == nil {
				t.Fatal("no error")
			}
			got := err.Error() + "\n"
			if *update {
				a.Files[1].Data = []byte(got)
				if err := os.WriteFile(file, txtar.Format(a), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			if diff := cmp.Diff(string(a.Files[1].Data), got); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

func TestErrorsAreSingleFaults(t *testing.T) {
	t.Parallel()
	_, err := configs.Parse("x.yaml", []byte(strings.Replace(minimal, "string", "words", 1)))
	fault, ok := errors.AsType[*configs.Error](err)
	if !ok {
		t.Fatalf("%T", err)
	}
	want := configs.Position{Source: "x.yaml", Line: 5, Column: 20}
	if fault.Position != want || fault.Path != "fields.a.type" {
		t.Errorf("got %v, %s", fault.Position, fault.Path)
	}
}

func TestErrorsAreBounded(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 40_000)
	text := minimal[:len(minimal)-2] + ", " + long + ": {type: no, " + long + ": 1}}\n" + long + ": 1\n" + "output: {formats: [" + strings.Repeat("nope, ", 100_000) + "]}"
	_, err := configs.Parse("x.yaml", []byte(text))
	if err == nil || len(err.Error()) > 20_000 {
		t.Errorf("%d bytes of message", len(err.Error()))
	}
	if _, err := configs.Parse("x.yaml", make([]byte, configs.MaxFile+1)); err == nil || !strings.Contains(err.Error(), "too large") {
		t.Error(err)
	}
}

func TestLoadByName(t *testing.T) {
	t.Parallel()
	c, err := configs.Load("pick-high")
	if err != nil {
		t.Fatal(err)
	}
	var splits, fields []string
	for _, s := range c.Splits {
		splits = append(splits, s.Name+"="+s.Folder+":"+strings.Join(s.Records.Files, ","))
	}
	s, err := c.Schema()
	if err != nil {
		t.Fatal(err)
	}
	for i := range s.Len() {
		fields = append(fields, s.Field(i).Name+" "+s.Field(i).Type.String())
	}
	want := []string{"train=train:Pick-High/train.pkl", "validation=val:Pick-High/val.pkl", "test=test:Pick-High/test.pkl"}
	if diff := cmp.Diff(want, splits); diff != "" {
		t.Error(diff)
	}
	want = []string{
		"easy_prompt string", "refine_prompt string", "easy_image_0 image", "easy_image_1 image", "refine_image image",
		"E1 float64", "E2 float64", "R1 float64", "R2 float64",
	}
	if diff := cmp.Diff(want, fields); diff != "" {
		t.Error(diff)
	}
}

func TestLoadFile(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "mine.yaml")
	if err := os.WriteFile(file, []byte(minimal), 0o644); err != nil {
		t.Fatal(err)
	}
	c, err := configs.Load(file)
	if err != nil || c.Name != "n" {
		t.Fatal(c, err)
	}
}

func TestLoadNothing(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "mine.yaml"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"pick-hihg":                     "did you mean pick-high?",
		"picksure":                      "the name of a ready one: pick-high",
		"../pick-high.yml":              "did you mean pick-high?",
		filepath.Join(dir, "a.yml"):     "no such config: ",
		filepath.Join(dir, "mien.yaml"): "did you mean " + filepath.Join(dir, "mine.yaml") + "? ",
	} {
		_, err := configs.Load(name)
		if !errors.Is(err, configs.ErrNotFound) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := configs.Load(dir); err == nil || errors.Is(err, configs.ErrNotFound) || !strings.Contains(err.Error(), "is a folder") {
		t.Error(err)
	}
	if _, err := configs.ReadyFile("nope"); !errors.Is(err, configs.ErrNotFound) {
		t.Error(err)
	}
}

func TestOrderIsKept(t *testing.T) {
	t.Parallel()
	c := parse(t, `
version: 1
name: n
splits: {z: {records: a.pkl}, a: {records: a.pkl}, m: {records: a.pkl}}
fields: {z: {type: string}, a: {type: string}, m: {type: string}}
`)
	for i, want := range []string{"z", "a", "m"} {
		if c.Splits[i].Name != want || c.Fields[i].Name != want {
			t.Errorf("%d: %s, %s", i, c.Splits[i].Name, c.Fields[i].Name)
		}
	}
}

func TestReadyFilesNameTheirSchema(t *testing.T) {
	t.Parallel()
	for _, name := range configs.Ready() {
		text, err := configs.ReadyFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.HasPrefix(text, []byte("# yaml-language-server: $schema=config.schema.json\n")) {
			t.Errorf("%s: the first line does not name the schema", name)
		}
	}
}
