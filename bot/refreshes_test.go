package bot_test

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"cloudpc-bot/bot/ledger"
	"cloudpc-bot/bot/slackfake"
)

const warned = "warning"

// gust is what happens to one socket. What is in flight on one that is cut cannot be
// acknowledged any more; of what is on one that is told to go nothing may be lost.
type gust struct {
	what string
	cut  bool
	blow func(*slackfake.Workspace)
}

var gusts = []gust{
	{"refresh", false, func(w *slackfake.Workspace) { w.DisconnectOne("refresh_requested") }},
	{warned, false, func(w *slackfake.Workspace) { w.DisconnectOne("warning") }},
	{"refresh behind an envelope", false, func(w *slackfake.Workspace) { w.DisconnectAfterEnvelope("refresh_requested") }},
	{"cut behind an envelope", true, (*slackfake.Workspace).DropAfterEnvelope},
	{warned, false, func(w *slackfake.Workspace) { w.DisconnectOne("warning") }},
	{"envelope behind a refresh", false, func(w *slackfake.Workspace) { w.DisconnectBeforeEnvelope("refresh_requested") }},
	{"warning behind an envelope", false, func(w *slackfake.Workspace) { w.DisconnectAfterEnvelope("warning") }},
	{"refresh", false, func(w *slackfake.Workspace) { w.DisconnectOne("refresh_requested") }},
	{"reset", true, (*slackfake.Workspace).DropOne},
	{"envelope behind a warning", false, func(w *slackfake.Workspace) { w.DisconnectBeforeEnvelope("warning") }},
}

// TestInteractionsOutliveTheirSockets has people ask and press without a pause while thirty
// sockets are taken from under them. Of three thousand interactions none is lost, none doubled.
func TestInteractionsOutliveTheirSockets(t *testing.T) {
	t.Parallel()
	rounds, least, seats := 3, 3000, 24
	if racing {
		least, seats = 300, 8
	}
	if testing.Short() {
		rounds, least = 1, 300
	}
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	var people sync.WaitGroup
	defer people.Wait()
	defer cancel()
	w := newRushWorld(ctx, t, seats, 4*seats)
	for channel := range w.said {
		people.Go(func() {
			for n := w.next(); n > 0; n = w.next() {
				w.serve(channel, n)
			}
		})
	}
	for range rounds {
		for _, g := range gusts {
			w.feel(g)
		}
	}
	w.until("interactions", func() bool { return w.count() >= least })
	close(w.over)
	people.Wait()
	w.in(ledger.Provisioning, w.machines)
	w.settled()
	if err := w.stop(); err != nil {
		t.Error(err)
	}
	w.compare()
	w.keepsToTwoASecond()
}

// feel lets a gust hit a socket while every seat is taken, and waits until its successor has
// work.
func (w *rushWorld) feel(g gust) {
	w.t.Helper()
	w.until("seats", func() bool { return len(w.seats) == cap(w.seats) })
	before, lost := w.slack.SocketNumbers(), 0
	g.blow(w.slack)
	blown := time.Now()
	w.until("a successor", func() bool {
		now := w.slack.SocketNumbers()
		for _, n := range before {
			if !slices.Contains(now, n) {
				lost = n
			}
		}
		return lost > 0 && len(now) == 2 && w.answered(now[1])
	})
	w.mu.Lock()
	defer w.mu.Unlock()
	w.cut[lost] = g.cut
	if g.what != warned {
		return
	}
	for _, s := range w.interactions {
		if s.failed == nil && s.ack.Connection == lost && s.began.After(blown) {
			w.behind++
		}
	}
}

// compare holds what people were shown against the ledger, the tenant and the cards.
func (w *rushWorld) compare() {
	// A ledger that a busy machine holds up for two seconds is not the sockets' fault. The log
	// tells whose interactions that were.
	lost, elsewhere, excused := 0, []string{}, map[string]int{}
	for _, s := range w.interactions {
		if s.failed == nil {
			continue
		}
		lost++
		if w.cut[s.Connection()] {
			continue
		}
		what := fmt.Sprintf("%s of %s by %s on connection %d: %v", s.Kind, s.machine, s.Person, s.Connection(), s.failed)
		if elsewhere = append(elsewhere, what); excused[s.Person] >= w.logs.doubts(s.Person) {
			w.t.Errorf("failed, though nothing was cut and the ledger was not slow: %s", what)
		}
		excused[s.Person]++
	}
	eyes := w.open()
	alive := map[string]ledger.Request{}
	all, unheard := w.all(eyes), 0
	for _, q := range all {
		name := q.Order.PC
		switch acked, ok := w.acked[string(q.ID)]; {
		case !ok:
			unheard++
		case acked != name:
			w.t.Errorf("%s is about %s and was acknowledged for %s", q.ID, name, acked)
		}
		delete(w.acked, string(q.ID))
		_, kinds := story(w.t, eyes, q.ID)
		switch {
		case q.State == ledger.Refused && q.Cause.Code == ledger.Taken:
			if kinds[ledger.WasApproved]+kinds[ledger.WasSubmitted] > 0 {
				w.t.Errorf("%s, refused: %v", q.ID, kinds)
			}
		case q.State != ledger.Provisioning || alive[name].ID != "":
			w.t.Errorf("%s about %s is %s, beside %q", q.ID, name, q.State, alive[name].ID)
		default:
			alive[name] = q
			if kinds[ledger.WasApproved] != 1 || kinds[ledger.WasSubmitted] != 1 || len(q.Consents) != 1 || !slices.Contains(w.approvers[name], q.Consents[0].By.ID) {
				w.t.Errorf("%s: %v, by %v", q.ID, kinds, q.Consents)
			}
			if cards, wipes := w.cardsOf(q.Card.Channel, name), w.tenant.Wipes(q.Target.ID); len(cards) != 1 || wipes != 1 {
				w.t.Errorf("%s has %d cards and %d POSTs", q.ID, len(cards), wipes)
			}
		}
	}
	for id, name := range w.acked {
		w.t.Errorf("%s about %s was acknowledged and is not in the ledger", id, name)
	}
	if unheard > lost {
		w.t.Errorf("%d requests were acknowledged to nobody, and %d interactions failed", unheard, lost)
	}
	if w.behind == 0 {
		w.t.Error("nothing was sent on a connection between its warning and its end")
	}
	if n := len(w.tenant.Posts()); n != w.machines || len(alive) != w.machines {
		w.t.Errorf("%d POSTs and %d requests for %d machines", n, len(alive), w.machines)
	}
	w.t.Logf("%d interactions for %d machines on %d connections: %d requests, %d sent behind warnings, %d done again after a cut, %d after the ledger was held up",
		len(w.interactions), w.machines, len(w.cut)+2, len(all), w.behind, lost-len(elsewhere), len(elsewhere))
}

// keepsToTwoASecond looks at when sockets were asked for.
func (w *rushWorld) keepsToTwoASecond() {
	var at []time.Time
	for _, c := range w.slack.Calls() {
		if c.Method == "apps.connections.open" {
			at = append(at, c.At)
		}
	}
	for i := range at[2:] {
		if d := at[i+2].Sub(at[i]); d < time.Second {
			w.t.Errorf("three sockets were asked for within %v", d)
		}
	}
}
