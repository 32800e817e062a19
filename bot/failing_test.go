package bot_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"cloudpc-bot/bot/ledger"
	"cloudpc-bot/bot/slackfake"
	"cloudpc-bot/graph/graphfake"
)

// TestAStalledLedgerThatFails answers with an error, at once and after a while: the table that
// every change writes to is gone.
func TestAStalledLedgerThatFails(t *testing.T) {
	t.Parallel()
	tests := map[string]func(*testing.T){}
	for database := range databases {
		tests[database] = func(t *testing.T) { failed(t, database, 0, 2500*time.Millisecond) }
	}
	atOnce(t, tests)
}

func failed(t *testing.T, database string, spans ...time.Duration) {
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	w, _ := slow(ctx, t, stall{database: database})
	eyes := w.open()
	for i, span := range spans {
		fail := func() (over <-chan struct{}) {
			over = after(ctx, span, holdLedger(ctx, t, w.ledger, `ALTER TABLE chain RENAME TO gone`, `COMMIT`))
			if span == 0 {
				<-over
			}
			return over
		}
		mend := func() { holdLedger(ctx, t, w.ledger, `ALTER TABLE gone RENAME TO chain`, `COMMIT`)() }
		pc := w.tenant.Add(graphfake.CloudPC{DisplayName: "CPC-" + span.String(), Status: "provisioned"})

		over := fail()
		ack, err := w.slack.Type(user("ada"), channels["#it"], pc.DisplayName).WaitAck(ctx)
		if err != nil || ack.Late || !unsure(ack) || span == 0 && !racing && ack.Latency >= patience {
			t.Errorf("%v, acknowledged after %v with %s", err, ack.Latency, ack.Payload)
		}
		w.logged("the ledger did not confirm a command", i+1)
		<-over
		mend()
		w.settled()
		if all, seen := w.all(eyes), w.slack.Sees(user("ada")); len(all) != i || len(seen) != 2*i+1 {
			t.Errorf("%d requests, and ada sees %q", len(all), seen)
		}
		answered(ctx, t, w.slack.Type(user("ada"), channels["#it"], pc.DisplayName), 0)
		w.settled()
		r := w.all(eyes)[0]
		card, err := w.cardOf(string(r.ID))
		if err != nil {
			t.Fatal(err)
		}

		over = fail()
		press := w.slack.PressStale(user("ben"), card, "approve")
		if _, err := press.WaitAck(ctx); press.Outcome() != slackfake.TimedOut {
			t.Errorf("the press is %s: %v", press.Outcome(), err)
		}
		w.logged("the ledger did not take the decision", i+1)
		<-over
		mend()
		if span > 0 {
			w.isTold("ben", "That may not have worked")
		}
		w.settled()
		if r, kinds := story(t, eyes, r.ID); r.State != ledger.Pending || kinds[ledger.WasApproved] > 0 {
			t.Errorf("%s, %v", r.State, kinds)
		}
		heeded(ctx, t, w.slack.PressStale(user("ben"), card, "approve"), 0)
		w.settled()
		if r, kinds := story(t, eyes, r.ID); r.State != ledger.Provisioning || kinds[ledger.WasApproved] != 1 || w.tenant.Wipes(pc.ID) != 1 {
			t.Errorf("%s, %v, %d POSTs", r.State, kinds, w.tenant.Wipes(pc.ID))
		}
	}
	if seen := strings.Join(w.slack.Sees(user("ben")), "\n"); strings.Contains(seen, "after all") {
		t.Errorf("ben sees %s", seen)
	}
	w.formStays(eyes)
}

// formStays has the ledger fail when the form comes in that gives the reason of a denial: it is
// not acknowledged, stays open with what was typed, and can be sent again.
func (w *world) formStays(eyes ledger.Store) {
	t := w.t
	answered(w.ctx, t, w.slack.Type(user("ada"), channels["#it"], "CPC-ada"), 0)
	w.settled()
	r := w.all(eyes)[0]
	card, err := w.cardOf(string(r.ID))
	if err != nil {
		t.Fatal(err)
	}
	heeded(w.ctx, t, w.slack.PressStale(user("ben"), card, "deny"), 0)
	if err := w.await(func() error {
		if len(w.slack.Views(user("ben"))) == 0 {
			return errors.New("no form is open")
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	w.settled()
	form := w.slack.Views(user("ben"))[0]
	block, action, err := inputOf(form)
	if err != nil {
		t.Fatal(err)
	}
	send := func() *slackfake.Interaction {
		return w.slack.Submit(user("ben"), form.ID, map[string]map[string]any{block: {action: "not this one"}})
	}
	holdLedger(w.ctx, t, w.ledger, `ALTER TABLE chain RENAME TO gone`, `COMMIT`)()
	sent := send()
	if _, err := sent.WaitAck(w.ctx); sent.Outcome() != slackfake.TimedOut || len(w.slack.Views(user("ben"))) != 1 {
		t.Errorf("the form is %s: %v", sent.Outcome(), err)
	}
	holdLedger(w.ctx, t, w.ledger, `ALTER TABLE gone RENAME TO chain`, `COMMIT`)()
	sent = send()
	if _, err := sent.WaitAck(w.ctx); err != nil {
		t.Error(err)
	}
	w.settled()
	if _, kinds := story(t, eyes, r.ID); kinds[ledger.WasExplained] != 1 {
		t.Errorf("explained: %v", kinds)
	}
}
