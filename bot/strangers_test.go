package bot_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"
)

const stranger = "another process, on another ledger, holds sockets of this Slack app"

// TestAProcessOnAnotherLedgerIsNoticed has two bots with the same tokens, each with a ledger
// of its own: Slack gives each interaction to one of them.
func TestAProcessOnAnotherLedgerIsNoticed(t *testing.T) {
	t.Parallel()
	w := crowd(t, "sqlite")
	w.ledger = databases["sqlite"](t)
	if err := w.start(); err != nil {
		t.Fatal(err)
	}
	if err := w.await(func() error {
		if !strings.Contains(w.logs.String(), stranger) {
			return fmt.Errorf("nobody noticed:\n%s", w.logs)
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{"ada types /reprovision CPC-ada", "card CPC-ada"} {
		if err := w.say(line); err != nil {
			t.Fatal(err)
		}
	}
	card := w.slack.Messages(channels["#it"])[0]
	if err := w.await(func() error { // who gets a press is Slack's choice
		if _, err := w.slack.PressStale(user("ben"), card, "deny").WaitAck(w.ctx); err != nil {
			return err
		}
		if told := strings.Join(w.slack.Sees(user("ben")), "; "); !strings.Contains(told, "another copy of this bot may be using a different database") {
			return fmt.Errorf("ben sees %s", told)
		}
		return nil
	}); err != nil {
		t.Error(err)
	}
}

// TestReplicasOnOneLedgerAreNoStrangers has three.
func TestReplicasOnOneLedgerAreNoStrangers(t *testing.T) {
	t.Parallel()
	w := crowd(t, "postgres")
	for range 2 {
		if err := w.start(); err != nil {
			t.Fatal(err)
		}
	}
	for n := range 8 { // enough interactions for each to get some
		for _, line := range []string{
			fmt.Sprintf("ada types /reprovision CPC-%d", n),
			fmt.Sprintf("ada sees … looking for CPC-%d", n),
		} {
			if err := w.say(line); err != nil {
				t.Fatal(err)
			}
		}
	}
	counts := strings.Count(w.logs.String(), "Slack counts no foreign sockets")
	w.slack.Disconnect("refresh_requested") // new hellos, which count replicas and successors
	if err := w.await(func() error {
		if n := strings.Count(w.logs.String(), "Slack counts no foreign sockets") + strings.Count(w.logs.String(), stranger); n < counts+3 {
			return fmt.Errorf("%d counts of %d", n, counts+3)
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(w.logs.String(), stranger) {
		t.Errorf("replicas take one another for strangers:\n%s", w.logs)
	}
}

func crowd(t *testing.T, database string) *world {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	t.Cleanup(cancel)
	w := newWorld(ctx, t, database)
	w.set["APPROVALS"], w.set["HEARTBEAT"] = "1", "500ms"
	if err := w.start(); err != nil {
		t.Fatal(err)
	}
	w.started = true
	return w
}
