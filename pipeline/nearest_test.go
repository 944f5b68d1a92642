package pipeline

import (
	"strings"
	"testing"
)

// TestNearest wants slips of the hand told, and nothing that is another word.
func TestNearest(t *testing.T) {
	t.Parallel()
	known := []string{"easy_prompt", "refine_prompt", "E1", strings.Repeat("long", 1<<18)}
	for word, want := range map[string]string{
		"easy_promt": "easy_prompt", "Easy_Prompt": "easy_prompt", "refine-prompt": "refine_prompt", "e1": "E1",
		"score": "", "": "", strings.Repeat("easy_prompt", 10): "",
	} {
		if got := Nearest(word, known); got != want {
			t.Errorf("%.40q: %q, want %q", word, got, want)
		}
	}
}
