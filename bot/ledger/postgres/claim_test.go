package postgres_test

import (
	"context"
	"database/sql"
	"net/url"
	"testing"
	"time"

	"cloudpc-bot/auth"
	"cloudpc-bot/bot/command"
	"cloudpc-bot/bot/ledger"
	"cloudpc-bot/bot/ledger/ledgertest"
	"cloudpc-bot/bot/ledger/postgres"
)

// A claim whose statement waits for a moment returns no request that is older than its cursor.
func TestAClaimKnowsAllThatItsCursorCounts(t *testing.T) {
	ctx := t.Context()
	address := ledgertest.Postgres(t)
	u, _ := url.Parse(address)
	q := u.Query()
	q.Set("search_path", q.Get("search_path")+",pg_catalog") // so that the slow clock below is found first
	u.RawQuery = q.Encode()
	a, err := postgres.Open(ctx, address, postgres.Options{Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	b, err := postgres.Open(ctx, u.String(), postgres.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	db, err := sql.Open("pgx", address)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Exec(`CREATE FUNCTION clock_timestamp() RETURNS timestamptz LANGUAGE plpgsql VOLATILE AS $$ BEGIN
		PERFORM pg_advisory_lock_shared(15); PERFORM pg_advisory_unlock_shared(15); RETURN pg_catalog.clock_timestamp(); END $$`); err != nil {
		t.Fatal(err)
	}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	r, err := ledger.CreateWithID(ctx, a, ledger.New(command.Order{PC: "CPC-ada"}, auth.Person{Org: "T1", ID: "U_ADA"}, "C1", ledger.Interaction{Envelope: "e"}, 1, a.Now()))
	must(err)
	move := func(f func(*ledger.Revision) error) {
		t.Helper()
		r, err = ledger.Update(ctx, a, r, f)
		must(err)
	}
	move(func(r *ledger.Revision) error { return r.Locate(ledger.Target{ID: "pc-1", Name: "CPC-ada"}) })
	move(func(r *ledger.Revision) error {
		return r.Show(ledger.Thread{Channel: "C1", TS: "1.1"}, a.Now(), time.Hour)
	})

	hold, err := db.Conn(ctx)
	must(err)
	_, err = hold.ExecContext(ctx, `SELECT pg_advisory_lock(15)`)
	must(err)
	got := make(chan []ledger.Job, 1)
	go func() {
		jobs, err := b.Claim(context.Background(), ledger.JobThread, "B", time.Minute, 1)
		if err != nil {
			t.Error(err)
		}
		got <- jobs
	}()
	for waits := false; !waits; { // its snapshot is taken, its rows are not locked yet
		must(db.QueryRow(`SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted AND locktype = 'advisory' AND objid = 15)`).Scan(&waits))
	}
	move(func(r *ledger.Revision) error {
		return r.Approve(auth.Person{Org: "T1", ID: "U_BEN"}, a.Now(), time.Hour)
	})
	for due := false; !due; {
		must(db.QueryRow(`SELECT EXISTS (SELECT FROM queue WHERE kind = 'thread' AND due_at <= now())`).Scan(&due))
	}
	told, err := a.Claim(ctx, ledger.JobThread, "A", time.Minute, 1)
	must(err)
	if len(told) != 1 {
		t.Fatalf("A claimed %d", len(told))
	}
	move(func(r *ledger.Revision) error { return r.Cancel(auth.Person{Org: "T1", ID: "U_ADA"}, a.Now()) })
	more, err := a.Finish(ctx, "A", told[0], told[0].Req.Events, time.Time{})
	must(err)
	if !more {
		t.Fatal("what was done meanwhile is not due")
	}
	_, err = hold.ExecContext(ctx, `SELECT pg_advisory_unlock(15)`)
	must(err)
	for _, j := range <-got {
		if j.Cursor > j.Req.Events || j.Req.Version != r.Version {
			t.Errorf("cursor %d, and a request of version %d with %d events; it is at version %d, with %d", j.Cursor, j.Req.Version, j.Req.Events, r.Version, r.Events)
		}
	}
}
