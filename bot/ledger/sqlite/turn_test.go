package sqlite_test

import (
	"database/sql"
	"path/filepath"
	"testing"
	"time"

	"cloudpc-bot/auth"
	"cloudpc-bot/bot/command"
	"cloudpc-bot/bot/ledger"
	"cloudpc-bot/bot/ledger/sqlite"
)

// TestAWriteTakesTheTimeWhenItIsItsTurn looks, whenever a write asks for the time, whether it has
// the lock by then: who waited long for it would reckon with a time that has passed.
func TestAWriteTakesTheTimeWhenItIsItsTurn(t *testing.T) {
	ctx := t.Context()
	path := filepath.Join(t.TempDir(), "ledger.db")
	var other *sql.DB // as another process has it
	noon := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	op := ""
	s, err := sqlite.Open(ctx, path, sqlite.Options{Now: func() time.Time {
		if op != "" {
			if _, err := other.ExecContext(ctx, `BEGIN IMMEDIATE; ROLLBACK`); err == nil {
				t.Errorf("%s asks for the time while anybody may have the lock", op)
			}
		}
		return noon
	}})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if other, err = sql.Open("sqlite", "file:"+path); err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	other.SetMaxOpenConns(1)
	ada := auth.Person{Org: "E1", ID: "U_ADA"}
	r := ledger.New(command.Order{PC: "CPC-ada"}, ada, "C1", ledger.Interaction{Envelope: "e1"}, 0, noon)
	r.ID = "R-7K3F"
	for _, write := range []struct {
		op string
		do func() error
	}{
		{"create", func() error { made, err := s.Create(ctx, r); r = *made.Revise(); return err }},
		{"replace", func() error {
			if err := r.Locate(ledger.Target{ID: "pc-1"}); err != nil {
				return err
			}
			if err := r.Show(ledger.Thread{Channel: "C1", TS: "1.1"}, noon, time.Hour); err != nil {
				return err
			}
			next, err := s.Replace(ctx, r)
			r = *next.Revise()
			return err
		}},
		{"submit", func() error {
			if err := r.Submit("call", noon, noon.Add(time.Minute)); err != nil {
				return err
			}
			_, err := s.Submit(ctx, r, ledger.Budget{PerHour: 1})
			return err
		}},
		{"claim", func() error { _, err := s.Claim(ctx, ledger.JobStep, "one", time.Minute, 9); return err }},
		{"renew", func() error { return s.Renew(ctx, "one", time.Minute, ledger.JobStep, []string{string(r.ID)}) }},
		{"freeze", func() error { _, err := s.Freeze(ctx, ada, "why"); return err }},
		{"unfreeze", func() error { _, err := s.Unfreeze(ctx); return err }},
		{"attend", func() error { _, err := s.Heartbeat(ctx, "one", 2, time.Minute); return err }},
	} {
		op = write.op
		if err := write.do(); err != nil {
			t.Errorf("%s: %v", op, err)
		}
		op = ""
	}
}
