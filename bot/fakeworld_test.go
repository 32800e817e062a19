package bot_test

import (
	"context"
	"database/sql"
	"fmt"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"cloudpc-bot/auth"
	"cloudpc-bot/bot"
	"cloudpc-bot/bot/ledger"
	"cloudpc-bot/bot/ledger/sqlite"
	"cloudpc-bot/bot/words"
	"cloudpc-bot/graph"
)

var (
	ada = auth.Person{Org: "T0HOME", ID: "U_ADA"}
	ben = auth.Person{Org: "T0HOME", ID: "U_BEN"}
	cem = auth.Person{Org: "T0HOME", ID: "U_CEM"}
	dan = auth.Person{Org: "T0HOME", ID: "U_DAN"}
)

// fakeworld is a channel, a fleet and a clock in memory, around a ledger on the disk. The
// clock stands still unless it is told to go.
type fakeworld struct {
	t    *testing.T
	path string
	eyes *sqlite.Store // reads the ledger
	past *sql.DB       // looks past it

	looking sync.Mutex
	due     time.Time // when the ledger has work next,
	dueAt   int64     // as it was at this version

	mu      sync.Mutex
	changed chan struct{} // closed at the next change
	version int64         // counts the changes of the ledger and of the clock
	at      time.Time
	stamp   int // of the newest message, and of the newest interaction
	cards   map[ledger.Thread]words.Card
	replies map[ledger.Thread][]string
	posts   map[string][]time.Time // by machine: when it was wiped

	built time.Duration                         // how long a machine takes
	blind bool                                  // Graph shows nothing of it
	owner time.Duration                         // how long dan, whose machines all are, may say "not now"; 0 = he is not told
	hears atomic.Pointer[func(what, of string)] // is told before something is done with a machine or a request
	says  func(ctx context.Context) error       // Graph's answer to a POST that has arrived
}

func newFakeworld(t *testing.T) *fakeworld {
	t.Helper()
	w := &fakeworld{
		t: t, path: filepath.Join(t.TempDir(), "ledger.db"), changed: make(chan struct{}),
		at:    time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC),
		dueAt: -1, cards: map[ledger.Thread]words.Card{}, replies: map[ledger.Thread][]string{}, posts: map[string][]time.Time{},
		built: 150 * time.Second,
		says:  func(context.Context) error { return nil },
	}
	w.eyes, w.past = w.open(), openSQL(t, "sqlite:"+w.path)
	return w
}

func (w *fakeworld) open() *sqlite.Store {
	w.t.Helper()
	store, err := sqlite.Open(w.t.Context(), w.path, sqlite.Options{Now: w.now})
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { _ = store.Close() })
	return store
}

func (w *fakeworld) now() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.at
}

func (w *fakeworld) set(at time.Time) { w.change(func() { w.at = at; w.version++ }) }

// change does something that somebody may wait for.
func (w *fakeworld) change(do func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	do()
	close(w.changed)
	w.changed = make(chan struct{})
}

// written says that the ledger may have changed.
func (w *fakeworld) written() { w.change(func() { w.version++ }) }

// until waits for a condition; it looks at every change of the fakeworld, and now and then.
func (w *fakeworld) until(what string, holds func() bool) {
	w.t.Helper()
	patience := time.NewTimer(15 * time.Second)
	defer patience.Stop()
	for {
		w.mu.Lock()
		changed := w.changed
		w.mu.Unlock()
		if holds() {
			return
		}
		look := time.NewTimer(10 * time.Millisecond)
		select {
		case <-changed:
		case <-look.C:
		case <-patience.C:
			w.t.Fatalf("waited in vain for %s", what)
		}
		look.Stop()
	}
}

// quiet reports that none of these processes has anything in hand, nor anything to do.
func (w *fakeworld) quiet(all ...*process) bool {
	begun := func() (n int64, idle bool) {
		idle = true
		for _, p := range all {
			n += p.begun.Load()
			idle = idle && p.claiming.Load() == 0 && bot.InFlight(p.bot) == 0
		}
		return n, idle
	}
	before, idle := begun()
	if !idle {
		return false
	}
	next := w.nextWork()
	after, idle := begun()
	return idle && before == after && (next.IsZero() || next.After(w.now()))
}

// nextWork is when the ledger has work next. It is read anew only after a change: all
// that wait ask for it all the time.
func (w *fakeworld) nextWork() time.Time {
	w.looking.Lock()
	defer w.looking.Unlock()
	w.mu.Lock()
	version := w.version
	w.mu.Unlock()
	if version != w.dueAt {
		due, err := w.eyes.Next(context.WithoutCancel(w.t.Context()), "")
		if err != nil {
			w.t.Error(err)
		}
		w.due, w.dueAt = due, version
	}
	return w.due
}

// interaction is one that nobody has made before.
func (w *fakeworld) interaction() ledger.Interaction {
	return ledger.Interaction{Envelope: fmt.Sprint("envelope ", w.next()), Trigger: fmt.Sprint("trigger ", w.next())}
}

func (w *fakeworld) next() (n int) {
	w.change(func() { w.stamp++; n = w.stamp })
	return n
}

// all are the requests of the ledger, newest first.
func (w *fakeworld) all() (out []ledger.Request) {
	w.t.Helper()
	for r, err := range w.eyes.Find(w.t.Context(), ledger.Query{}) {
		if err != nil {
			w.t.Fatal(err)
		}
		out = append(out, r)
	}
	return out
}

// only is the one request there is.
func (w *fakeworld) only() ledger.Request {
	w.t.Helper()
	all := w.all()
	if len(all) != 1 {
		w.t.Fatalf("there are %d requests", len(all))
	}
	return all[0]
}

// get is a request as it is now.
func (w *fakeworld) get(id ledger.ID) ledger.Request {
	w.t.Helper()
	r, err := w.eyes.Get(w.t.Context(), id)
	if err != nil {
		w.t.Fatal(err)
	}
	return r
}

// told reports whether the thread knows all events of a request.
func (w *fakeworld) told(r ledger.Request) bool { return toldOf(w.t, w.past, r.ID) >= r.Events }

func (w *fakeworld) tells(what, of string) {
	if hears := w.hears.Load(); hears != nil {
		(*hears)(what, of)
	}
}

// machine is what Graph shows of a machine now.
func (w *fakeworld) machine(id string) graph.CloudPC {
	w.mu.Lock()
	defer w.mu.Unlock()
	pc := graph.CloudPC{
		ID: id, Name: id, UserPrincipalName: "dan@example.com", PolicyID: "policy of " + id, Beta: true,
		Status: graph.Provisioned, ManagedDeviceID: "m0", AADDeviceID: "a0",
	}
	wipes := w.posts[id]
	if len(wipes) == 0 || w.blind {
		return pc
	}
	began := wipes[len(wipes)-1]
	pc.LastAction = graph.RemoteAction{Name: "Reprovision", State: graph.ActionActive, Started: began}
	pc.Status = graph.Provisioning
	if ready := began.Add(w.built); !w.at.Before(ready) {
		pc.Status, pc.LastAction.State, pc.Provisioned = graph.Provisioned, graph.ActionDone, ready
		pc.ManagedDeviceID, pc.AADDeviceID = "m1", "a1"
	}
	return pc
}
