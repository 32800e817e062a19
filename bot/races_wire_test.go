package bot_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"cloudpc-bot/bot/ledger"
	"cloudpc-bot/bot/slackfake"
	"cloudpc-bot/graph/graphfake"
)

func TestTwoHundredPairsOfClicks(t *testing.T) {
	t.Parallel()
	const batch = 20
	pairs := map[bool]int{false: 200, true: 60}[racing] // enough to race in, and each costs a whole request
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	w := newWorld(ctx, t, "sqlite")
	w.set["APPROVALS"], w.set["REQUESTERS"] = "1", "cem"
	if err := w.start(); err != nil {
		t.Fatal(err)
	}
	eyes := w.open()
	decided := map[string]int{}
	for from := 0; from < pairs; from += batch {
		for n := from; n < from+batch; n++ {
			w.tenant.Add(graphfake.CloudPC{DisplayName: fmt.Sprintf("CPC-pair-%d", n), Status: "provisioned"})
		}
		asked := make([]*slackfake.Interaction, batch)
		for i := range asked {
			asked[i] = w.slack.Type(user("cem"), channels["#it"], fmt.Sprintf("CPC-pair-%d", from+i))
		}
		waiting := w.pending(eyes, batch)
		cards := map[string]slackfake.Message{}
		for _, m := range w.slack.Messages(channels["#it"]) {
			cards[m.TS] = m
		}
		pressed := make([]*slackfake.Interaction, 2*batch)
		var presses []func()
		for i, r := range waiting {
			for j, who := range []string{"ada", "ben"} {
				presses = append(presses, func() { pressed[2*i+j] = w.slack.PressStale(user(who), cards[r.Card.TS], "approve") })
			}
		}
		together(presses...)
		for _, g := range append(asked, pressed...) {
			if _, err := g.WaitAck(ctx); err != nil {
				t.Fatal(err)
			}
		}
		w.in(ledger.Provisioning, from+batch)
		for _, r := range waiting {
			r, kinds := story(t, eyes, r.ID)
			if len(r.Consents) != 1 || kinds[ledger.WasApproved] != 1 || kinds[ledger.WasSubmitted] != 1 {
				t.Errorf("%s: %v", r.ID, kinds)
			}
			if n := w.tenant.Wipes(r.Target.ID); n != 1 {
				t.Errorf("%s: %d POSTs", r.ID, n)
			}
			decided[r.Decided.By.ID]++
		}
	}
	if n := len(w.tenant.Posts()); n != pairs {
		t.Errorf("%d POSTs", n)
	}
	err := w.await(func() error { // the whisper follows the acknowledgement
		for loser, winner := range map[string]string{"ada": "ben", "ben": "ada"} {
			told := 0
			for _, seen := range w.slack.Sees(user(loser)) {
				switch {
				case strings.Contains(seen, "@"+winner+" already approved this"), strings.Contains(seen, "on its way to Microsoft"):
					told++
				default:
					return fmt.Errorf("%s sees %q", loser, seen)
				}
			}
			if told != decided[user(winner)] {
				return fmt.Errorf("%s was told %d times, and %s was first %d times", loser, told, winner, decided[user(winner)])
			}
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
	t.Logf("who was first: %v", decided)
}

func TestExpiryAndApprovalOverTheWire(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	w := newWorld(ctx, t, "sqlite")
	w.set["APPROVALS"], w.set["APPROVAL_TTL"], w.set["REQUESTERS"] = "1", "1h", "cem"
	if err := w.start(); err != nil {
		t.Fatal(err)
	}
	eyes := w.open()
	approved := 0
	for n := range 12 {
		name := fmt.Sprintf("CPC-late-%d", n)
		w.tenant.Add(graphfake.CloudPC{DisplayName: name, Status: "provisioned"})
		w.slack.Type(user("cem"), channels["#it"], name)
		r := w.pending(eyes, 1)[0]
		w.pass(r.Expires.Sub(w.clock.now()) - 10*time.Second)
		if err := w.quiet(); err != nil {
			t.Fatal(err)
		}
		var card slackfake.Message
		for _, m := range w.slack.Messages(r.Card.Channel) {
			if m.TS == r.Card.TS {
				card = m
			}
		}
		w.pass(r.Expires.Sub(w.clock.now()) - time.Duration(n)*500*time.Microsecond)
		if _, err := w.slack.PressStale(user("ben"), card, "approve").WaitAck(ctx); err != nil {
			t.Fatal(err)
		}
		w.in(ledger.Pending, 0)
		if err := w.quiet(); err != nil {
			t.Fatal(err)
		}
		r, kinds := story(t, eyes, r.ID)
		switch wipes := w.tenant.Wipes(r.Target.ID); {
		case r.State == ledger.Expired && wipes == 0 && kinds[ledger.WasApproved] == 0:
		case r.State == ledger.Provisioning && wipes == 1 && kinds[ledger.WasExpired] == 0:
			approved++
		default:
			t.Errorf("%s, wiped %d times: %v", r.State, wipes, kinds)
		}
	}
	err := w.await(func() error {
		if told := w.slack.Sees(user("ben")); len(told) != 12-approved {
			return fmt.Errorf("%d were approved, and ben sees %q", approved, told)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
	t.Logf("%d approved, %d expired", approved, 12-approved)
}
