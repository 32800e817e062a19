package bot_test

import (
	"testing"

	"cloudpc-bot/bot/ledger"
	"cloudpc-bot/bot/slackfake"
)

// TestWhatThisProcessMakesWaitsForNoIdleLook has a bot that looks by itself once an hour: what
// it makes due itself it has to be woken for, also in the middle of a breath.
func TestWhatThisProcessMakesWaitsForNoIdleLook(t *testing.T) {
	onEveryHome(t, func(t *testing.T, w *world) {
		w.set["APPROVALS"], w.set["IDLE"], w.set["FOLLOW_INTERVAL"] = "1", "1h", "1h"
		answer := make(chan struct{})
		w.held.Store(&answer)
		if err := w.start(); err != nil {
			t.Fatal(err)
		}
		for _, line := range []string{
			"ada types /reprovision CPC-ada", "card Waiting for approval", "ben presses Approve", "card Sending it to Graph",
		} {
			if err := w.say(line); err != nil {
				t.Fatalf("%s: %v\n%s", line, err, w.picture())
			}
		}
		close(answer)
		if err := w.say("card Accepted by Graph"); err != nil {
			t.Fatalf("%v\n%s", err, w.picture())
		}
		w.held.Store(nil)
		eyes := w.open()
		var presses []*slackfake.Gesture
		for _, pc := range []string{"CPC-bob", "CPC-failed"} { // two in one breath
			w.slack.Type(user("ada"), channels["#it"], pc)
		}
		w.reach(eyes, ledger.Pending, 2, told)
		for _, m := range w.cards()[1:] {
			presses = append(presses, w.slack.Press(user("ben"), m, "approve"))
		}
		for _, p := range presses {
			if _, err := p.WaitAck(w.ctx); err != nil {
				t.Fatal(err)
			}
		}
		w.reach(eyes, ledger.Provisioning, 3, told)
	})
}
