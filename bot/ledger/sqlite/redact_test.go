package sqlite_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
	"time"

	"cloudpc-bot/bot/ledger"
	"cloudpc-bot/bot/ledger/ledgertest"
)

// TestARedactionLeavesNothingInTheFile reads its bytes, because SQLite leaves in free pages what it deletes.
func TestARedactionLeavesNothingInTheFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ledger.db")
	has := func() bool {
		t.Helper()
		files, err := filepath.Glob(path + "*") // its log too
		if err != nil {
			t.Fatal(err)
		}
		found := false
		for _, file := range files {
			raw, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			found = found || bytes.Contains(raw, []byte("kitten"))
		}
		return found
	}
	h := at(t, path)
	if err := h.SQL.Close(); err != nil {
		t.Fatal(err)
	}
	s := h.Open(time.Now)
	ended, live := ledgertest.StorePersonal(t, s)
	ledgertest.End(t, s, live)
	if err := s.Close(); err != nil || !has() {
		t.Fatalf("the file has no word that could be erased: %v", err)
	}
	s = h.Open(time.Now)
	if _, err := ledger.RedactRequests(t.Context(), s, ledger.Redaction{Requests: append(ended, live), FrozenBy: "U_CEM"}); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil || has() {
		t.Errorf("words are left in the file, %v", err)
	}
}
