package ledgertest

import (
	"errors"
	"testing"
	"time"

	"cloudpc-bot/bot/ledger"
)

func knowsAnInteractionAgain(t *testing.T, database func(testing.TB) Database) {
	s := database(t).Open(newClock().now)
	first := enter(t, s, "CPC-ada")
	for name, i := range map[string]ledger.Interaction{
		"the same envelope":                  {Envelope: first.Interaction.Envelope, Trigger: "trigger-other"},
		"the same trigger, another envelope": {Envelope: "envelope-other", Trigger: first.Interaction.Trigger},
	} {
		again := ask("CPC-ada", s.Now())
		again.Interaction = i
		_, err := ledger.CreateWithID(t.Context(), s, again)
		var seen *ledger.SeenError
		if !errors.As(err, &seen) || seen.Request != first.ID {
			t.Errorf("%s: got %v, want seen as %s", name, err, first.ID)
		}
	}
	fresh := ask("CPC-ada", s.Now()) // the refused requests left no dedup key behind
	fresh.Interaction = ledger.Interaction{Envelope: "envelope-other", Trigger: "trigger-other"}
	if _, err := ledger.CreateWithID(t.Context(), s, fresh); err != nil {
		t.Errorf("an interaction of its own: %v", err)
	}
}

func forgetsAnInteractionAfterADay(t *testing.T, database func(testing.TB) Database) {
	clock := newClock()
	s := database(t).Open(clock.now)
	r := ask("CPC-ada", s.Now())
	_, err := ledger.CreateWithID(t.Context(), s, r)
	must(t, err)
	clock.pass(23 * time.Hour)
	if _, err := ledger.CreateWithID(t.Context(), s, r); err == nil {
		t.Error("forgotten within the day")
	}
	clock.pass(2 * time.Hour)
	if _, err := ledger.CreateWithID(t.Context(), s, r); err != nil {
		t.Errorf("not forgotten after a day: %v", err)
	}
}
