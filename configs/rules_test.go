package configs_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pickshard/pickshard/configs"
	"github.com/pickshard/pickshard/pipeline"
	"github.com/pickshard/pickshard/stages"
	"github.com/pickshard/pickshard/stages/validate"
)

// TestRuleExamples: every rule finds nothing in its good example, something in its bad
// one, and says what it means and what to do.
func TestRuleExamples(t *testing.T) {
	t.Parallel()
	folder := exampleImages(t)
	for _, k := range stages.Rules() {
		if k.Means == "" || k.Advice == "" || k.Of == "" {
			t.Errorf("%s does not say what it means, what to do or what it counts", k.ID)
		}
		if k.Example.Fields == "" {
			continue
		}
		t.Run(k.ID, func(t *testing.T) {
			t.Parallel()
			good, bad := check(t, folder, &k, k.Example.Good), check(t, folder, &k, k.Example.Bad)
			for _, r := range good {
				if r.Violated != 0 || r.Checked == 0 {
					t.Errorf("good example, split %s: %d of %d violated", r.Split, r.Violated, r.Checked)
				}
			}
			violated := int64(0)
			for _, r := range bad {
				violated += r.Violated
				if r.Violated > r.Checked {
					t.Errorf("bad example, split %s: %d of %d violated", r.Split, r.Violated, r.Checked)
				}
			}
			if len(good) == 0 || violated == 0 {
				t.Errorf("%d results of the good example, %d violations in the bad one", len(good), violated)
			}
		})
	}
}

// check returns what a rule finds in an example.
func check(t *testing.T, images string, k *validate.Kind, splits []string) (results []pipeline.RuleResult) {
	t.Helper()
	input := t.TempDir()
	if err := os.CopyFS(input, os.DirFS(images)); err != nil {
		t.Fatal(err)
	}
	var text strings.Builder
	text.WriteString("version: 1\nname: n\nsplits:\n")
	for i, lines := range splits {
		name := []string{"train", "test"}[i]
		text.WriteString(fmt.Sprintf("  %s: {records: %s.jsonl}\n", name, name))
		if err := os.WriteFile(filepath.Join(input, name+".jsonl"), []byte(lines+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	text.WriteString("fields: " + k.Example.Fields + "\n")
	if k.Example.Rules != "" {
		text.WriteString("rules: " + k.Example.Rules + "\n")
	}
	c, err := configs.Parse("config.yaml", []byte(text.String()))
	if err != nil {
		t.Fatal(err)
	}
	job, err := c.Open(context.Background(), input, "", configs.Running{})
	if err != nil {
		t.Fatal(err)
	}
	report, err := job.Check(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	if err := job.Close(); err != nil {
		t.Fatal(err)
	}
	for _, r := range report.Results {
		if r.Rule == k.ID {
			results = append(results, r)
		}
	}
	return results
}

// exampleImages lays out the images that examples name.
func exampleImages(t *testing.T) string {
	t.Helper()
	noise := func(w, h int, seed uint64) image.Image {
		m, r := image.NewNRGBA(image.Rect(0, 0, w, h)), rand.New(rand.NewPCG(seed, 0))
		for i := range m.Pix {
			m.Pix[i] = byte(r.Uint32())
		}
		return m
	}
	encode := func(m image.Image) []byte {
		var b bytes.Buffer
		if err := png.Encode(&b, m); err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
	var photo bytes.Buffer
	if err := jpeg.Encode(&photo, noise(64, 64, 3), nil); err != nil {
		t.Fatal(err)
	}
	a := encode(noise(64, 64, 1))
	black := image.NewNRGBA(image.Rect(0, 0, 256, 256))
	for i := 3; i < len(black.Pix); i += 4 {
		black.Pix[i] = 255
	}
	deep := image.NewNRGBA64(image.Rect(0, 0, 16, 16))
	deep.Set(3, 3, color.White)
	exif := "Exif\x00\x00II*\x00\x08\x00\x00\x00\x01\x00\x12\x01\x03\x00\x01\x00\x00\x00\x06\x00\x00\x00\x00\x00\x00\x00"
	turned := "\xff\xd8\xff\xe1" + string(binary.BigEndian.AppendUint16(nil, uint16(len(exif)+2))) + exif + photo.String()[2:]
	folder := t.TempDir()
	if err := os.Mkdir(filepath.Join(folder, "two"), 0o700); err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string][]byte{
		"a.png": a, "copy-of-a.png": a, "two/a.png": a, "two/b.png": photo.Bytes(), "b.png": encode(noise(64, 64, 2)),
		"empty.png": {}, "page.png": []byte("<!DOCTYPE html><html>404</html>"), "cut.png": a[:len(a)/2], "endless.png": a[:len(a)-12],
		"flat.png": patched(a, 16, "\x00\x00\x00\x00"), "deep.jpg": deepJPEG(photo.Bytes()),
		"tiny.png": encode(noise(8, 8, 4)), "strip.png": encode(noise(512, 16, 5)), "black.png": encode(black), "deep.png": encode(deep),
		"jpeg-named.png": photo.Bytes(), "turned.jpg": []byte(turned),
	} {
		if err := os.WriteFile(filepath.Join(folder, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return folder
}

// patched writes over a PNG's header, whose sum is made right again.
func patched(data []byte, at int, with string) []byte {
	out := bytes.Clone(data)
	copy(out[at:], with)
	binary.BigEndian.PutUint32(out[29:], crc32.ChecksumIEEE(out[12:29]))
	return out
}

// deepJPEG is a JPEG whose frame says that it has 12 bits.
func deepJPEG(data []byte) []byte {
	out := bytes.Clone(data)
	at := bytes.Index(out, []byte("\xff\xc0"))
	out[at+1], out[at+4] = 0xc1, 12
	return out
}
