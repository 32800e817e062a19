package sqlite_test

import (
	"path/filepath"
	"testing"

	"cloudpc-bot/bot/ledger/sqlite"
)

// What is bounded is the wait for another process, not the work: that grows with the ledger.
func TestAMigrationTakesAsLongAsItTakes(t *testing.T) {
	if err := sqlite.Migrate(t.Context(), filepath.Join(t.TempDir(), "ledger.db"), 0); err != nil {
		t.Error(err)
	}
}
