package intake

import (
	"testing"
	"time"

	"cloudpc-bot/bot/ledger"
	"cloudpc-bot/bot/requests"
)

// clocked is a ledger of which only the clock is asked.
type clocked struct {
	ledger.Store
	now time.Time
}

func (c clocked) Now() time.Time { return c.now }

func TestACardIsAdoptedOnlyWhereItCannotBeAnothers(t *testing.T) {
	asked := time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)
	card := ledger.Thread{Channel: "C1", TS: "1.1"}
	for name, row := range map[string]struct {
		change func(*Intake, *ledger.Request, *Click)
		want   bool
	}{
		"as it should be":                   {func(*Intake, *ledger.Request, *Click) {}, true},
		"in the channel for approvals":      {func(i *Intake, _ *ledger.Request, c *Click) { i.Channel, c.At.Channel = "C2", "C2" }, true},
		"a message that is not ours":        {func(_ *Intake, _ *ledger.Request, c *Click) { c.Own = false }, false},
		"in another channel":                {func(_ *Intake, _ *ledger.Request, c *Click) { c.At.Channel = "C2" }, false},
		"where it was typed, not where due": {func(i *Intake, _ *ledger.Request, _ *Click) { i.Channel = "C2" }, false},
		"no message at all":                 {func(_ *Intake, _ *ledger.Request, c *Click) { c.At.TS = "" }, false},
		"the machine is not known":          {func(_ *Intake, r *ledger.Request, _ *Click) { r.Target = ledger.Target{} }, false},
		"it has a card":                     {func(_ *Intake, r *ledger.Request, _ *Click) { r.Card = card }, false},
		"no approval is needed":             {func(_ *Intake, r *ledger.Request, _ *Click) { r.ApprovalsNeeded = 0 }, false},
		"it waits for approval":             {func(_ *Intake, r *ledger.Request, _ *Click) { r.State = ledger.Pending }, false},
		"ten minutes are over": {func(i *Intake, _ *ledger.Request, _ *Click) {
			i.Requests.Store = clocked{now: asked.Add(10 * time.Minute)}
		}, false},
		"ten minutes are over in a moment": {func(i *Intake, _ *ledger.Request, _ *Click) {
			i.Requests.Store = clocked{now: asked.Add(10*time.Minute - 1)}
		}, true},
	} {
		i := New(Config{Requests: &requests.Requests{Store: clocked{now: asked.Add(time.Minute)}, ResolveTimeout: 10 * time.Minute}})
		r := ledger.Request{State: ledger.Resolving, Asked: asked, FromChannel: "C1", ApprovalsNeeded: 1, Target: ledger.Target{ID: "pc"}}
		c := Click{Own: true, At: card}
		row.change(i, &r, &c)
		if got := i.adoptable(r, c); got != row.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}
