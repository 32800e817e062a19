package requests_test

import (
	"bytes"
	"errors"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"cloudpc-bot/auth"
	"cloudpc-bot/bot/command"
	"cloudpc-bot/bot/ledger"
	"cloudpc-bot/bot/ledger/sqlite"
	"cloudpc-bot/bot/requests"
	"cloudpc-bot/bot/worker"
)

var (
	noon = time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)
	ada  = auth.Person{Org: "T1", ID: "U_ADA"}
	ben  = auth.Person{Org: "T1", ID: "U_BEN"}
)

// world is the requests of a real SQLite ledger, whose clock stands still.
type world struct {
	*requests.Requests
	log bytes.Buffer
}

func newWorld(t *testing.T) *world {
	t.Helper()
	store, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "ledger.db"), sqlite.Options{Now: func() time.Time { return noon }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	})
	w := &world{}
	log := slog.New(slog.NewTextHandler(&w.log, nil))
	w.Requests = &requests.Requests{
		Store: store, Log: log, Worker: worker.New(worker.Config{Store: store, Log: log, Idle: time.Hour, Pause: time.Second}),
		ApprovalTTL: 8 * time.Hour, ResolveTimeout: 10 * time.Minute,
	}
	return w
}

// pending is a request whose card is up, and which needs one approval.
func (w *world) pending(t *testing.T) ledger.Request {
	t.Helper()
	r, err := w.Create(t.Context(), ledger.New(command.Order{PC: "CPC-ada"}, ada, "C1", ledger.Interaction{Envelope: "e1"}, 1, noon))
	if err == nil {
		r, err = w.Replace(t.Context(), r, func(r *ledger.Revision) error {
			return errors.Join(r.Locate(ledger.Target{ID: "pc-1", Name: "CPC-ada"}), r.Show(ledger.Thread{Channel: "C1", TS: "1.1"}, noon, w.ApprovalTTL))
		})
	}
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// logged are the lines of the log since the last call.
func (w *world) logged() []string {
	defer w.log.Reset()
	return strings.Split(strings.TrimSpace(w.log.String()), "\n")
}

func TestEveryChangeIsOneLineOfTheLog(t *testing.T) {
	w := newWorld(t)
	r := w.pending(t)
	lines := w.logged()
	for i, want := range []string{`event=asked from="" to=resolving by=U_ADA`, `event=shown from=resolving to=pending`} {
		if len(lines) != 2 || !strings.Contains(lines[i], "request="+string(r.ID)) || !strings.Contains(lines[i], want) {
			t.Fatalf("logged %q, want %q", lines, want)
		}
	}
	if _, err := w.Update(t.Context(), r, func(r *ledger.Revision) error { return r.Approve(ben, noon, w.ApprovalTTL) }); err != nil {
		t.Fatal(err)
	}
	if lines := w.logged(); len(lines) != 1 || !strings.Contains(lines[0], "event=approved from=pending to=approved by=U_BEN") {
		t.Errorf("logged %q", lines)
	}
}

// told is an observer that keeps what it is told.
type told []string

func (t *told) Changed(before ledger.State, r ledger.Request, news []ledger.Event) {
	for _, e := range news {
		*t = append(*t, string(before)+" "+string(e.Kind)+" "+string(r.State))
	}
}

func TestWhoObservesIsToldOfEachChangeThatLanded(t *testing.T) {
	w := newWorld(t)
	var seen told
	w.Observer = &seen
	old := w.pending(t)
	if _, err := w.Update(t.Context(), old, func(r *ledger.Revision) error { return r.Approve(ben, noon, w.ApprovalTTL) }); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Replace(t.Context(), old, func(r *ledger.Revision) error { return r.Deny(ben, noon) }); !errors.Is(err, ledger.ErrStale) {
		t.Fatal(err)
	}
	if got := strings.Join(seen, ", "); got != " asked resolving, resolving shown pending, pending approved approved" {
		t.Errorf("told of %s", got)
	}
}

func TestAReplaceOfWhatHasChangedIsStaleAndSaysNothing(t *testing.T) {
	w := newWorld(t)
	old := w.pending(t)
	if _, err := w.Replace(t.Context(), old, func(r *ledger.Revision) error { return r.Deny(ben, noon) }); err != nil {
		t.Fatal(err)
	}
	w.logged()
	got, err := w.Replace(t.Context(), old, func(r *ledger.Revision) error { return r.Cancel(ada, noon) })
	if !errors.Is(err, ledger.ErrStale) || got.State != ledger.Pending || got.Version != old.Version {
		t.Errorf("%v, %+v", err, got)
	}
	if w.log.Len() > 0 {
		t.Errorf("logged %s", w.log.String())
	}
}

func TestAnUpdateDecidesOnWhatIsInTheLedger(t *testing.T) {
	w := newWorld(t)
	old := w.pending(t)
	if _, err := w.Replace(t.Context(), old, func(r *ledger.Revision) error { return r.Remind(noon.Add(2 * time.Hour)) }); err != nil {
		t.Fatal(err)
	}
	w.logged()
	tries := 0
	got, err := w.Update(t.Context(), old, func(r *ledger.Revision) error { tries++; return r.Deny(ben, noon) })
	if err != nil || got.State != ledger.Denied || tries != 2 || got.Reminded != 1 {
		t.Errorf("%v after %d tries: %+v", err, tries, got)
	}
	if lines := w.logged(); len(lines) != 1 || !strings.Contains(lines[0], "event=denied from=pending to=denied") {
		t.Errorf("logged %q", lines)
	}
	var decided *ledger.DecidedError
	if _, err := w.Update(t.Context(), old, func(r *ledger.Revision) error { return r.Approve(ada, noon, time.Hour) }); !errors.As(err, &decided) {
		t.Errorf("a second decision: %v", err)
	}
	if w.log.Len() > 0 {
		t.Errorf("logged %s", w.log.String())
	}
}

func TestAChangeThatIsDueKeepsItsClaim(t *testing.T) {
	w := newWorld(t)
	r := w.pending(t).Revise() // due at its first reminder
	for due, want := range map[time.Time]bool{noon: false, noon.Add(time.Second): true, {}: true} {
		r.Due = due
		w.ReleaseWhenIdle(r)
		if r.ReleasesClaim != want {
			t.Errorf("due at %v: it releases its claim: %v", due, r.ReleasesClaim)
		}
	}
}

func TestTheSameCommandTwiceIsOneRequest(t *testing.T) {
	w := newWorld(t)
	first := w.pending(t)
	w.logged()
	_, err := w.Create(t.Context(), ledger.New(command.Order{PC: "CPC-ada"}, ada, "C1", ledger.Interaction{Envelope: "e1"}, 1, noon))
	var seen *ledger.SeenError
	if !errors.As(err, &seen) || seen.Request != first.ID {
		t.Errorf("%v", err)
	}
	if w.log.Len() > 0 {
		t.Errorf("logged %s", w.log.String())
	}
}

func TestARefusalIsKeptOnceAndLogged(t *testing.T) {
	w := newWorld(t)
	r := w.pending(t)
	w.logged()
	for range 2 {
		w.RecordRefusal(t.Context(), r, ada, auth.Approve, auth.Verdict{Reason: auth.OwnRequest})
	}
	events, err := w.Store.Events(t.Context(), r.ID, 0)
	if err != nil {
		t.Fatal(err)
	}
	kinds := 0
	for _, e := range events {
		if e.Kind == ledger.WasRepelled && e.By == ada && e.Verdict == auth.OwnRequest {
			kinds++
		}
	}
	if lines := w.logged(); kinds != 1 || len(lines) != 2 || !strings.Contains(lines[0], "act=approve") {
		t.Errorf("%d events, logged %q", kinds, lines)
	}
}

func TestHowLongARequestMayWait(t *testing.T) {
	w := newWorld(t)
	for name, row := range map[string]struct {
		asked          time.Duration // ago
		needed         int
		resolve, valid time.Duration
	}{
		"needs approval":                     {0, 1, 10 * time.Minute, 8 * time.Hour},
		"needs approval, found late":         {9 * time.Minute, 1, time.Minute, 8 * time.Hour},
		"needs none":                         {0, 0, 10 * time.Minute, 10 * time.Minute},
		"needs none, found late":             {9 * time.Minute, 0, time.Minute, time.Minute},
		"needs none, and the time has ended": {11 * time.Minute, 0, -time.Minute, -time.Minute},
	} {
		r := ledger.Request{Asked: noon.Add(-row.asked), ApprovalsNeeded: row.needed}
		if resolve, valid := w.TimeToResolve(r), w.CardTTL(r, w.Store.Now()); resolve != row.resolve || valid != row.valid {
			t.Errorf("%s: %v to resolve, card valid for %v", name, resolve, valid)
		}
		r.Expires = noon.Add(8 * time.Hour)
		if end, whole := w.ApprovalEnds(r), r.ApprovalsNeeded > 0; end.Equal(r.Expires) != whole || !whole && !end.Equal(noon.Add(row.resolve)) {
			t.Errorf("%s: the approval ends at %v", name, end)
		}
	}
}

func TestWhoWatchesARequestLearnsOfItsNextChange(t *testing.T) {
	w := newWorld(t)
	r := w.pending(t)
	changed, stop := w.Watch(r.ID)
	defer stop()
	other, stopOther := w.Watch("R-2222")
	defer stopOther()
	gone, stopGone := w.Watch(r.ID)
	stopGone()
	if _, err := w.Replace(t.Context(), r, func(r *ledger.Revision) error { return r.Remind(noon.Add(2 * time.Hour)) }); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]<-chan struct{}{"who watches": changed, "who watched with them": gone} {
		select {
		case <-c:
		default:
			t.Errorf("%s does not learn of it", name)
		}
	}
	select {
	case <-other:
		t.Error("who watches another request learns of it")
	default:
	}
}
