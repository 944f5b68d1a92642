package pipeline

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"
)

// CardInfo is what the config says of the whole data set, for its cards. All of it
// may be empty.
type CardInfo struct {
	PrettyName, Citation, Description string
	License, Tags, Languages, Tasks   []string
	// Text is Markdown of the user's own.
	Text string
	// Gallery is how many records cards show by pictures.
	Gallery int `json:",omitempty"`
}

// empty says whether there is nothing to tell.
func (c *CardInfo) empty() bool {
	return c.PrettyName+c.Citation+c.Description+c.Text == "" && c.Gallery == 0 && len(c.License)+len(c.Tags)+len(c.Languages)+len(c.Tasks) == 0
}

// cardName is what a dataset card is called, in a format's folder. It is the one file
// of OUTPUT that people are meant to edit: what they write is never overwritten.
const cardName = "README.md"

// The marks between which a card's text is ours.
const (
	CardBegin = "<!-- pickshard:begin, everything up to the end mark is rewritten by an update -->"
	CardEnd   = "<!-- pickshard:end -->"
)

// maxCard bounds a card that is read back.
const maxCard = 16 << 20

// isCard says whether a file of the manifest is a card.
func (f *ManifestFile) isCard() bool { return path.Base(f.Path) == cardName }

// cardKey matches the first line of a key of a card's metadata.
var cardKey = regexp.MustCompile(`^[^\s#:-][^:]*:`)

// mergeCard lays a fresh card into one that someone has edited: what tells consumers
// of files and columns is the fresh one's, and so is the text between the marks. All
// else stays, and so does all of the text where the marks are gone.
func mergeCard(edited, fresh []byte) []byte {
	theirs, text, ok := cutCard(string(edited))
	ours, body, _ := cutCard(string(fresh))
	if !ok {
		text = "\n" + text
	}
	var b strings.Builder
	b.WriteString("---\n")
	for _, key := range theirs {
		if !key.ours() {
			b.WriteString(key.text)
		}
	}
	for _, key := range ours {
		if key.ours() || !slices.ContainsFunc(theirs, func(k cardEntry) bool { return k.name == key.name }) {
			b.WriteString(key.text)
		}
	}
	b.WriteString("---\n")
	before, rest, begins := strings.Cut(text, CardBegin)
	_, after, ends := strings.Cut(rest, CardEnd)
	if begins && ends {
		_, block, _ := strings.Cut(body, CardBegin)
		block, _, _ = strings.Cut(block, CardEnd)
		text = before + CardBegin + block + CardEnd + after
	}
	b.WriteString(text)
	return []byte(b.String())
}

// cardEntry is a key of a card's metadata, with the lines of its value.
type cardEntry struct{ name, text string }

// ours says whether the key tells of files and columns.
func (k cardEntry) ours() bool { return k.name == "configs" || k.name == "dataset_info" }

// cutCard parts a card into its metadata and its text; ok says that it has metadata.
func cutCard(card string) (entries []cardEntry, text string, ok bool) {
	card = strings.ReplaceAll(card, "\r", "") // of Windows' line ends
	front, ok := strings.CutPrefix(card, "---\n")
	if !ok {
		return nil, card, false
	}
	if front, text, ok = strings.Cut("\n"+front, "\n---\n"); !ok {
		return nil, card, false
	}
	for line := range strings.Lines(strings.TrimPrefix(front+"\n", "\n")) {
		if cardKey.MatchString(line) || len(entries) == 0 {
			name, _, _ := strings.Cut(line, ":")
			entries = append(entries, cardEntry{name: strings.TrimSpace(name)})
		}
		entries[len(entries)-1].text += line
	}
	return entries, text, true
}

// editedCards returns, by name, the cards of an output that someone has edited since
// they were written. They are kept in the work folder before the first is replaced, so
// that a cut loses none.
func (f *finalizer) editedCards(m *Manifest) (map[string][]byte, error) {
	edited, err := readCards(f.store)
	if err != nil {
		return nil, err
	}
	kept := len(edited)
	for i := range m.Files {
		file := &m.Files[i]
		if !file.isCard() {
			continue
		}
		text, err := f.store.ReadFile(file.Path, maxCard)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		sum := fmt.Sprintf("%08x", CRC32C(text))
		written := func(w ManifestFile) bool { return w.Bytes == int64(len(text)) && w.CRC32C == sum }
		if !slices.ContainsFunc(f.old.ours[file.Path], written) && !bytes.Equal(text, file.data) {
			edited[file.Path] = text
		}
	}
	if len(edited) == kept {
		return edited, nil
	}
	data, err := json.Marshal(edited)
	if err != nil {
		return nil, fmt.Errorf("keep cards: %w", err)
	}
	if err := f.store.Remove(cardsName); err != nil {
		return nil, err
	}
	return edited, putFile(f.store, cardsName, data, newAttempt())
}

// readCards reads what editedCards keeps.
func readCards(s Store) (map[string][]byte, error) {
	edited := make(map[string][]byte)
	data, err := s.ReadFile(cardsName, maxManifestBytes)
	if errors.Is(err, fs.ErrNotExist) {
		return edited, nil
	}
	if err != nil {
		return nil, err
	}
	if err := unmarshalStrict(data, &edited); err != nil {
		return nil, fmt.Errorf("read %s: %w", cardsName, err)
	}
	return edited, nil
}
