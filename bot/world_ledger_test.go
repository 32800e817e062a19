package bot_test

import (
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"cloudpc-bot/bot/ledger"
)

// open is another look at the ledger.
func (w *world) open() ledger.Store {
	w.t.Helper()
	store, err := openLedger(w.ctx, w.ledger, w.clock.now)
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { _ = store.Close() })
	return store
}

// in waits until so many requests are in a state.
func (w *world) in(state ledger.State, n int) {
	w.t.Helper()
	err := w.await(func() error {
		if err := w.busy(0); w.eyes == nil {
			return err
		}
		var is int
		err := w.eyes.QueryRowContext(w.ctx, `SELECT count(*) FROM requests WHERE state = ?`, state).Scan(&is)
		if err == nil && is != n {
			err = fmt.Errorf("%d requests are %s, and not %d", is, state, n)
		}
		return err
	})
	if err != nil {
		w.t.Fatalf("%v\n%s", err, w.picture())
	}
}

// pending are the requests that wait for approval, once there are so many.
func (w *world) pending(eyes ledger.Store, n int) (out []ledger.Request) {
	w.t.Helper()
	w.in(ledger.Pending, n)
	for r, err := range eyes.Find(w.ctx, ledger.Query{State: ledger.Pending}) {
		if err != nil {
			w.t.Fatal(err)
		}
		out = append(out, r)
	}
	return out
}

// story is a request and how often what has happened to it.
func story(t *testing.T, eyes ledger.Store, id ledger.ID) (ledger.Request, map[ledger.Kind]int) {
	t.Helper()
	r, err := eyes.Get(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	events, err := eyes.Events(t.Context(), id, 0)
	if err != nil {
		t.Fatal(err)
	}
	kinds := map[ledger.Kind]int{}
	for i, e := range events {
		kinds[e.Kind]++
		if e.Seq != i+1 {
			t.Errorf("%s: event %d is number %d", id, i+1, e.Seq)
		}
	}
	return r, kinds
}

// all are all requests of a ledger.
func (w *world) all(eyes ledger.Store) (out []ledger.Request) {
	w.t.Helper()
	for r, err := range eyes.Find(w.ctx, ledger.Query{}) {
		if err != nil {
			w.t.Fatal(err)
		}
		out = append(out, r)
	}
	return out
}

// settled waits until nothing is due.
func (w *world) settled() {
	w.t.Helper()
	if err := w.await(func() error { return w.busy(0) }); err != nil {
		w.t.Fatalf("%v\n%s", err, w.picture())
	}
}

// told reports whether the thread knows all events of a request.
func (w *world) told(r ledger.Request) bool { return toldOf(w.t, w.sql(), r.ID) >= r.Events }

// reach waits until so many requests are in a state, and as they have to be.
func (w *world) reach(eyes ledger.Store, state ledger.State, n int, have ...func(ledger.Request) bool) {
	w.t.Helper()
	err := w.await(func() error {
		is := 0
		for r, err := range eyes.Find(w.ctx, ledger.Query{State: state}) {
			if err != nil {
				return err
			}
			if !slices.ContainsFunc(have, func(is func(ledger.Request) bool) bool { return !is(r) }) {
				is++
			}
		}
		if is != n {
			return errors.New(fmt.Sprint(is, " requests are ", state))
		}
		return nil
	})
	if err != nil {
		w.t.Fatalf("%v\n%s", err, w.picture())
	}
}

// busy reports work that is due, or in hand, by what the ledger says. A call whose answer the script
// holds is nobody's work.
// Work that is due within the margin counts; what only a process may do that is gone does not.
func (w *world) busy(margin time.Duration) error {
	isFile := strings.HasPrefix(w.ledger, "sqlite:")
	var n int
	moment := w.clock.now()
	var now, soon any = moment, moment.Add(margin)
	if isFile {
		now, soon = moment.UnixMicro(), moment.Add(margin).UnixMicro()
	}
	out := ledger.State("")
	if w.held.Load() != nil {
		out = ledger.Submitting
	}
	err := w.sql().QueryRowContext(w.ctx, `SELECT count(*) FROM queue WHERE (due_at <= $3 OR leased > $1)
		AND (holder = '' OR holder IN (SELECT name FROM workers WHERE until > $1))
		AND NOT (kind = 'step' AND key IN (SELECT id FROM requests WHERE state = $2))`, now, string(out), soon).Scan(&n)
	if err == nil && n > 0 {
		err = fmt.Errorf("%d jobs are being worked on", n)
	}
	return err
}

// sql looks past the store at the ledger.
func (w *world) sql() *sql.DB {
	if w.eyes == nil {
		w.eyes = openSQL(w.t, w.ledger)
	}
	return w.eyes
}
