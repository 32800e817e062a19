package bot_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// onlyOnce begin what no event is told by: where the card is, which is whispered where that still can be, and the
// notice to an owner, whose time is over.
var onlyOnce = []string{"The card of", "Your Cloud PC CPC-ada will be erased", "Your Cloud PC CPC-ada was to be erased", "All files and apps on it", "You said “not now”"}

// toldAgain are requests from the command to what people hear last. In the second, everything that they are told is
// of a time that is over when the request ends: approvals that are missing, a deadline, a wait.
var toldAgain = map[string][]string{
	"ready": {
		"set APPROVALS=1", "ada types in #random /reprovision CPC-ada os=windows11", "card Needs … approval", "ben presses Approve", "graph saw POST …", "card Accepted by Microsoft.", "graph says provisioning",
		"time passes 3 minutes", "card Being rebuilt.", "time passes 40 minutes", "graph says provisioned", "time passes 3 minutes", "card Ready.", "thread later Done.", "thread ends",
	},
	"reminded, throttled and vetoed": {
		"set APPROVALS=2", "set ADMINS=ada,ben,fay", "set APPROVAL_TTL=8h", "set OWNER_NOTICE=30m", "graph answers 429 after 1h",
		"ada types in #random /reprovision CPC-ada os=windows11", "card Needs … approval", "ben presses Approve", "card 1 of 2", "time passes 121 minutes", "thread later CPC-ada still needs 1 more approval by",
		"fay presses Approve", "dan can say not now", "thread later may say “not now” until", "time passes 31 minutes", "graph saw POST …", "thread later Not erased yet: Microsoft Graph asked me to slow down",
		"dan presses the notice of dan", "card Stopped before anything was erased", "thread later said “not now”.", "dan sees Thanks for telling me", "thread ends",
	},
}

// TestToldAgainIsToldTheSame has a bot that forgot what it told, as one whose answer from Slack was lost, tell
// all events of a finished request again, hours later and knowing more runs: each audience hears the same words.
func TestToldAgainIsToldTheSame(t *testing.T) {
	for name, story := range toldAgain {
		t.Run(name, func(t *testing.T) { toldAgainTheSame(t, story) })
	}
}

func toldAgainTheSame(t *testing.T, story []string) {
	onEveryDatabase(t, func(t *testing.T, w *world) {
		w.set["NOTIFY_OWNER"], w.set["APPROVAL_CHANNEL"] = "true", "#approvals"
		for _, line := range story {
			if err := w.say(line); err != nil {
				t.Fatalf("%s: %v\n%s", line, err, w.picture())
			}
		}
		hear := func() map[string][]string {
			heard := map[string][]string{"the thread": w.replies(w.cards()[0])}
			for i, line := range heard["the thread"] { // a reminder calls those who can approve, and later nobody can
				heard["the thread"][i] = strings.TrimPrefix(line, "@fay ")
			}
			for _, who := range []string{"ada", "dan"} {
				for _, m := range w.slack.Messages(w.slack.DM(user(who))) {
					heard[who] = append(heard[who], strings.Split(m.Plain(), "\n")...)
				}
				heard[who] = slices.DeleteFunc(heard[who], func(line string) bool {
					return slices.ContainsFunc(onlyOnce, func(begin string) bool { return strings.HasPrefix(line, begin) })
				})
			}
			return heard
		}
		once := hear()
		if err := w.stop(); err != nil {
			t.Fatal(err)
		}
		w.pass(5 * time.Hour)
		var now any = w.clock.now()
		if strings.HasPrefix(w.ledger, "sqlite:") {
			now = w.clock.now().UnixMicro()
		}
		if _, err := w.sql().ExecContext(w.ctx, `UPDATE queue SET cursor = 0, due_at = $1 WHERE kind <> 'step'`, now); err != nil {
			t.Fatal(err)
		}
		if err := w.start(); err != nil {
			t.Fatal(err)
		}
		if err := w.await(func() error {
			if n := len(w.replies(w.cards()[0])); n < 2*len(once["the thread"]) {
				return fmt.Errorf("%d replies", n)
			}
			return w.busy(0)
		}); err != nil {
			t.Fatalf("%v\n%s", err, w.picture())
		}
		for who, again := range hear() {
			if len(once[who]) == 0 {
				t.Errorf("%s heard nothing", who)
			}
			if diff := cmp.Diff(slices.Repeat(once[who], 2), again); diff != "" {
				t.Errorf("%s, told again:\n%s", who, diff)
			}
		}
	})
}
