package bot

import (
	"testing"
	"time"

	"cloudpc-bot/bot/intake"
	"cloudpc-bot/bot/ledger"
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
		change func(*Bot, *ledger.Request, *intake.Click)
		want   bool
	}{
		"as it should be":                   {func(*Bot, *ledger.Request, *intake.Click) {}, true},
		"in the channel for approvals":      {func(b *Bot, _ *ledger.Request, c *intake.Click) { b.Channel, c.At.Channel = "C2", "C2" }, true},
		"a message that is not ours":        {func(_ *Bot, _ *ledger.Request, c *intake.Click) { c.Own = false }, false},
		"in another channel":                {func(_ *Bot, _ *ledger.Request, c *intake.Click) { c.At.Channel = "C2" }, false},
		"where it was typed, not where due": {func(b *Bot, _ *ledger.Request, _ *intake.Click) { b.Channel = "C2" }, false},
		"no message at all":                 {func(_ *Bot, _ *ledger.Request, c *intake.Click) { c.At.TS = "" }, false},
		"the machine is not known":          {func(_ *Bot, r *ledger.Request, _ *intake.Click) { r.Target = ledger.Target{} }, false},
		"it has a card":                     {func(_ *Bot, r *ledger.Request, _ *intake.Click) { r.Card = card }, false},
		"no approval is needed":             {func(_ *Bot, r *ledger.Request, _ *intake.Click) { r.Needed = 0 }, false},
		"it waits for approval":             {func(_ *Bot, r *ledger.Request, _ *intake.Click) { r.State = ledger.Pending }, false},
		"ten minutes are over":              {func(b *Bot, _ *ledger.Request, _ *intake.Click) { b.Store = clocked{now: asked.Add(10 * time.Minute)} }, false},
		"ten minutes are over in a moment": {func(b *Bot, _ *ledger.Request, _ *intake.Click) {
			b.Store = clocked{now: asked.Add(10*time.Minute - 1)}
		}, true},
	} {
		b := New(Config{Store: clocked{now: asked.Add(time.Minute)}})
		r := ledger.Request{State: ledger.Resolving, Asked: asked, Typed: "C1", Needed: 1, Target: ledger.Target{ID: "pc"}}
		c := intake.Click{Own: true, At: card}
		row.change(b, &r, &c)
		if got := b.adoptable(r, c); got != row.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}
