package ops_test

import (
	"database/sql"
	"net/url"
	"os"
	"regexp"
	"strings"
	"testing"

	"cloudpc-bot/bot/ledger/ledgertest"
)

func TestAuditFindsWhatWasWrittenAnew(t *testing.T) {
	for name, database := range databases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.env["DATABASE_URL"] = database(t)
			audit := func(want int, words string, receipts ...string) string {
				t.Helper()
				code, out := start(t, map[string]string{"DATABASE_URL": w.env["DATABASE_URL"]}, append([]string{"audit"}, receipts...)...)
				if code != want || !strings.Contains(out, words) {
					t.Errorf("audit %v: exit status %d, want %d and %q\n%s", receipts, code, want, words, out)
				}
				return out
			}
			audit(1, "there is no ledger")
			audit(1, "there is no ledger") // nor has the first look made one
			w.launch()
			w.slack.Type("U_ADA", "C_IT", "CPC-ada os=windows11")
			var said []string
			w.wait("a receipt of the end", func() bool {
				said = regexp.MustCompile("sign in again.* (R-[0-9A-Z]+):([0-9a-f]{12})").FindStringSubmatch(w.story())
				return said != nil
			})
			request, receipt := said[1], said[1]+":"+said[2]
			lines := strings.Split(strings.TrimSpace(audit(0, "The ledger is whole")), "\n")
			head := lines[len(lines)-1]
			audit(0, "confirmed by 2 receipts", head, receipt)
			audit(3, request, request+":000000000000")
			audit(2, "not a receipt", "nonsense")
			w.kill()
			audit(0, "confirmed by 1 receipts", receipt)
			w.write("UPDATE goose_db_version SET version_id = 99 WHERE version_id > 0")
			audit(1, "schema 99, this one knows ")
			w.write("UPDATE goose_db_version SET version_id = 0 WHERE version_id = 99") // an older program's, with all that is read
			audit(0, "confirmed by 1 receipts", receipt)
			w.write("UPDATE goose_db_version SET version_id = 1 / (1 - version_id)") // fails where an audit has migrated
			w.write("UPDATE events SET body = replace(body, 'U_ADA', 'U_BEN') WHERE number = 1")
			audit(3, "broken at event 1 (of "+request+")")
			audit(3, "broken at event 1 (of "+request+")", receipt)
		})
	}
}

// write changes the ledger behind the program's back.
func (w *world) write(statement string) {
	w.t.Helper()
	driver, address := "pgx", w.env["DATABASE_URL"]
	if file, ok := strings.CutPrefix(address, "sqlite:"); ok {
		driver, address = "sqlite", "file:"+file
	}
	db, err := sql.Open(driver, address)
	if err != nil {
		w.t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.ExecContext(w.ctx, statement); err != nil {
		w.t.Fatal(err)
	}
}

func TestAnAddressWithoutAHostIsTaken(t *testing.T) {
	t.Parallel()
	if os.Getenv("TEST_POSTGRES") == "" {
		return
	}
	server, err := url.Parse(ledgertest.Postgres(t))
	if err != nil {
		t.Fatal(err)
	}
	q := server.Query()
	q.Set("host", server.Hostname())
	if server.Port() != "" {
		q.Set("port", server.Port())
	}
	server.Host, server.RawQuery = "", q.Encode()
	if code, out := start(t, map[string]string{"DATABASE_URL": server.String()}, "audit"); code != 1 || !strings.Contains(out, "there is no ledger in its schema") {
		t.Errorf("exit status %d\n%s", code, out)
	}
}
