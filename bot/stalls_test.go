package bot_test

import (
	"context"
	"database/sql"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"cloudpc-bot/bot/command"
	"cloudpc-bot/bot/ledger"
)

// stall is a way in which a ledger hangs.
type stall struct {
	database, what string
	lock           string // what another session does, and then keeps its transaction open; empty = BEGIN does it
	long           bool   // is also tried for longer than Slack and anybody waits
	answer         bool   // nothing is locked: what is written stands at once, and only the answer is late
}

// stalls are the ways that differ: where reads go on, a press gets as far as its swap.
var stalls = []stall{
	{database: "sqlite", what: "writes", long: true},
	{database: "postgres", what: "writes", lock: `SELECT FROM chain FOR UPDATE`},
	{database: "postgres", what: "reads", lock: `LOCK TABLE requests, gestures, chain IN ACCESS EXCLUSIVE MODE`, long: true},
	{database: "sqlite", what: "answers", answer: true},
}

// TestAStalledLedgerHangsWhereItIsLocked shows what the locks of these tests hold up.
func TestAStalledLedgerHangsWhereItIsLocked(t *testing.T) {
	t.Parallel()
	atOnce(t, map[string]func(*testing.T){
		"sqlite": func(t *testing.T) {
			locked(t, "sqlite", map[string]string{`BEGIN IMMEDIATE`: "Create Replace", `BEGIN EXCLUSIVE`: "Create Replace"})
		},
		"postgres": func(t *testing.T) {
			locked(t, "postgres", map[string]string{
				`LOCK TABLE requests IN ACCESS EXCLUSIVE MODE`: "Create Get Replace",
				`LOCK TABLE requests IN EXCLUSIVE MODE`:        "Create Replace",
				`LOCK TABLE gestures IN ACCESS EXCLUSIVE MODE`: "Create",
				`LOCK TABLE chain IN ACCESS EXCLUSIVE MODE`:    "Create Replace",
				`SELECT FROM chain FOR UPDATE`:                 "Create Replace",
				`SELECT FROM requests FOR UPDATE`:              "Replace",
			})
		},
	})
}

func locked(t *testing.T, database string, hangs map[string]string) {
	address := databases[database](t)
	s, err := openLedger(t.Context(), address, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for lock, want := range hangs {
		asked := func(interaction string) ledger.Revision {
			return ledger.New(command.Order{PC: "CPC-ada"}, ada, "C_IT", ledger.Interaction{Envelope: lock + interaction}, 1, s.Now())
		}
		r, err := ledger.CreateWithID(t.Context(), s, asked("before"))
		if err != nil {
			t.Fatal(err)
		}
		decided := r.Revise()
		if err := decided.Cancel(ada, s.Now()); err != nil {
			t.Fatal(err)
		}
		release := holdLedger(t.Context(), t, address, lock, `ROLLBACK`)
		ctx, cancel := context.WithCancel(t.Context())
		ends := make(chan string, 3)
		end := func(op string, err error) {
			if ends <- op; err != nil && ctx.Err() == nil {
				t.Errorf("%s: %s: %v", lock, op, err)
			}
		}
		var all sync.WaitGroup
		all.Go(func() { _, err := ledger.CreateWithID(ctx, s, asked("under it")); end("Create", err) })
		all.Go(func() { _, err := s.Get(ctx, r.ID); end("Get", err) })
		all.Go(func() { _, err := s.Replace(ctx, *decided); end("Replace", err) })
		free := 3 - len(strings.Fields(want))
		for range free {
			if op := <-ends; strings.Contains(want, op) {
				t.Errorf("%s does not hold up %s", lock, op)
			}
		}
		select {
		case op := <-ends:
			t.Errorf("%s does not hold up %s", lock, op)
		case <-time.After(200 * time.Millisecond):
		}
		cancel()
		release()
		all.Wait()
	}
}

// slow is a world in which one approval is needed, and its ledger hangs for as long as hang is
// told. Over is closed when it does no more.
func slow(ctx context.Context, t *testing.T, s stall) (w *world, hang func(span time.Duration) (over <-chan struct{})) {
	t.Helper()
	w = newWorld(ctx, t, s.database)
	w.set["APPROVALS"], w.set["ADMINS"] = "1", "ada,ben,fay"
	answers := &atomic.Pointer[chan struct{}]{}
	if s.answer {
		w.between = func(store ledger.Store) ledger.Store { return lagging{store, answers} }
	}
	if err := w.start(); err != nil {
		t.Fatal(err)
	}
	w.settled()
	return w, func(span time.Duration) <-chan struct{} {
		if s.answer {
			late := make(chan struct{})
			answers.Store(&late)
			return after(ctx, span, sync.OnceFunc(func() { close(late) }))
		}
		return after(ctx, span, holdLedger(ctx, t, w.ledger, s.lock, `ROLLBACK`))
	}
}

// lagging is a ledger in which the next change stands before its answer comes.
type lagging struct {
	ledger.Store
	answer *atomic.Pointer[chan struct{}]
}

// late is called when a change begins; the answer waits for what it returns.
func (s lagging) late() (wait func()) {
	late := s.answer.Swap(nil)
	return func() {
		if late != nil {
			<-*late
		}
	}
}

func (s lagging) Create(ctx context.Context, r ledger.Revision) (ledger.Request, error) {
	defer s.late()()
	return s.Store.Create(ctx, r)
}

func (s lagging) Replace(ctx context.Context, r ledger.Revision) (ledger.Request, error) {
	defer s.late()()
	return s.Store.Replace(ctx, r)
}

// holdLedger does something to the ledger in a transaction, as another program, and keeps it
// open until release, which ends it and may be called twice.
func holdLedger(ctx context.Context, t *testing.T, address, do, end string) (release func()) {
	t.Helper()
	driver, name, begin := "pgx", address, `BEGIN`
	if file, ok := strings.CutPrefix(address, "sqlite:"); ok {
		driver, name, begin = "sqlite", "file:"+file+"?_pragma=busy_timeout(5000)", `BEGIN IMMEDIATE`
	}
	if strings.HasPrefix(do, `BEGIN`) {
		begin, do = do, ``
	}
	db, err := sql.Open(driver, name)
	if err != nil {
		t.Fatal(err)
	}
	session, err := db.Conn(ctx)
	if err != nil {
		t.Fatal(err)
	}
	release = sync.OnceFunc(func() {
		_, err := session.ExecContext(context.WithoutCancel(ctx), end)
		if err := errors.Join(err, session.Close(), db.Close()); err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(release)
	for _, statement := range []string{begin, do} {
		if _, err := session.ExecContext(ctx, statement); err != nil {
			t.Fatalf("%s: %v", statement, err)
		}
	}
	return release
}
