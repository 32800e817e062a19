package demo

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"cloudpc-bot/bot/config"
)

// Whoever tries the demo may have a real bot configured in the same shell: nothing of that reaches the bot here.
func TestTheBotHereReadsNothingOfARealOne(t *testing.T) {
	const real = "of a real bot"
	for _, name := range config.Environment() {
		t.Setenv(name, real)
	}
	t.Setenv("TMPDIR", t.TempDir())
	s, err := newFakes(fast)
	if err != nil {
		t.Fatal(err)
	}
	defer s.close()
	env := newProcess("", s.environment()).env
	for _, set := range env {
		name, value, _ := strings.Cut(set, "=")
		if value == real || value == "" {
			t.Errorf("%s", set)
		}
		if name != "TMPDIR" && !slices.Contains(config.Environment(), name) {
			t.Errorf("%s: nobody reads it", name)
		}
	}
	if len(env) < 15 {
		t.Errorf("only %d variables", len(env))
	}
}

// Without a terminal and a display there is nobody to look at a page.
func TestNobodyLooksAtAPipe(t *testing.T) {
	t.Setenv("DISPLAY", "")
	t.Setenv("WAYLAND_DISPLAY", "")
	t.Setenv("CI", "true")
	if watched(new(bytes.Buffer)) {
		t.Error("somebody does")
	}
}

func TestTheEndOfALogIsKept(t *testing.T) {
	t.Parallel()
	var log tail
	for range 3000 {
		_, _ = log.Write([]byte("a line of forty-nine characters, and one newline.\n"))
	}
	_, _ = log.Write([]byte("the end\n"))
	text := log.String()
	if len(text) > tailSize || !strings.HasPrefix(text, "a line") || !strings.HasSuffix(text, "newline.\nthe end\n") {
		t.Errorf("%d bytes, %.20q … %q", len(text), text, text[len(text)-20:])
	}
}
