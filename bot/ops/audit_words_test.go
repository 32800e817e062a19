package ops_test

import (
	"bytes"
	"database/sql"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"cloudpc-bot/bot/ledger"
	"cloudpc-bot/bot/ledger/ledgertest"
	"cloudpc-bot/bot/ledger/postgres"
	"cloudpc-bot/bot/ledger/sqlite"
	"cloudpc-bot/bot/ops"
)

// openStore opens the ledger of a DATABASE_URL, and the database behind it.
func openStore(t *testing.T, address string) (ledger.Store, *sql.DB) {
	t.Helper()
	var s ledger.Store
	var err error
	driver, name := "pgx", address
	if file, ok := strings.CutPrefix(address, "sqlite:"); ok {
		driver, name = "sqlite", "file:"+file
		s, err = sqlite.Open(t.Context(), file, sqlite.Options{})
	} else {
		s, err = postgres.Open(t.Context(), address, postgres.Options{})
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	db, err := sql.Open(driver, name)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return s, db
}

// lines are the objects of an export.
func lines(t *testing.T, out string) (all []map[string]any) {
	t.Helper()
	for line := range strings.Lines(out) {
		var object map[string]any
		if err := json.Unmarshal([]byte(line), &object); err != nil {
			t.Fatalf("%v: %s", err, line)
		}
		all = append(all, object)
	}
	return all
}

func TestTheRecordIsExportedShownAndRedacted(t *testing.T) {
	t.Parallel()
	for name, database := range databases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			env := map[string]string{"DATABASE_URL": database(t), "SLACK_BOT_TOKEN": "xoxb-s3cr3t", "SLACK_APP_TOKEN": "xapp-s3cr3t", "AZURE_CLIENT_SECRET": "s3cr3t"}
			store, db := openStore(t, env["DATABASE_URL"])
			ended, live := ledgertest.StorePersonal(t, store)
			audit := func(want int, words string, args ...string) string {
				t.Helper()
				code, out := start(t, env, append([]string{"audit"}, args...)...)
				if code != want || !strings.Contains(out, words) || strings.Contains(out, "s3cr3t") {
					t.Errorf("audit %v: exit status %d, want %d and %q\n%s", args, code, want, words, out)
				}
				return out
			}
			all := lines(t, audit(0, "", "export"))
			last := all[len(all)-1]
			head := fmt.Sprintf("%.0f:%s", last["chain_count"], last["chain_hash"])
			if last["type"] != "end" || int(last["events"].(float64)) != len(all)-1 {
				t.Errorf("the last line: %v", last)
			}
			audit(0, "confirmed by 1 receipts", "verify", head)
			audit(0, "confirmed by 1 receipts", head)
			if none := lines(t, audit(0, "", "export", "--from", "2100-01-01", "--to", "2101-01-01T00:00:00+01:00")); len(none) != 1 || none[0]["from"] != "2100-01-01T00:00:00Z" || none[0]["to"] != "2100-12-31T23:00:00Z" {
				t.Errorf("an export of a time without events: %v", none)
			}
			show := audit(0, "kitten-name", "show", strings.ToLower(strings.TrimPrefix(string(ended[0]), "R-")))
			audit(1, "no such request", "show", "R-ZZZZ")
			audit(2, "no id of a request", "show", "nonsense?")
			audit(2, "--from is no time", "export", "--from", "yesterday")

			audit(2, "no terminal", "redact", string(ended[0]))
			audit(2, "one of the two", "redact", "--yes")
			audit(2, "one of the two", "redact", "--yes", "--person", "U_ADA", string(ended[0]))
			audit(2, "Copy member ID", "redact", "--yes", "--person", "ada")
			audit(1, "not ended yet, so nothing was erased: "+string(live), "redact", "--yes", string(live))
			audit(1, "not ended yet, so nothing was erased: "+string(live), "redact", "--yes", "--person", "U_ADA")
			audit(1, "no such request", "redact", "--yes", "R-ZZZZ")
			if again := audit(0, "kitten-name", "show", string(ended[0])); again != show {
				t.Errorf("something was erased:\n%s", again)
			}
			audit(0, "Erased the words of 1 requests", "redact", "--yes", string(ended[0]))
			ledgertest.End(t, store, live)
			audit(0, "Erased the words of 5 requests", "redact", "--yes", "--person", "U_ADA")
			audit(0, "Erased the words of 0 requests", "redact", "--yes", "--person", "U_CEM") // who pulled the brakes
			if left := ledgertest.Left(t, db, "kitten"); len(left) > 0 {
				t.Errorf("left in the ledger: %q", left)
			}
			audit(0, "confirmed by 1 receipts", "verify", head)
			for _, out := range []string{audit(0, `"erased":[`, "export"), audit(0, "words erased", "show", string(ended[0]))} {
				if strings.Contains(out, "kitten") {
					t.Errorf("a word that was erased is printed:\n%s", out)
				}
			}
			for _, line := range lines(t, audit(0, "", "export"))[:len(all)-1] {
				if line["hash"] != all[int(line["number"].(float64))-1]["hash"] {
					t.Errorf("event %v has another hash than before", line["number"])
				}
			}
			if _, err := db.ExecContext(t.Context(), `UPDATE events SET body = replace(body, 'U_ADA', 'U_BEN') WHERE number = 1`); err != nil {
				t.Fatal(err)
			}
			audit(3, "broken at event 1", "redact", "--yes", string(ended[1]))
		})
	}
}

func TestAnExportHasTheFieldsThatItsHelpNames(t *testing.T) {
	t.Parallel()
	_, help := start(t, nil, "audit", "export", "--help")
	known := map[string]bool{}
	for _, f := range ops.ExportedFields() {
		known[f.Name] = true
		if f.Help == "" || !strings.Contains(help, "    "+f.Name+" ") {
			t.Errorf("%s is not explained", f.Name)
		}
	}
	address := "sqlite:" + fixture(t, "6")
	code, out := start(t, map[string]string{"DATABASE_URL": address}, "audit", "export")
	if code != 0 {
		t.Fatal(code, out)
	}
	seen := map[string]bool{}
	all := lines(t, out)
	for _, line := range all[:len(all)-1] {
		for name := range line {
			if seen[name] = true; !known[name] {
				t.Errorf("%s is not in the help", name)
			}
		}
	}
	for name := range known {
		if !seen[name] && name != "redacted_at" {
			t.Errorf("no event of a ledger that has everything has %s", name)
		}
	}
}

func TestRedactAsksOnATerminal(t *testing.T) {
	t.Parallel()
	address := "sqlite:" + t.TempDir() + "/ledger.db"
	store, _ := openStore(t, address)
	ended, _ := ledgertest.StorePersonal(t, store)
	for answer, want := range map[string]string{"": "nothing was erased", "yes\n": "nothing was erased", string(ended[1]) + "\n": "nothing was erased", " " + string(ended[0]) + "\n": ""} {
		var out bytes.Buffer
		err := ops.RedactIn(t.Context(), &out, store, ops.RedactOptions{Request: string(ended[0]), Answers: strings.NewReader(answer)})
		if got := fmt.Sprint(err); err != nil && got != want || (err == nil) != (want == "") {
			t.Errorf("%q: %v", answer, err)
		}
		if !strings.Contains(out.String(), "There is no undo.\nType "+string(ended[0])+" to erase") {
			t.Errorf("%q: it asks %q", answer, out.String())
		}
	}
}
