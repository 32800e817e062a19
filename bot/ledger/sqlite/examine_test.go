package sqlite_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"cloudpc-bot/bot/ledger/sqlite"
)

func TestAnExaminationLeavesNothingBehind(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "ledger.db")
	x, err := sqlite.Examine(t.Context(), path)
	if err != nil || x.Exists || x.Newest == 0 || x.Free == 0 {
		t.Errorf("before the first start: %+v, %v", x, err)
	}
	if files, err := os.ReadDir(dir); err != nil || len(files) > 0 {
		t.Errorf("left behind: %v, %v", files, err)
	}
	for _, change := range [][]string{nil, {`UPDATE goose_db_version SET version_id = 0`, `DROP TABLE workers`}} {
		path = closed(t, change...)
		before, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		beside, _ := os.ReadDir(filepath.Dir(path))
		x, err = sqlite.Examine(t.Context(), path)
		if old := change != nil; err != nil || !x.Exists || (x.Have < x.Newest) != old {
			t.Errorf("%v: %+v, %v", change, x, err)
		}
		if _, err := sqlite.Examine(t.Context(), path); err != nil {
			t.Errorf("%v: after an examination: %v", change, err)
		}
		after, err := os.ReadFile(path)
		if files, _ := os.ReadDir(filepath.Dir(path)); err != nil || !bytes.Equal(before, after) || len(files) != len(beside) {
			t.Errorf("%v: changed: %v, %v, %v", change, beside, files, err)
		}
	}
}

func TestAnExaminationSaysWhyTheFileCannotServe(t *testing.T) {
	text := filepath.Join(t.TempDir(), "text.db")
	if err := os.WriteFile(text, []byte(strings.Repeat("not a database ", 100)), 0o600); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		closed(t, `UPDATE goose_db_version SET version_id = 99`): "newer version of this program (schema 99",
		closed(t, `DROP TABLE goose_db_version`):                 "tables of another program",
		text:                                                     "is not a ledger",
		t.TempDir():                                              "is not a ledger",
		"/nowhere/at/all/ledger.db":                              `the directory "/nowhere/at/all" does not exist; create it or set DATABASE_URL`,
	} {
		if _, err := sqlite.Examine(t.Context(), path); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", path, err, want)
		}
	}
}

// TestAnExaminationGoesOnBesideTheBot: the file is in use, and stays so.
func TestAnExaminationGoesOnBesideTheBot(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ledger.db")
	s, err := sqlite.Open(t.Context(), path, sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if x, err := sqlite.Examine(t.Context(), path); err != nil || x.Have != x.Newest {
		t.Errorf("%+v, %v", x, err)
	}
	if _, err := s.Heartbeat(t.Context(), "w", 1, 1e9); err != nil {
		t.Error(err)
	}
}
