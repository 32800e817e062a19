package postgres_test

import (
	"context"
	"database/sql"
	"os"
	"testing"
	"time"

	"github.com/pressly/goose/v3"

	"cloudpc-bot/auth"
	"cloudpc-bot/bot/command"
	"cloudpc-bot/bot/ledger"
	"cloudpc-bot/bot/ledger/ledgertest"
	"cloudpc-bot/bot/ledger/postgres"
)

// A replica of the version before commits a request while the new one migrates: it is claimed afterwards, as
// it was acknowledged.
func TestAMigrationWaitsForWhatAnOlderReplicaWrites(t *testing.T) {
	url := ledgertest.Postgres(t)
	db, err := sql.Open("pgx", url)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	p, err := goose.NewProvider(goose.DialectPostgres, db, os.DirFS("migrations"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.UpTo(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	body, err := ledger.EncodeRequest(ledger.New(command.Order{PC: "CPC-ada"}, auth.Person{Org: "T1", ID: "U_ADA"}, "C1", ledger.Interaction{Envelope: "e"}, 1, time.Now()).Request)
	if err != nil {
		t.Fatal(err)
	}
	old, err := db.Begin()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := old.Exec(`INSERT INTO requests (id, version, state, live, requester, asked_at, body, due_at, events, tell_at) VALUES ('R-7K3F', 1, 'resolving', true, 'T1/U_ADA', now(), $1, now(), 1, now())`, body); err != nil {
		t.Fatal(err)
	}
	opened := make(chan *postgres.Store, 1)
	go func() {
		s, err := postgres.Open(context.Background(), url, postgres.Options{})
		if err != nil {
			t.Error(err)
		}
		opened <- s
	}()
	for waits := false; !waits; { // for the lock that the old one holds
		if err := db.QueryRow(`SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted AND relation = 'requests'::regclass)`).Scan(&waits); err != nil {
			t.Fatal(err)
		}
	}
	if err := old.Commit(); err != nil {
		t.Fatal("the old replica could not commit:", err)
	}
	s := <-opened
	defer s.Close()
	got, err := s.Claim(t.Context(), ledger.JobStep, "one", time.Minute, 10)
	if err != nil || len(got) != 1 {
		t.Errorf("the request that was acknowledged is never worked on: claimed %d, %v", len(got), err)
	}
}
