package configs

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"regexp"
	"strconv"
	"unicode/utf8"

	"github.com/pickshard/pickshard/pipeline"
)

// maxCardText bounds what a card says in the user's own words.
const maxCardText = 1 << 20

// Patterns of what a card's metadata may say. Which words it knows the Hub says itself.
var (
	// licenceID is an identifier of the Hub's list, such as cc-by-4.0.
	licenceID = regexp.MustCompile(`^[a-z0-9][a-z0-9.+-]{0,63}$`)
	// languageCode is ISO 639 with parts behind it, or one of the Hub's own.
	languageCode = regexp.MustCompile(`^([a-z]{2,3}(-[A-Za-z0-9]{2,8})*|multilingual|code)$`)
	// taskName is a task, such as text-to-image.
	taskName = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)
)

// card checks what the card says.
func (k *checker) card() {
	c := &k.c.Card
	for _, list := range []struct {
		key     string
		values  Strings
		pattern *regexp.Regexp
		hint    string
	}{
		{"license", c.License, licenceID, "use an identifier such as mit, apache-2.0, cc-by-4.0 or other"},
		{"language", c.Language, languageCode, "use a code such as en or zh"},
		{"task_categories", c.TaskCategories, taskName, "use a task as the Hub names it, such as text-to-image"},
		{"tags", c.Tags, regexp.MustCompile(`^[^\x00-\x1f]{1,100}$`), "use a word or two"},
	} {
		at := "card." + list.key
		for i, v := range list.values {
			if !list.pattern.MatchString(v) {
				k.add(k.element(at, i), list.hint, "%s cannot stand here", quote(v))
			}
		}
	}
	for key, text := range map[string]string{"pretty_name": c.PrettyName, "description": c.Description, "citation": c.Citation} {
		if len(text) > maxCardText || !utf8.ValidString(text) {
			k.add("card."+key, "write less, or put it into card.file", "it has %d bytes, or is not text", len(text))
		}
	}
	within(k, "card.gallery", c.Gallery, 0, pipeline.MaxGallery)
	if c.File != "" && (!fs.ValidPath(c.File) || c.File == ".") {
		k.add("card.file", "use a name relative to the dataset's folder, with / and without ..", "%s is not a file in the dataset's folder", quote(c.File))
	}
}

// card is what is said of the whole, with the text of its file.
func (c *Config) card(ctx context.Context, files pipeline.Source) (pipeline.CardInfo, error) {
	card := pipeline.CardInfo{
		PrettyName: c.Card.PrettyName, Citation: c.Card.Citation, Description: c.Card.Description,
		Gallery: int(c.Card.Gallery), License: c.Card.License, Tags: c.Card.Tags, Languages: c.Card.Language, Tasks: c.Card.TaskCategories,
	}
	if c.Card.File == "" {
		return card, nil
	}
	text, err := readText(ctx, files, c.Card.File)
	if err != nil {
		return card, &InputError{pipeline.WithHint(fmt.Errorf("read card %s: %w", c.Card.File, err), "card.file names a file of Markdown in INPUT")}
	}
	card.Text = string(text)
	return card, nil
}

func readText(ctx context.Context, files pipeline.Source, name string) ([]byte, error) {
	stat, err := files.Stat(ctx, name)
	if err != nil {
		return nil, err
	}
	if stat.Size > maxCardText {
		return nil, errors.New("it is larger than " + strconv.Itoa(maxCardText) + " bytes")
	}
	text := make([]byte, stat.Size)
	if _, err := files.ReadFile(ctx, name, stat, text); err != nil {
		return nil, err
	}
	if !utf8.Valid(text) {
		return nil, errors.New("it is not UTF-8")
	}
	return text, nil
}
