package card

import (
	"regexp"
	"strconv"
	"strings"
)

// plain is what YAML takes for text without quotes, whatever its version: no
// leading digit or sign (numbers, dates), no indicator.
var plain = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_./-]*\*?$`)

// scalar spells s so that every YAML parser reads it as this text. Go's quoted
// form is YAML's double-quoted one: the escapes of strconv.Quote are all
// YAML's as well.
func scalar(s string) string {
	switch strings.ToLower(s) {
	case "null", "true", "false", "yes", "no", "on", "off", "y", "n":
		return strconv.Quote(s)
	}
	if plain.MatchString(s) {
		return s
	}
	return strconv.Quote(s)
}

// inline escapes text from a configuration for a line or table cell of
// Markdown: it must not end the cell, open a tag or become markup.
func inline(s string) string {
	var b strings.Builder
	for _, r := range strings.Join(strings.Fields(s), " ") {
		switch r {
		case '<':
			b.WriteString("&lt;")
			continue
		case '>':
			b.WriteString("&gt;")
			continue
		case '&':
			b.WriteString("&amp;")
			continue
		case '|', '\\', '`', '*', '_', '[', ']', '#', '~':
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
	return b.String()
}

// fenceFor returns a code fence that the code does not contain.
func fenceFor(code string) string {
	fence := "```"
	for strings.Contains(code, fence) {
		fence += "`"
	}
	return fence
}
