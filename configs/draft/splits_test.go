package draft

import (
	"hash/maphash"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/pickshard/pickshard/schema"
)

// textTable is a table of a column of texts.
func textTable(file, name string, values ...string) *table {
	b := array.NewStringBuilder(allocator)
	b.AppendValues(values, nil)
	a := b.NewArray()
	return &table{files: []string{file}, rows: int64(len(values)), columns: []*column{{
		name: name, typ: schema.Type{Kind: schema.String}, data: arrow.NewChunked(a.DataType(), []arrow.Array{a}),
	}}}
}

func TestNameSplits(t *testing.T) {
	t.Parallel()
	for files, want := range map[string]string{
		"Pick-High/train.pkl Pick-High/val.pkl Pick-High/test.pkl": "train validation test",
		"train/metadata.csv test/metadata.csv":                     "train test",
		"captions_train2014.json captions_val2014.json":            "train validation",
		"data_batch test_batch":                                    "train test",
		"easy.csv hard.csv":                                        "easy hard",
		"validation-00000-of-00001-ab12.parquet validation_unique-00000-of-00001-cd34.parquet": "validation validation_unique",
		"TextVQA_0.5.1_train.json TextVQA_0.5.1_val.json":                                      "train validation",
		"X_train_update.csv": "train",
		"labels.csv":         "train",
		"train_station.csv":  "train",
		"dev.jsonl.gz":       "validation",
		"a/x.csv b/x.csv":    "a b",
		"x.csv x.csv":        "train",
	} {
		var set []*table
		for f := range strings.FieldsSeq(files) {
			set = append(set, textTable(f, "c", "v"))
		}
		var got []string
		for _, s := range nameSplits(set).splits {
			got = append(got, s.name)
		}
		if text := strings.Join(got, " "); text != want {
			t.Errorf("%s: %s, want %s", files, text, want)
		}
	}
}

func TestGroupParts(t *testing.T) {
	t.Parallel()
	for names, want := range map[string]int{
		"train-00000-of-00002.parquet train-00001-of-00002.parquet": 1,
		"data_batch_1 data_batch_2 data_batch_3":                    1,
		"captions_2014.json captions_2017.json":                     2,
		"train_v1.json train_v2.json":                               2,
		"a.csv b.csv":                                               2,
		"p/1.csv q/2.csv":                                           2,
	} {
		if got := len(groupParts(strings.Fields(names))); got != want {
			t.Errorf("%s: %d tables, want %d", names, got, want)
		}
	}
}

// listingOf is a listing of names.
func listingOf(names ...string) *listing {
	l := &listing{seed: maphash.MakeSeed()}
	numbers := make(map[string]int32)
	for _, n := range names {
		if err := l.add(numbers, n, 1); err != nil {
			panic(err)
		}
	}
	l.index()
	return l
}

func TestGuesses(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		files, values, want string
	}{
		{"i/a.jpg i/b.jpg", "a.jpg b.jpg", "i/{c} 2/2"},
		{"i/a.jpg i/b.jpg", "a b", "i/{c}.jpg 2/2"},
		{"i/a.jpg i/b.jpg", "x/i/a.jpg x/i/b.jpg", "{c} x 2/2"},
		{"i/a.jpg i/b.jpg", "x/a.jpg y/b.jpg", "i/{c:name} 2/2"},
		{"d/i/a.jpg d/j/b.jpg", "/mnt/d/i/a.jpg /mnt/d/j/b.jpg", "{c} /mnt 2/2"},
		{"d/i/a.jpg d/j/b.jpg", `C:\x\d\i\a.jpg C:\x\d\j\b.jpg`, `{c} C:\x 2/2`},
		{"1/a.jpg 2/b.jpg 1/c.jpg", "a b c", "*/{c}.jpg 3/3"},
		{"i/a.png i/b.jpg i/c.png", "a b c", "i/{c}.* 3/3"},
		{"ab/abc.jpg de/def.jpg gh/ghi.jpg", "abc def ghi", "{c:.2}/{c}.jpg 3/3"},
		{"i/im_abcd_0.jpg i/im_efgh_0.jpg", "abcd efgh", "i/im_{c}_0.jpg 2/2"},
		{"i/a.png i/b.png", "a.jpg b.jpg", "i/{c:stem}.png 2/2"},
		{"i/a.png", "https://example.org/q/a.png?x=1", "i/{c:name} 1/1"},
		{"i/a.png i/b.png", "x y", ""},
		{"i/A.JPG i/b.jpg", "a.jpg b.jpg", "i/{c} 1/2"},
		{"{x}/a.png", "a.png", "{{x}}/{c} 1/1"},
	} {
		l := listingOf(strings.Fields(tt.files)...)
		s := &split{name: "train", table: textTable("t.csv", "c", strings.Fields(tt.values)...), words: synonyms("train")}
		got := ""
		if all := l.guesses(s, "c"); len(all) > 0 {
			g := all[0]
			got = strings.Join(strings.Fields(g.file+" "+g.strip+" "+grouped(g.rate.joined)+"/"+grouped(g.rate.values)), " ")
		}
		if got != tt.want {
			t.Errorf("%s ← %s: %q, want %q", tt.files, tt.values, got, tt.want)
		}
	}
}
