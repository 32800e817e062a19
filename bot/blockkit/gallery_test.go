package blockkit_test

import (
	"os"
	"path/filepath"
	"testing"
)

// gallery is every file in testdata: between them they hold every block, element and text that Draw
// knows.
func gallery(t testing.TB) map[string]string {
	t.Helper()
	return files(t, filepath.Join("testdata", "*.json"))
}

// cards are the cards and forms that the bot shows.
func cards(t testing.TB) map[string]string {
	t.Helper()
	return files(t, filepath.Join("..", "slackio", "testdata", "blocks", "*.json"))
}

func files(t testing.TB, pattern string) map[string]string {
	t.Helper()
	paths, err := filepath.Glob(pattern)
	if err != nil || len(paths) == 0 {
		t.Fatalf("no %s: %v", pattern, err)
	}
	all := map[string]string{}
	for _, p := range paths {
		raw, err := os.ReadFile(p)
		if err != nil {
			t.Fatal(err)
		}
		all[filepath.Base(p)] = string(raw)
	}
	return all
}
