package soak

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"image"
	"image/png"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/ipc"
	alloc "github.com/apache/arrow-go/v18/arrow/memory"
)

// wide is an input that uses everything a config can say: images in a folder, lists of
// them, in zips, in a tar, as bytes and as pixels of a column; texts and lines in
// files; lists, structs, JSON, classes, decimals, times, casts and defaults; derived
// values and constants; side tables of two kinds, one of them a member of a member; two
// samples a record; a condition; rules; one table in two files that a ratio parts; all
// indexes, shuffled. mds and litdata have no empty lists of images.
type wide struct {
	rows []wideRow
	// authors are a side table's rows, of which a key's first counts.
	authors []wideAuthor
	// categories are the other's, by prompt.
	categories []string
	// pictures and texts replace those that the rows have by nature, by name.
	pictures, texts map[string][]byte
}

type wideRow struct {
	Name     string           `json:"name"`
	Prompt   int              `json:"prompt_id"`
	User     *string          `json:"user"`
	Images   []string         `json:"images"`
	Photo    string           `json:"photo"` // base64
	Pixels   []int            `json:"pixels"`
	Part     int              `json:"part"`
	Member   string           `json:"member"`
	Other    string           `json:"other"`
	Ranks    []*int           `json:"ranks"`
	Emb      []float64        `json:"emb"`
	Meta     map[string]any   `json:"meta"`
	Extra    string           `json:"extra"`
	Versions []map[string]any `json:"versions"`
	Label    string           `json:"label"`
	Seed     string           `json:"seed"`
	Score    *float64         `json:"score"`
	Price    string           `json:"price"`
	At       string           `json:"at"`
	Keep     string           `json:"keep"`
}

type wideAuthor struct {
	ID     string
	Author string
	Age    *int
}

const wideConfig = `version: 1
name: wide
paths: {strip: 'C:\data', separators: windows}
split: {from: "parts/*.arrow", ratio: {train: 0.7, test: 0.3}, seed: 7, group: prompt_id}
fields:
  images:   {type: "list[image]", file: "images/{images}", nullable: true}
  first:    {type: image, file: "images/{images[0]}", nullable: true}
  photo:    {type: image, bytes: photo, name: "{name}.png"}
  pixels:   {type: image, pixels: pixels, shape: [4, 4, 3]}
  zipped:   {type: image, file: "zips/part-{part:02}.zip!/{member}"}
  taped:    {type: image, file: "bundle.tar!/{member}"}
  text:     {type: string, text: "text/{name}.txt"}
  lines:    {type: "list[string]", lines: "lines/{name}.txt"}
  ranks:    {type: "list[int64]"}
  emb:      {type: "list[float32, 3]"}
  meta:     {type: "struct[model: string, steps: int64]", nullable: true}
  model:    {type: string, from: meta.model, nullable: true}
  extra:    {type: json}
  versions: {type: "list[struct[a: int64, b: list[string]]]", nullable: true}
  label:    {type: "class[cat, dog]"}
  seed:     {type: int64, cast: true}
  score:    {type: float64, default: 0.5}
  price:    {type: "decimal[9, 2]", cast: true}
  at:       {type: "timestamp[us]"}
  category: {type: string}
  author:   {type: string, nullable: true}
  age:      {type: int64, nullable: true}
  side:     {type: string}
  mate:     {type: image, file: "bundle.tar!/{mate}"}
  made:     {type: string, value: here}
  width:    {type: int32, is: width, of: zipped}
  form:     {type: string, is: format, of: photo}
  size:     {type: int64, is: bytes, of: first, nullable: true}
  digest:   {type: string, is: sha256, of: pixels}
  alike:    {type: int64, is: count, of: prompt_id}
  number:   {type: int64, is: row}
  source:   {type: string, is: source}
  better:   {type: float64, prefer: [part, prompt_id], margin: 1}
join:
  - {records: prompts.csv, on: prompt_id, fields: [category]}
  - {records: authors.json.gz, select: people/authors, orient: columns, on: {user: id}, fields: [author, age], missing: "null", duplicate: first}
each:
  samples:
    - {side: {value: left}, mate: member}
    - {side: {value: right}, mate: other}
where: {keep: {in: ["yes", maybe]}}
card: {license: cc0-1.0, description: All that a config can say., gallery: 3}
rules: {image.intact: {on_error: skip, tolerate: 50%}, score: {min: -1, on_error: warn}}
output:
  formats: [parquet, arrow, webdataset]
  shards: 3
  shuffle: 5
  members: {label: cls, text: txt}
  indexes: [dali, wids, energon]
  pages: cdc
  on_error: quarantine
  row_group: {bytes: 1MB, rows: 4}
`

// newWide makes the input of so many rows.
func newWide(rows int) *wide {
	w := &wide{pictures: map[string][]byte{}, texts: map[string][]byte{}}
	users := []string{"ann", "bob", "nobody", ""}
	for i := range rows {
		chance := rand.New(rand.NewPCG(uint64(i), 3))
		one, seven := 1, 7
		r := wideRow{
			Name: fmt.Sprintf("n%03d", i), Prompt: i / 2, Photo: base64.StdEncoding.EncodeToString(dots(i, 3)),
			Part: i % 2, Member: fmt.Sprintf("m/%d.png", i), Other: fmt.Sprintf("m/%d.png", i/2), Ranks: []*int{&one, nil, &seven}[:i%4], Emb: []float64{float64(i), -0.5, 1e-3},
			Extra: fmt.Sprintf(`{"n": %d, "deep": [null, {"x": "ü"}]}`, i), Label: []string{"cat", "dog"}[chance.IntN(2)],
			Seed: fmt.Sprint(1000 + i), Price: fmt.Sprintf("%d.%02d", i, i%100),
			At:   time.Date(2024, 5, 1, 12, 0, i, 1000*i, time.UTC).Format("2006-01-02 15:04:05.999999"),
			Keep: []string{"yes", "maybe", "yes", "no"}[i%4], Meta: map[string]any{"model": fmt.Sprintf("v%d", i%3), "steps": i},
		}
		if user := users[i%4]; user != "" {
			r.User = &user
		}
		for k := range i % 5 {
			r.Images = append(r.Images, fmt.Sprintf(`C:\data\%d\%d.png`, i, k))
		}
		for range 48 {
			r.Pixels = append(r.Pixels, chance.IntN(256))
		}
		for k := range i % 3 {
			r.Versions = append(r.Versions, map[string]any{"a": k, "b": []string{"x", r.Name}})
		}
		if i%3 > 0 {
			score := float64(i) / 8
			r.Score = &score
		}
		if i%6 == 5 {
			r.Meta = nil
		}
		w.rows = append(w.rows, r)
		if i%2 == 0 {
			w.categories = append(w.categories, []string{"art", `people, "all"`, "ürban"}[i/2%3])
		}
	}
	old := 44
	w.authors = []wideAuthor{{"ann", "Ann A.", &old}, {"bob", "Bob\nB.", nil}, {"ann", "another Ann", nil}}
	return w
}

// dots is a PNG of noise.
func dots(seed, side int) []byte {
	chance := rand.New(rand.NewPCG(uint64(seed), 11))
	m := image.NewRGBA(image.Rect(0, 0, side, side+seed%3))
	for i := range m.Pix {
		m.Pix[i] = byte(chance.UintN(256)) | 1<<7
	}
	var b bytes.Buffer
	if err := png.Encode(&b, m); err != nil {
		panic(err)
	}
	return b.Bytes()
}

// picture is what a file or member of that name holds.
func (w *wide) picture(name string, seed int) []byte {
	if data, ok := w.pictures[name]; ok {
		return data
	}
	return dots(seed, 5)
}

// lay writes the input to a folder, in place of what is there, and returns the folder
// and the config's name.
func (w *wide) lay(t testing.TB, folder string) (input, config string) {
	t.Helper()
	input, config = filepath.Join(folder, "in"), filepath.Join(folder, "wide.yaml")
	write(t, config, wideConfig)
	half := len(w.rows)/2 + 1
	files := map[string][]byte{
		"parts/a.arrow": wideTable(t, w.rows[:half]), "parts/b.arrow": wideTable(t, w.rows[half:]),
		"prompts.csv": []byte("prompt_id,unused,category\r\n"),
	}
	for i, c := range w.categories {
		files["prompts.csv"] = fmt.Appendf(files["prompts.csv"], "%d,%s,\"%s\"\r\n", i, strings.Repeat("x", i), strings.ReplaceAll(c, `"`, `""`))
	}
	files["authors.json.gz"] = packedAuthors(t, w.authors)
	members := make(map[string][]byte)
	zips := []map[string][]byte{{}, {}}
	for i, r := range w.rows {
		for k, name := range r.Images {
			name = "images/" + strings.ReplaceAll(strings.TrimPrefix(name, `C:\data\`), `\`, "/")
			files[name] = w.picture(name, 100*i+k)
		}
		data := w.picture(r.Member, 10_000+i)
		members[r.Member], zips[r.Part][r.Member] = data, data
		for _, kind := range []string{"text", "lines"} {
			name := kind + "/" + r.Name + ".txt"
			if files[name] = w.texts[name]; files[name] == nil {
				files[name] = []byte(strings.Repeat("a line of "+r.Name+"\n", i%4))
			}
		}
	}
	files["bundle.tar"] = tarOf(t, members)
	for i, z := range zips {
		files[fmt.Sprintf("zips/part-%02d.zip", i)] = zipOf(t, z)
	}
	replaceTree(t, input, files)
	return input, config
}

// packedAuthors is the side table as columns, in an object in another.
func packedAuthors(t testing.TB, authors []wideAuthor) []byte {
	t.Helper()
	columns := map[string][]any{"id": {}, "author": {}, "age": {}}
	for _, a := range authors {
		columns["id"], columns["author"], columns["age"] = append(columns["id"], a.ID), append(columns["author"], a.Author), append(columns["age"], a.Age)
	}
	var packed bytes.Buffer
	gz := gzip.NewWriter(&packed)
	err := json.NewEncoder(gz).Encode(map[string]any{"about": "people", "people": map[string]any{"authors": columns}})
	if err := errors.Join(err, gz.Close()); err != nil {
		t.Fatal(err)
	}
	return packed.Bytes()
}

// replaceTree makes the files of a folder those, and leaves alone what is as it should be.
func replaceTree(t testing.TB, folder string, files map[string][]byte) {
	t.Helper()
	have := tree(t, folder)
	for name := range have {
		if _, ok := files[name]; !ok {
			if err := os.Remove(filepath.Join(folder, name)); err != nil {
				t.Fatal(err)
			}
		}
	}
	for name, data := range files {
		if old, ok := have[name]; !ok || old != string(data) {
			write(t, filepath.Join(folder, filepath.FromSlash(name)), string(data))
		}
	}
}

func tarOf(t testing.TB, files map[string][]byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, name := range sorted(files) {
		err := w.WriteHeader(&tar.Header{Name: name, Size: int64(len(files[name])), Mode: 0o644, ModTime: written()})
		if err == nil {
			_, err = w.Write(files[name])
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// zipOf stores every other file and deflates the others.
func zipOf(t testing.TB, files map[string][]byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for i, name := range sorted(files) {
		f, err := w.CreateHeader(&zip.FileHeader{Name: name, Method: []uint16{zip.Store, zip.Deflate}[i%2]})
		if err == nil {
			_, err = f.Write(files[name])
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func sorted(files map[string][]byte) []string {
	names := make([]string, 0, len(files))
	for name := range files {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// wideTable is an Arrow file of rows.
func wideTable(t testing.TB, rows []wideRow) []byte {
	t.Helper()
	text, whole := arrow.BinaryTypes.String, arrow.PrimitiveTypes.Int64
	optional := func(name string, dt arrow.DataType) arrow.Field {
		return arrow.Field{Name: name, Type: dt, Nullable: true}
	}
	schema := arrow.NewSchema([]arrow.Field{
		optional("name", text), optional("prompt_id", arrow.PrimitiveTypes.Int32), optional("user", text), optional("images", arrow.ListOf(text)),
		optional("photo", arrow.BinaryTypes.Binary), optional("pixels", arrow.FixedSizeListOf(48, arrow.PrimitiveTypes.Uint8)),
		optional("part", arrow.PrimitiveTypes.Int16), optional("member", text), optional("other", text), optional("ranks", arrow.ListOf(whole)),
		optional("emb", arrow.FixedSizeListOf(3, arrow.PrimitiveTypes.Float32)), optional("meta", arrow.StructOf(optional("model", text), optional("steps", whole))),
		optional("extra", text), optional("versions", arrow.ListOf(arrow.StructOf(optional("a", whole), optional("b", arrow.ListOf(text))))),
		optional("label", text), optional("seed", text), optional("score", arrow.PrimitiveTypes.Float64), optional("price", text),
		optional("at", &arrow.TimestampType{Unit: arrow.Microsecond}), optional("keep", text),
	}, nil)
	data, err := json.Marshal(rows)
	if err != nil {
		t.Fatal(err)
	}
	record, _, err := array.RecordFromJSON(alloc.DefaultAllocator, schema, bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	w, err := ipc.NewFileWriter(&b, ipc.WithSchema(schema))
	if err == nil {
		err = w.Write(record)
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}
