package sqlite_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"cloudpc-bot/bot/ledger/sqlite"
)

func TestAFileThatIsReplacedUnderTheStoreIsNoticed(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ledger.db")
	s, err := sqlite.Open(t.Context(), path, sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for _, step := range []struct {
		name string
		do   func() error
		well bool
	}{
		{"nothing", func() error { return nil }, true},
		{"renamed", func() error { return os.Rename(path, path+".old") }, false},
		{"replaced", func() error { return os.WriteFile(path, nil, 0o600) }, false},
		{"put back", func() error { return os.Rename(path+".old", path) }, true},
	} {
		if err := step.do(); err != nil {
			t.Fatal(err)
		}
		if err := s.InPlace(); (err == nil) != step.well || err != nil && !strings.Contains(err.Error(), "put the file back") {
			t.Errorf("%s: %v", step.name, err)
		}
	}
}
