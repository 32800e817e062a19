package bot_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"cloudpc-bot/bot/ledger"
	"cloudpc-bot/bot/slackfake"
	"cloudpc-bot/graph/graphfake"
)

// TestAStalledLedger holds rule 2 against a ledger that hangs: what is acknowledged stands,
// what came late stands once, and who made the interaction hears of it in the end. Rule 2 counts
// real seconds, and no span is more than a second away from its bound. So this test is not parallel:
// beside all that are, a ledger can take another second to answer once it is released.
func TestAStalledLedger(t *testing.T) {
	tests := map[string]func(*testing.T){}
	for _, s := range stalls {
		soon := time.Second
		if s.what == "reads" && !racing { // nearly all that a press may wait for its first read
			soon = 1500 * time.Millisecond
		}
		tests[s.database+"/"+s.what] = func(t *testing.T) { stalled(t, s, soon, 2500*time.Millisecond) }
	}
	atOnce(t, tests)
}

// TestALedgerStalledForLong holds the ledger for longer than Slack waits, and as long as a lease.
// The bot then acknowledges by its own timer, however slow the ledger is, so this test is parallel.
func TestALedgerStalledForLong(t *testing.T) {
	if testing.Short() {
		t.Skip("SKIPPED: it takes 20 s")
	}
	t.Parallel()
	tests := map[string]func(*testing.T){}
	for _, s := range stalls {
		if s.long {
			tests[s.database+"/"+s.what] = func(t *testing.T) { stalled(t, s, 10*time.Second) }
		}
	}
	atOnce(t, tests)
}

// stalled has a command and a press meet each of these spans.
func stalled(t *testing.T, s stall, spans ...time.Duration) {
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	w, hang := slow(ctx, t, s)
	eyes := w.open()
	var unacked []*slackfake.Interaction
	late := 0 // presses that landed though they were not acknowledged
	for i, span := range spans {
		pc := w.tenant.Add(graphfake.CloudPC{DisplayName: "CPC-" + span.String(), Status: "provisioned"})
		hang(span)
		typed := w.slack.Type(user("ada"), channels["#it"], pc.DisplayName)
		answered(ctx, t, typed, span)
		w.isTold("ada", "looking for "+pc.DisplayName)
		w.settled()
		r := w.all(eyes)[0]
		card, err := w.cardOf(string(r.ID))
		if err != nil || r.State != ledger.Pending || r.Order.PC != pc.DisplayName {
			t.Fatalf("%v, %+v", err, r)
		}

		over := hang(span)
		press := w.slack.PressStale(user("ben"), card, "approve")
		heeded(ctx, t, press, span)
		<-over
		if press.Outcome() == slackfake.TimedOut {
			unacked = append(unacked, press)
		}
		w.heardOf(unacked...)
		w.settled()
		r, kinds := story(t, eyes, r.ID)
		if press.Outcome() == slackfake.TimedOut {
			late += kinds[ledger.WasApproved]
		}
		if seen := strings.Join(w.slack.Sees(user("ben")), "\n"); strings.Count(seen, "That worked") != late {
			t.Errorf("%d late presses stand, and ben sees\n%s", late, seen)
		}
		if kinds[ledger.WasApproved] == 0 {
			if _, err := w.slack.PressStale(user("ben"), card, "approve").WaitAck(ctx); err != nil {
				t.Error(err)
			}
			w.settled()
		}

		again, err := w.slack.Redeliver(typed, false).WaitAck(ctx)
		if err != nil || !strings.Contains(string(again.Payload), string(r.ID)) {
			t.Errorf("redelivered: %v, %s", err, again.Payload)
		}
		w.settled()
		if n := len(w.all(eyes)); n != i+1 {
			t.Errorf("%d requests", n)
		}
		if r, kinds = story(t, eyes, r.ID); r.State != ledger.Provisioning || kinds[ledger.WasApproved] != 1 || kinds[ledger.WasSubmitted] != 1 || w.tenant.Wipes(pc.ID) != 1 {
			t.Errorf("%s, %v, %d POSTs", r.State, kinds, w.tenant.Wipes(pc.ID))
		}
	}
}

// TestAStalledLedgerAndACrowd has twenty people's commands, each of them delivered twice, and
// twenty presses on ten cards wait for the ledger together. They have half a second to arrive
// while it is held, so this test is not parallel either.
func TestAStalledLedgerAndACrowd(t *testing.T) {
	tests := map[string]func(*testing.T){}
	for _, s := range stalls {
		if !s.answer { // which is late for one
			tests[s.database+"/"+s.what] = func(t *testing.T) { crowded(t, s) }
		}
	}
	atOnce(t, tests)
}

func crowded(t *testing.T, s stall) {
	const span = 2500 * time.Millisecond
	commands, cards := 20, 10
	if racing {
		commands, cards = 8, 4
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	w, hang := slow(ctx, t, s)
	eyes := w.open()
	name := func(i int) string { return fmt.Sprintf("CPC-crowd-%02d", i) }
	typed := make([]*slackfake.Interaction, 2*commands+cards)
	for i := range commands + cards {
		w.tenant.Add(graphfake.CloudPC{DisplayName: name(i), Status: "provisioned"})
	}
	for i := range cards {
		w.slack.Type(user("ada"), channels["#it"], name(commands+i))
	}
	w.reach(eyes, ledger.Pending, cards, w.told)
	w.settled()
	up := w.slack.Messages(channels["#it"])

	over := hang(span)
	var interactions []func()
	for i := range commands {
		interactions = append(interactions, func() {
			typed[i] = w.slack.Type(user("ada"), channels["#it"], name(i))
			typed[commands+i] = w.slack.Redeliver(typed[i], false)
		})
	}
	pressed := make([]*slackfake.Interaction, 2*cards)
	for i := range pressed {
		interactions = append(interactions, func() { pressed[i] = w.slack.PressStale(user([]string{"ben", "fay"}[i%2]), up[i/2], "approve") })
	}
	together(interactions...)
	for _, g := range typed[:2*commands] {
		answered(ctx, t, g, span)
	}
	for _, g := range pressed {
		heeded(ctx, t, g, span)
	}
	<-over
	w.heardOf(pressed...)
	landed := 0
	for _, r := range w.all(eyes) {
		landed += len(r.Consents)
	}
	if seen := strings.Join(append(w.slack.Sees(user("ben")), w.slack.Sees(user("fay"))...), "\n"); strings.Count(seen, "That worked") != landed {
		t.Errorf("%d presses stand, and who made them sees\n%s", landed, seen)
	}
	w.reach(eyes, ledger.Pending, commands+cards-landed)
	w.settled()
	for _, m := range up { // whose press did not land does it again
		if _, err := w.slack.PressStale(user("ben"), m, "approve").WaitAck(ctx); err != nil {
			t.Error(err)
		}
	}
	w.reach(eyes, ledger.Provisioning, cards, w.told)
	w.reach(eyes, ledger.Pending, commands, w.told)
	for _, r := range w.all(eyes) {
		_, kinds := story(t, eyes, r.ID)
		if want := map[ledger.State]int{ledger.Provisioning: 1}[r.State]; kinds[ledger.WasApproved] != want || w.tenant.Wipes(r.Target.ID) != want {
			t.Errorf("%s is %s, wiped %d times: %v", r.Order.PC, r.State, w.tenant.Wipes(r.Target.ID), kinds)
		}
	}
	if n := len(w.all(eyes)); n != commands+cards {
		t.Errorf("%d requests", n)
	}
	seen := w.slack.Sees(user("ada"))
	for _, r := range w.all(eyes) {
		if !slices.ContainsFunc(seen, func(line string) bool {
			return strings.HasPrefix(line, fmt.Sprintf("%s: looking for %s", r.ID, r.Order.PC))
		}) {
			t.Errorf("ada has not heard of %s, %s", r.ID, r.Order.PC)
		}
	}
}

// patience is how long the ledger may take, by rule 2.
const patience = 2 * time.Second

// unsure reports whether a command was acknowledged with the words of rule 2.
func unsure(ack slackfake.Ack) bool {
	said := string(ack.Payload)
	return strings.Contains(said, "I may not have saved this: my database is not responding. Check `/reprovision list` before you try again")
}

// answered holds the acknowledgement of a command to rule 2, where the ledger hung for so long.
func answered(ctx context.Context, t *testing.T, g *slackfake.Interaction, hung time.Duration) {
	t.Helper()
	ack, err := g.WaitAck(ctx)
	switch {
	case err != nil || ack.Late || ack.Problem != "":
		t.Errorf("%s: %v, acknowledged after %v, late: %v %s", g.Text, err, ack.Latency, ack.Late, ack.Problem)
	case hung > patience && (!unsure(ack) || ack.Latency < patience-100*time.Millisecond):
		t.Errorf("%s: acknowledged after %v with %s", g.Text, ack.Latency, ack.Payload)
	case hung < patience && !strings.Contains(string(ack.Payload), ": looking for "+g.Text):
		t.Errorf("%s: acknowledged after %v with %s", g.Text, ack.Latency, ack.Payload)
	}
}

// heeded holds what became of a press to rule 2.
func heeded(ctx context.Context, t *testing.T, g *slackfake.Interaction, hung time.Duration) {
	t.Helper()
	ack, err := g.WaitAck(ctx)
	switch {
	case hung > patience && g.Outcome() != slackfake.TimedOut:
		t.Errorf("the press of %s is %s: %v", g.Person, g.Outcome(), err)
	case hung < patience && (err != nil || ack.Late || ack.Problem != ""):
		t.Errorf("the press of %s is not acknowledged in time: %v, after %v %s", g.Person, err, ack.Latency, ack.Problem)
	}
}

// heardOf waits until of each of these presses either who made it was told, besides Slack's
// warning, or the log says that it came to nothing.
func (w *world) heardOf(presses ...*slackfake.Interaction) {
	w.t.Helper()
	if err := w.await(func() error {
		n := strings.Count(w.logs.String(), "the ledger did not answer: the press was not acknowledged")
		people := map[string]bool{}
		for _, g := range presses {
			people[g.Person] = true
		}
		for person := range people {
			for _, line := range w.slack.Sees(person) {
				if !strings.HasPrefix(line, "⚠") {
					n++
				}
			}
		}
		if n != len(presses) {
			return fmt.Errorf("of %d presses %d were heard of", len(presses), n)
		}
		return nil
	}); err != nil {
		w.t.Fatalf("%v\n%s", err, w.picture())
	}
}
