package postgres_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"cloudpc-bot/auth"
	"cloudpc-bot/bot/command"
	"cloudpc-bot/bot/ledger"
	"cloudpc-bot/bot/ledger/postgres"
)

// A claim is no fact, and its commit does not wait for the disk; everything else does. The setting ends
// with the transaction: after a thousand calls no connection keeps it.
func TestClaimsDoNotWaitForTheDiskAndFactsDo(t *testing.T) {
	d := database(t)
	s := d.Open(time.Now).(*postgres.Store)
	for _, statement := range []string{
		`CREATE TABLE seen (what text, mode text)`,
		`CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
			INSERT INTO seen SELECT CASE WHEN TG_TABLE_NAME = 'requests' THEN 'swap' WHEN to_jsonb(NEW)->>'cursor' <> to_jsonb(OLD)->>'cursor' THEN 'cursor'
				WHEN (to_jsonb(NEW)->>'leased')::timestamptz > (to_jsonb(OLD)->>'leased')::timestamptz THEN 'claim' ELSE 'release' END, current_setting('synchronous_commit');
			RETURN NEW; END $$`,
		`CREATE TRIGGER note AFTER UPDATE ON requests FOR EACH ROW EXECUTE FUNCTION note()`,
		`CREATE TRIGGER note AFTER UPDATE ON queue FOR EACH ROW EXECUTE FUNCTION note()`,
	} {
		if _, err := d.SQL.Exec(statement); err != nil {
			t.Fatal(err)
		}
	}
	var all sync.WaitGroup
	for i := range 50 {
		all.Go(func() {
			ctx, name := t.Context(), fmt.Sprint("worker", i)
			r, err := ledger.CreateWithID(ctx, s, ledger.New(command.Order{PC: fmt.Sprint("CPC-", i)}, auth.Person{Org: "T1", ID: "U_ADA"}, "C1", ledger.Interaction{Envelope: name}, 1, s.Now()))
			if err != nil {
				t.Error(err)
				return
			}
			for range 4 {
				got, err := s.Claim(ctx, ledger.JobStep, name, time.Minute, 1)
				for _, j := range got {
					if err := s.Renew(ctx, name, 2*time.Minute, j.Kind, []string{j.Key}); err != nil {
						t.Error(err)
					}
					if err := s.Release(ctx, name, j); err != nil {
						t.Error(err)
					}
				}
				if err != nil {
					t.Error(err)
				}
			}
			_, err = ledger.Update(ctx, s, r, func(r *ledger.Revision) error { return r.Refuse(ledger.Cause{Code: ledger.NoSuchPC}, s.Now()) })
			if err != nil {
				t.Error(err)
			}
			told, err := s.Claim(ctx, ledger.JobThread, name, time.Minute, 1)
			for _, j := range told {
				if _, err := s.Finish(ctx, name, j, j.Req.Events, time.Time{}); err != nil {
					t.Error(err)
				}
			}
			if err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	rows, err := d.SQL.Query(`SELECT what, mode, count(*) FROM seen GROUP BY what, mode`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	seen := map[string]int{}
	for rows.Next() {
		var what, mode string
		var n int
		if err := rows.Scan(&what, &mode, &n); err != nil {
			t.Fatal(err)
		}
		if want := map[bool]string{true: "off", false: "on"}[what == "claim"]; mode != want {
			t.Errorf("%d times a %s commits with synchronous_commit %s, want %s", n, what, mode, want)
		}
		seen[what] += n
	}
	for _, what := range []string{"claim", "release", "swap", "cursor"} {
		if seen[what] == 0 {
			t.Errorf("there was no %s: %v", what, seen)
		}
	}
	connections := 0
	postgres.Connections(t.Context(), s, func(show func(string) string) {
		connections++
		if mode := show("synchronous_commit"); mode != "on" {
			t.Errorf("a connection keeps synchronous_commit %s", mode)
		}
	})
	if connections == 0 {
		t.Error("no connection was looked at")
	}
}
