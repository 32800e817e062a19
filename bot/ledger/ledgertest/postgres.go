package ledgertest

import (
	"database/sql"
	"fmt"
	"net/url"
	"os"
	"strings"
	"testing"

	"github.com/google/uuid"
	_ "github.com/jackc/pgx/v5/stdlib" // the driver
)

// Postgres creates an empty schema in the database that TEST_POSTGRES names, drops it after the
// test, and returns its address. Without TEST_POSTGRES it skips the test and says so.
func Postgres(t testing.TB) string {
	t.Helper()
	server := os.Getenv("TEST_POSTGRES")
	if server == "" {
		t.Skip("SKIPPED: no PostgreSQL. Set TEST_POSTGRES, as postgres://postgres@127.0.0.1:5432/test")
	}
	u, err := url.Parse(server)
	must(t, err)
	db, err := sql.Open("pgx", server)
	must(t, err)
	schema := "t" + strings.ReplaceAll(uuid.NewString(), "-", "")
	if _, err := db.Exec(`CREATE SCHEMA ` + schema); err != nil {
		t.Fatalf("TEST_POSTGRES: %v", err)
	}
	t.Cleanup(func() {
		if _, err := db.Exec(fmt.Sprintf(`DROP SCHEMA %s CASCADE`, schema)); err != nil {
			t.Errorf("schema not dropped: %v", err)
		}
		db.Close()
	})
	q := u.Query()
	q.Set("search_path", schema)
	u.RawQuery = q.Encode()
	return u.String()
}
