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

// TestGesturesOutliveTheirSockets has people ask and press without a pause while thirty
// sockets are taken from under them. Of three thousand gestures none is lost, none doubled.
func TestGesturesOutliveTheirSockets(t *testing.T) {
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
	r := newRush(ctx, t, seats, 4*seats)
	for channel := range r.said {
		people.Go(func() {
			for n := r.next(); n > 0; n = r.next() {
				r.serve(channel, n)
			}
		})
	}
	for range rounds {
		for _, g := range gusts {
			r.feel(g)
		}
	}
	r.until("gestures", func() bool { return r.count() >= least })
	close(r.over)
	people.Wait()
	r.in(ledger.Provisioning, r.machines)
	r.settled()
	if err := r.stop(); err != nil {
		t.Error(err)
	}
	r.compare()
	r.keepsToTwoASecond()
}

// feel lets a gust hit a socket while every seat is taken, and waits until its successor has
// work.
func (r *rush) feel(g gust) {
	r.t.Helper()
	r.until("seats", func() bool { return len(r.seats) == cap(r.seats) })
	before, lost := r.slack.SocketNumbers(), 0
	g.blow(r.slack)
	blown := time.Now()
	r.until("a successor", func() bool {
		now := r.slack.SocketNumbers()
		for _, n := range before {
			if !slices.Contains(now, n) {
				lost = n
			}
		}
		return lost > 0 && len(now) == 2 && r.answered(now[1])
	})
	r.mu.Lock()
	defer r.mu.Unlock()
	r.cut[lost] = g.cut
	if g.what != warned {
		return
	}
	for _, s := range r.gestures {
		if s.failed == nil && s.ack.Connection == lost && s.began.After(blown) {
			r.behind++
		}
	}
}

// compare holds what people were shown against the ledger, the tenant and the cards.
func (r *rush) compare() {
	// A ledger that a busy machine holds up for two seconds is not the sockets' fault. The log
	// tells whose gestures that were.
	lost, elsewhere, excused := 0, []string{}, map[string]int{}
	for _, s := range r.gestures {
		if s.failed == nil {
			continue
		}
		lost++
		if r.cut[s.Connection()] {
			continue
		}
		what := fmt.Sprintf("%s of %s by %s on connection %d: %v", s.Kind, s.machine, s.Person, s.Connection(), s.failed)
		if elsewhere = append(elsewhere, what); excused[s.Person] >= r.logs.doubts(s.Person) {
			r.t.Errorf("failed, though nothing was cut and the ledger was not slow: %s", what)
		}
		excused[s.Person]++
	}
	eyes := r.open()
	alive := map[string]ledger.Request{}
	all, unheard := r.all(eyes), 0
	for _, q := range all {
		name := q.Order.PC
		switch acked, ok := r.acked[string(q.ID)]; {
		case !ok:
			unheard++
		case acked != name:
			r.t.Errorf("%s is about %s and was acknowledged for %s", q.ID, name, acked)
		}
		delete(r.acked, string(q.ID))
		_, kinds := story(r.t, eyes, q.ID)
		switch {
		case q.State == ledger.Refused && q.Cause.Code == ledger.Taken:
			if kinds[ledger.WasApproved]+kinds[ledger.WasSubmitted] > 0 {
				r.t.Errorf("%s, refused: %v", q.ID, kinds)
			}
		case q.State != ledger.Provisioning || alive[name].ID != "":
			r.t.Errorf("%s about %s is %s, beside %q", q.ID, name, q.State, alive[name].ID)
		default:
			alive[name] = q
			if kinds[ledger.WasApproved] != 1 || kinds[ledger.WasSubmitted] != 1 || len(q.Consents) != 1 || !slices.Contains(r.approvers[name], q.Consents[0].By.ID) {
				r.t.Errorf("%s: %v, by %v", q.ID, kinds, q.Consents)
			}
			if cards, wipes := r.cardsOf(q.Card.Channel, name), r.tenant.Wipes(q.Target.ID); len(cards) != 1 || wipes != 1 {
				r.t.Errorf("%s has %d cards and %d POSTs", q.ID, len(cards), wipes)
			}
		}
	}
	for id, name := range r.acked {
		r.t.Errorf("%s about %s was acknowledged and is not in the ledger", id, name)
	}
	if unheard > lost {
		r.t.Errorf("%d requests were acknowledged to nobody, and %d gestures failed", unheard, lost)
	}
	if r.behind == 0 {
		r.t.Error("nothing was sent on a connection between its warning and its end")
	}
	if n := len(r.tenant.Posts()); n != r.machines || len(alive) != r.machines {
		r.t.Errorf("%d POSTs and %d requests for %d machines", n, len(alive), r.machines)
	}
	r.t.Logf("%d gestures for %d machines on %d connections: %d requests, %d sent behind warnings, %d done again after a cut, %d after the ledger was held up",
		len(r.gestures), r.machines, len(r.cut)+2, len(all), r.behind, lost-len(elsewhere), len(elsewhere))
}

// keepsToTwoASecond looks at when sockets were asked for.
func (r *rush) keepsToTwoASecond() {
	var at []time.Time
	for _, c := range r.slack.Calls() {
		if c.Method == "apps.connections.open" {
			at = append(at, c.At)
		}
	}
	for i := range at[2:] {
		if d := at[i+2].Sub(at[i]); d < time.Second {
			r.t.Errorf("three sockets were asked for within %v", d)
		}
	}
}
