package bot_test

import (
	"fmt"
	"testing"
	"time"

	"cloudpc-bot/bot/ledger"
	"cloudpc-bot/bot/ledger/ledgertest"
)

// TestWordsAreErasedWhenTheyAreOld has two bots keep words for ten hours: those of a request that has ended go, once,
// and those of one that waits stay.
func TestWordsAreErasedWhenTheyAreOld(t *testing.T) {
	onEveryDatabase(t, func(t *testing.T, w *world) {
		w.set["APPROVALS"], w.set["APPROVAL_TTL"], w.set["RETAIN"] = "1", "1000h", "10h"
		for range 2 {
			if err := w.start(); err != nil {
				t.Fatal(err)
			}
		}
		for _, line := range []string{
			`ada types /reprovision CPC-ada reason="the kitten sat on it"`, "card CPC-ada", "ben presses Deny", "card Denied", `ada types /reprovision CPC-bob reason="it drowned"`,
		} {
			if err := w.say(line); err != nil {
				t.Fatalf("%s: %v\n%s", line, err, w.picture())
			}
		}
		eyes := w.open()
		w.reach(eyes, ledger.Pending, 1)
		w.settled() // or a claim runs out as the hours pass, and two bots erase at once
		look := func(hours int, words string, want bool) {
			t.Helper()
			if err := w.await(func() error {
				if left := ledgertest.Left(t, w.sql(), words); (len(left) > 0) != want {
					return fmt.Errorf("after %d hours it has %q", hours, left)
				}
				return nil
			}); err != nil {
				t.Fatalf("%v\n%s", err, w.picture())
			}
		}
		look(0, "kitten", true)
		w.pass(11 * time.Hour)
		look(11, "kitten", false)
		look(11, "drowned", true)
		for _, r := range w.all(eyes) {
			if redacted := !r.Redacted.IsZero(); redacted != r.State.Ended() || !redacted && r.Target.Name != "CPC-bob" {
				t.Errorf("%s: redacted %v, %+v", r.State, redacted, r.Target)
			}
		}
		if _, err := eyes.Verify(w.ctx); err != nil {
			t.Error(err)
		}
		if next, err := eyes.Next(w.ctx, ""); err != nil || !next.After(eyes.Now()) {
			t.Errorf("something is due that nobody does: %v, %v", next, err)
		}
		w.logged("the ledger erased the words of requests that ended long ago", 1)
	})
}

// TestABotWithoutRetainLeavesWordsAlone meets the job that another bot has made, and puts it off.
func TestABotWithoutRetainLeavesWordsAlone(t *testing.T) {
	onEveryDatabase(t, func(t *testing.T, w *world) {
		if err := w.say("ada types /reprovision CPC-nobody"); err != nil {
			t.Fatal(err)
		}
		eyes := w.open()
		w.reach(eyes, ledger.Refused, 1)
		if err := eyes.Schedule(w.ctx, ledger.JobRetain, "ledger", eyes.Now()); err != nil {
			t.Fatal(err)
		}
		if err := w.await(func() error {
			if next, err := eyes.Next(w.ctx, ""); err != nil || next.Before(eyes.Now().Add(30*time.Minute)) {
				return fmt.Errorf("next is at %v, %w", next, err)
			}
			return nil
		}); err != nil {
			t.Errorf("%v\n%s", err, w.picture())
		}
		if left := ledgertest.Left(t, w.sql(), "CPC-nobody"); len(left) == 0 {
			t.Error("words were erased")
		}
	})
}
