package slackio

import (
	"errors"
	"testing"

	"cloudpc-bot/bot/causes"
	"cloudpc-bot/bot/slackfake"
)

func TestALookAtAChannelTellsWhatIsInTheWay(t *testing.T) {
	w := open(t, slackfake.Config{})
	w.AddChannel(slackfake.Channel{ID: "C0OLD", Name: "old", BotIn: true, Archived: true})
	w.AddChannel(slackfake.Channel{ID: "C0SHARED", Name: "shared", BotIn: true, ExtShared: true})
	w.AddChannel(slackfake.Channel{ID: "C0SOON", Name: "soon", BotIn: true, PendingExtShared: true})
	w.AddChannel(slackfake.Channel{ID: "C0GRID", Name: "grid", BotIn: true, OrgShared: true})
	w.AddChannel(slackfake.Channel{ID: "G0SECRET", Name: "secret", Private: true})
	for id, want := range map[string]Channel{
		"C0OPS":     {Name: "ops", Member: true},
		"C0LOBBY":   {Name: "lobby"},
		"C0OLD":     {Name: "old", Member: true, Archived: true},
		"C0SHARED":  {Name: "shared", Member: true, Shared: true},
		"C0SOON":    {Name: "soon", Member: true, Shared: true},
		"C0GRID":    {Name: "grid", Member: true},
		"G0SECRET":  {Missing: true},
		"C0NOWHERE": {Missing: true},
	} {
		if got, err := w.Channel(t.Context(), id); err != nil || got != want {
			t.Errorf("%s: %+v, %v", id, got, err)
		}
	}
	w.SetScopes("users:read")
	if _, err := w.Channel(t.Context(), "C0OPS"); !errors.As(err, new(*causes.MissingScopeError)) {
		t.Errorf("without the scope: %v", err)
	}
}

func TestALookAtAnAccountTellsAMissingOneFromADeactivatedOne(t *testing.T) {
	w := open(t, slackfake.Config{})
	w.AddPerson(slackfake.Person{ID: "U0BYE", Name: "bye", Deleted: true})
	for id, want := range map[string]string{"U0ADA": "well", "U0BYE": "deactivated", "U0NOBODY": "missing", "U0EVE": "stranger"} {
		a, err := w.Account(t.Context(), id)
		got := "well"
		switch {
		case a.Missing:
			got = "missing"
		case a.Deactivated:
			got = "deactivated"
		case a.Stranger:
			got = "stranger"
		}
		if err != nil || got != want {
			t.Errorf("%s is %s (%+v), %v", id, got, a, err)
		}
	}
}
