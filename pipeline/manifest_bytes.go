package pipeline

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
)

// bytes is the manifest as it is written, with its digest. There may be 100,000 shards,
// of a kilobyte each: they are encoded one by one, into one buffer, which is the only
// copy of them.
func (m *Manifest) bytes() ([]byte, error) {
	w := &manifestWriter{}
	unsigned := *m
	unsigned.Digest = ""
	if err := w.manifest(&unsigned); err != nil {
		return nil, fmt.Errorf("write manifest: %w", err)
	}
	const none = "\"\"\n}\n" // the digest comes last
	sum := sha256.Sum256(w.out.Bytes())
	w.out.Truncate(w.out.Len() - len(none))
	fmt.Fprintf(&w.out, "%q\n}\n", hex.EncodeToString(sum[:]))
	return w.out.Bytes(), nil
}

// manifestWriter writes what marshalIndent would.
type manifestWriter struct{ out, part bytes.Buffer }

// mostItem bounds the room that is made for each shard beforehand: one from which much was
// left out tells nothing of the others.
const mostItem = 2 << 10

// manifest writes the whole, its splits in the place of none.
func (w *manifestWriter) manifest(m *Manifest) error {
	if len(m.Splits) == 0 {
		return w.put("", m)
	}
	frame := *m
	frame.Splits = nil
	return w.within("", &frame, "\n  \"splits\": null", len(m.Splits), func(i int) error { return w.split(&m.Splits[i]) })
}

func (w *manifestWriter) split(s *ManifestSplit) error {
	if len(s.Shards) == 0 {
		return w.put("    ", s)
	}
	frame := *s
	frame.Shards = nil
	return w.within("    ", &frame, "\n      \"shards\": null", len(s.Shards), func(i int) error { return w.put("        ", &s.Shards[i]) })
}

// within writes a frame, and a list where it has null, item by item. The text of null
// begins with a line and its indent, which nothing deeper has, and no string.
func (w *manifestWriter) within(indent string, frame any, null string, items int, item func(i int) error) error {
	text, err := w.encode(indent, frame)
	if err != nil {
		return err
	}
	before, after, found := bytes.Cut(bytes.Clone(text), []byte(null))
	if !found {
		return fmt.Errorf("there is no %q", null)
	}
	w.out.Write(before)
	w.out.WriteString(null[:len(null)-len("null")] + "[")
	for i := range items {
		if i > 0 {
			w.out.WriteByte(',')
		}
		if i == 1 { // room for all at once: a buffer that doubles takes three times as much
			w.out.Grow((items - 1) * min(w.part.Len()*17/16, mostItem))
		}
		w.out.WriteString("\n" + indent + "    ")
		if err := item(i); err != nil {
			return err
		}
	}
	w.out.WriteString("\n" + indent + "  ]")
	w.out.Write(after)
	return nil
}

func (w *manifestWriter) put(indent string, v any) error {
	text, err := w.encode(indent, v)
	w.out.Write(text)
	return err
}

// encode is JSON as it stands at an indent; the whole ends with a line's end.
func (w *manifestWriter) encode(indent string, v any) ([]byte, error) {
	w.part.Reset()
	if err := encodeIndent(&w.part, indent, v); err != nil {
		return nil, err
	}
	if indent == "" {
		return w.part.Bytes(), nil
	}
	return bytes.TrimSuffix(w.part.Bytes(), []byte("\n")), nil
}
