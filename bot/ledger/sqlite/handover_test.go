package sqlite_test

import (
	"context"
	"errors"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"cloudpc-bot/bot/ledger/ledgertest"
	"cloudpc-bot/bot/ledger/sqlite"
)

// A write whose caller gave up while it ran still lands; what it handed over is free again at once.
func TestALostHandoverIsGivenBack(t *testing.T) {
	noon := time.Date(2026, 11, 27, 12, 0, 0, 0, time.UTC)
	var passed atomic.Int64
	var inWrite atomic.Pointer[func()]
	s, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "ledger.db"), sqlite.Options{Now: func() time.Time {
		if f := inWrite.Swap(nil); f != nil {
			(*f)()
		}
		return noon.Add(time.Duration(passed.Load()))
	}})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	pass := func(d time.Duration) { passed.Add(int64(d)) }
	ledgertest.LosesAHandover(t, s, pass, 0, func(write func(context.Context) error) error {
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		var lost error
		giveUp := func() { cancel(); lost = <-ended } // the write has asked for the time, so it holds the lock
		go func() {
			inWrite.Store(&giveUp)
			ended <- write(ctx)
		}()
		select {
		case <-s.Changes(): // the store has given it back
		case <-time.After(10 * time.Second):
			t.Error("nobody is told that there is work")
		}
		if !errors.Is(lost, context.Canceled) {
			t.Errorf("the write was not given up: %v", lost)
		}
		return lost
	})
}
