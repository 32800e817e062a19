package ops_test

import (
	"database/sql"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"

	"cloudpc-bot/bot/ledger"
	"cloudpc-bot/bot/ledger/ledgertest"
)

// fixture is a copy of a ledger file of an earlier version.
func fixture(t *testing.T, version string) (path string) {
	t.Helper()
	path = t.TempDir() + "/ledger.db"
	if err := os.WriteFile(path, ledgertest.Fixture(t, version, "ledger.db"), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// yesterdays make a ledger of an earlier version and return its DATABASE_URL.
var yesterdays = map[string]func(t *testing.T, version string) string{
	"sqlite": func(t *testing.T, version string) string { return "sqlite:" + fixture(t, version) },
	"postgres": func(t *testing.T, version string) string {
		address := ledgertest.Postgres(t)
		db, err := sql.Open("pgx", address+"&default_query_exec_mode=simple_protocol")
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		if _, err := db.ExecContext(t.Context(), string(ledgertest.Fixture(t, version, "ledger.sql"))); err != nil {
			t.Fatal(err)
		}
		return address
	},
}

func TestAnOlderLedgerIsAuditedAsItIs(t *testing.T) {
	t.Parallel()
	for name, restore := range yesterdays {
		for _, version := range []string{"1", "4"} {
			t.Run(name+version, func(t *testing.T) {
				t.Parallel()
				env := map[string]string{"DATABASE_URL": restore(t, version)}
				audit := func(want int, words string, args ...string) string {
					t.Helper()
					code, out := start(t, env, append([]string{"audit"}, args...)...)
					if code != want || !strings.Contains(out, words) {
						t.Errorf("audit %v: exit status %d, want %d and %q\n%s", args, code, want, words, out)
					}
					return out
				}
				schema := func() (v int) {
					t.Helper()
					driver, address := "pgx", env["DATABASE_URL"]
					if file, ok := strings.CutPrefix(address, "sqlite:"); ok {
						driver, address = "sqlite", "file:"+file
					}
					db, err := sql.Open(driver, address)
					if err != nil {
						t.Fatal(err)
					}
					defer db.Close()
					if err := db.QueryRowContext(t.Context(), `SELECT max(version_id) FROM goose_db_version`).Scan(&v); err != nil {
						t.Fatal(err)
					}
					return v
				}
				before := schema()
				var full string
				for _, line := range lines(t, audit(0, `"type":"end"`, "export")) {
					if line["machine_id"] == "pc of the full one" {
						full = line["request"].(string)
					}
				}
				audit(0, "The ledger is whole", "verify")
				audit(0, "CPC-FULL-1", "show", full)
				audit(1, "nothing was erased: R-", "redact", "--yes", "--person", "U_ADA")
				audit(0, "Erased the words of 1 requests", "redact", "--yes", full)
				if after := schema(); after != before {
					t.Errorf("it was migrated from schema %d to %d", before, after)
				}
				if out := audit(0, "(erased)", "show", full); strings.Contains(out, "CPC-FULL-1") || strings.Contains(out, "dan@") || strings.Contains(out, "as <Graph> says") {
					t.Errorf("it shows what was erased:\n%s", out)
				}
				audit(0, "The ledger is whole")
				_, db := openStore(t, env["DATABASE_URL"]) // which migrates it
				if left := ledgertest.Left(t, db, "CPC-FULL", "because & so"); len(left) > 0 {
					t.Errorf("left: %q", left)
				}
			})
		}
	}
}

// TestShowHasEverything compares what is shown with every text and time of a request that has all fields.
func TestShowHasEverything(t *testing.T) {
	t.Parallel()
	address := "sqlite:" + fixture(t, "4")
	store, _ := openStore(t, address)
	var full ledger.Request
	for r, err := range store.Find(t.Context(), ledger.Query{Target: "pc of the full one"}) {
		if err != nil {
			t.Fatal(err)
		}
		full = r
	}
	events, err := store.Events(t.Context(), full.ID, 0)
	if err != nil {
		t.Fatal(err)
	}
	code, out := start(t, map[string]string{"DATABASE_URL": address}, "audit", "show", string(full.ID))
	if code != 0 {
		t.Fatal(code, out)
	}
	var missing []string
	var look func(path string, v reflect.Value)
	look = func(path string, v reflect.Value) {
		text := ""
		switch value := v.Interface().(type) {
		case time.Time:
			if !value.IsZero() {
				text = value.Format("2006-01-02 15:04:05.999999 UTC")
			}
		case ledger.Digest:
			text = value.Short()
		default:
			switch v.Kind() {
			case reflect.String:
				text = v.String()
			case reflect.Struct:
				for f, field := range v.Fields() {
					look(path+"."+f.Name, field)
				}
			case reflect.Slice:
				for i := range v.Len() {
					look(path, v.Index(i))
				}
			case reflect.Map:
				for _, key := range v.MapKeys() {
					look(path+"."+key.String(), v.MapIndex(key))
				}
			}
		}
		if !strings.Contains(out, text) {
			missing = append(missing, path+" "+text)
		}
	}
	look("Request", reflect.ValueOf(full))
	for _, e := range events {
		look("Event", reflect.ValueOf(e))
	}
	if len(missing) > 0 {
		t.Errorf("it does not show %s\n%s", strings.Join(missing, "\n"), out)
	}
}
