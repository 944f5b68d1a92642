package main

import "testing"

func TestGuessPictures(t *testing.T) {
	t.Parallel()
	for want, envs := range map[pictureKind][]map[string]string{
		picturesKitty:  {{"TERM": "xterm-kitty"}, {"TERM": "xterm-256color", "KITTY_WINDOW_ID": "1"}, {"TERM_PROGRAM": "WezTerm"}},
		picturesSixel:  {{"TERM": "foot-extra"}, {"TERM": "mlterm"}},
		picturesBlocks: {{"TERM": "xterm-256color"}, {"TERM": "tmux-256color", "KITTY_WINDOW_ID": "1"}, {"TMUX": "/tmp/x", "TERM": "foot"}, {}},
	} {
		for _, env := range envs {
			if got := guessPictures(func(name string) string { return env[name] }); got != want {
				t.Errorf("%v: %s, want %s", env, got, want)
			}
		}
	}
}
