package webdataset_test

import (
	"archive/tar"
	"bytes"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pickshard/pickshard/pipeline"
	"github.com/pickshard/pickshard/stages/write/conformance"
	"github.com/pickshard/pickshard/stages/write/webdataset"
)

// names lists a tar's members, and the text of those that are JSON.
func names(t *testing.T, file *conformance.File) (names, texts []string) {
	t.Helper()
	r := tar.NewReader(bytes.NewReader(file.Bytes()))
	for {
		h, err := r.Next()
		if err == io.EOF {
			return names, texts
		}
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, h.Name)
		if strings.HasSuffix(h.Name, ".json") {
			text, err := io.ReadAll(r)
			if err != nil {
				t.Fatal(err)
			}
			texts = append(texts, string(text))
		}
	}
}

// TestExtensionsFollowBytes: whatever an image's file was called.
func TestExtensionsFollowBytes(t *testing.T) {
	got, _ := names(t, write(t, conformance.MixedFormats()))
	want := []string{
		"train-000000000.image.jpg", "train-000000000.other.png", "train-000000000.json",
		"train-000000001.image.png", "train-000000001.other.png", "train-000000001.json",
		"train-000000002.image.gif", "train-000000002.other.png", "train-000000002.json",
		"train-000000003.image.webp", "train-000000003.json",
		"train-000000004.other.png", "train-000000004.json",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestMembersOfLists(t *testing.T) {
	got, texts := names(t, write(t, conformance.MixedLists()))
	want := []string{
		"train-000000000.a.0.png", "train-000000000.b.png",
		"train-000000000.images.0.png", "train-000000000.images.1.png", "train-000000000.images.3.png", "train-000000000.json",
		"train-000000001.json", "train-000000002.json",
		"train-000000003.b.png", "train-000000003.json",
		"train-000000004.a.1.png", "train-000000004.b.png",
	}
	if diff := cmp.Diff(want, got[:len(want)]); diff != "" {
		t.Error(diff)
	}
	last := []string{"images.0.jpg", "images.1.png", "images.2.webp", "images.3.jpg", "images.4.png", "images.5.webp", "images.6.jpg", "images.7.png",
		"images.8.webp", "images.9.jpg", "images.10.png", "images.11.webp", "json"}
	for i, name := range got[len(want):] {
		if name != "train-000000004."+last[i] {
			t.Errorf("member %s, want %s", name, last[i])
		}
	}
	wantTexts := []string{
		`{"text":"four","images":["0.png","0_1.png",null,"0_3.png"],"a":["größe.jpg"]}`,
		`{"text":"none","images":[],"a":[]}`,
		`{"text":null,"images":null,"a":null}`,
		`{"text":"nulls","images":[null,null],"a":[null]}`,
	}
	if diff := cmp.Diff(wantTexts, texts[:4]); diff != "" {
		t.Error(diff)
	}
}

// TestAskedExtension: every member has it, but a PNG is never called .jpg.
func TestAskedExtension(t *testing.T) {
	table := conformance.MixedFormats()
	for ext, want := range map[string]string{"img": "", "png": "the image of field image is a jpg", "jpeg": "the image of field image is a png"} {
		w := &conformance.Writing{
			Format: webdataset.With(webdataset.Options{Members: map[string]string{"image": ext}}), Table: table, Shard: table.Shard([]int64{0, 1}),
		}
		file, err := w.Write(t.Context(), conformance.InOrder)
		if want != "" {
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%s: %v, want %q", ext, err, want)
			}
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		if got, _ := names(t, file); got[0] != "train-000000000.image.img" || got[3] != "train-000000001.image.img" {
			t.Errorf("members %q", got)
		}
	}
}

// TestTooManyImages: each of a list is a column to those who load rows.
func TestTooManyImages(t *testing.T) {
	table := conformance.MixedLists()
	list := make([]any, 1001)
	table.Rows[1][1] = list
	if v, ok := webdataset.New().CheckRecord(table.Records(), 1); ok || v.Rule != webdataset.RuleMembers || v.Field != "images" {
		t.Errorf("%v, %t", v, ok)
	}
	table.Rows[1][1] = list[:1000]
	if v, ok := webdataset.New().CheckRecord(table.Records(), 1); !ok {
		t.Error(v)
	}
}

// TestCardOfMembers: a column for each member that some sample has.
func TestCardOfMembers(t *testing.T) {
	table := conformance.MixedLists()
	d := conformance.Dataset(webdataset.New())
	d.Schema = table.Schema()
	d.Traits = pipeline.Traits{"text": "txt"}
	d.Splits[0].Images = []pipeline.ImageStat{
		{Field: "a", Format: pipeline.FormatPNG, Count: 3, Items: 2},
		{Field: "b", Format: pipeline.FormatJPEG, Count: 2}, {Field: "b", Format: pipeline.FormatPNG, Count: 1},
		{Field: "images", Format: pipeline.FormatJPEG, Count: 2, Items: 1}, {Field: "images", Format: pipeline.FormatWebP, Count: 2, Items: 3},
	}
	d.Splits[1].Images = []pipeline.ImageStat{{Field: "images", Format: pipeline.FormatJPEG, Count: 2, Items: 2}}
	files, err := webdataset.New().SideFiles(d)
	if err != nil {
		t.Fatal(err)
	}
	text := string(files[0].Data)
	var got []string
	for line := range strings.Lines(text[:strings.Index(text, "splits:")]) {
		if name, ok := strings.CutPrefix(line, "  - name: "); ok {
			got = append(got, strings.TrimSpace(name))
		}
	}
	want := []string{"a.0.png", "a.1.png", "b.jpg", "b.png", "images.0.jpg", "images.0.webp", "images.1.jpg", "images.1.webp", "images.2.webp", "text.txt", "json", "__key__", "__url__"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	for _, says := range []string{"from `KEY.a.0.png` on", "one of `b.jpg`, `b.png`", `"b.jpg;b.png"`, "left out"} {
		if !strings.Contains(text, says) {
			t.Errorf("the card does not say %s:\n%s", says, text)
		}
	}
}
