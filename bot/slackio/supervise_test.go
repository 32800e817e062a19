package slackio

import (
	"errors"
	"testing"
	"time"

	"cloudpc-bot/bot/causes"
	"cloudpc-bot/bot/slackfake"
	"cloudpc-bot/bot/words"
)

func TestLostSocketsComeBack(t *testing.T) {
	t.Parallel()
	w := open(t, slackfake.Config{})
	w.receive(handler{ask: says("I have it.")})
	w.DropSockets()
	w.await("sockets", func() bool { return w.Sockets() == 2 })
	for range 2 {
		w.acked(w.Type("U0ADA", "C0OPS", "help"))
	}
	w.DropAfterEnvelope()
	w.Type("U0ADA", "C0OPS", "help")
	w.await("sockets", func() bool { return w.Sockets() == 2 && len(w.called("apps.connections.open")) == 5 })
}

func TestMissingSocketsAreAskedForWithPauses(t *testing.T) {
	for name, spoil := range map[string]func(w *world){
		"refused":          func(w *world) { w.RefuseSockets(true) },
		"dropped at hello": func(w *world) { w.DropAfterHello(1000) },
		"no address":       func(w *world) { w.Fail("apps.connections.open", slackfake.Fault{Status: 500}) },
		"asked to wait 0":  func(w *world) { w.Fail("apps.connections.open", slackfake.Fault{RetryAfterText: "0"}) },
		"asked to wait -1": func(w *world) { w.Fail("apps.connections.open", slackfake.Fault{RetryAfterText: "-1"}) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := open(t, slackfake.Config{})
			spoil(w)
			tries := make(chan time.Time, 100)
			w.OnCall(func(_ slackfake.Call, phase string) {
				if phase == slackfake.Arrived {
					tries <- time.Now()
				}
			})
			stop := w.start(handler{})
			first := wait(t, "a try", tries)
			for range 2 {
				wait(t, "a try", tries)
			}
			if took := wait(t, "the fourth try", tries).Sub(first); took < 1500*time.Millisecond {
				t.Errorf("four tries in %v", took)
			}
			w.Heal()
			w.RefuseSockets(false)
			w.DropAfterHello(0)
			w.await("sockets", func() bool { return w.Sockets() == 2 })
			if err := stop(); err != nil {
				t.Errorf("Receive: %v", err)
			}
		})
	}
}

func TestRetryAfterIsKeptWhenASocketIsAskedFor(t *testing.T) {
	t.Parallel()
	w := open(t, slackfake.Config{})
	w.Fail("apps.connections.open", slackfake.Fault{RetryAfter: time.Hour})
	stop := w.start(handler{})
	w.logs.await(t, "pause=5m0s", 1) // the other one may have been on its way, or not
	if err := stop(); err != nil {
		t.Errorf("Receive: %v", err)
	}
}

func TestSlackWantsNoSocketOfOurs(t *testing.T) {
	for _, reason := range []string{"link_disabled", "too_many_websockets"} {
		t.Run(reason, func(t *testing.T) {
			t.Parallel()
			w := open(t, slackfake.Config{})
			stop := w.receive(handler{})
			w.Workspace.Disconnect(reason)
			w.logs.await(t, `msg="the bot did not replace a socket at once" service_reason=`+reason, 2)
			if err := stop(); err != nil { // in the middle of the pause
				t.Errorf("Receive: %v", err)
			}
			if n := len(w.called("apps.connections.open")); n != 2 {
				t.Errorf("%d sockets were asked for", n)
			}
		})
	}
}

func TestPausesGrowAndEnd(t *testing.T) {
	between := func(what string, got, least, most time.Duration) {
		t.Helper()
		if got < least || got > most {
			t.Errorf("%s: %v, want %v to %v", what, got, least, most)
		}
	}
	var n trouble
	between("the first short socket", n.ended("", time.Second), 0, 0)
	between("the second", n.ended("", time.Second), 750*time.Millisecond, 1250*time.Millisecond)
	between("the third", n.ended("", time.Second), 1500*time.Millisecond, 2500*time.Millisecond)
	between("one not opened", n.failed(), 6*time.Second, 10*time.Second)
	for range 100 {
		n.failed()
	}
	between("the hundredth", n.failed(), 45*time.Second, 75*time.Second)
	between("after a long one", n.ended("warning", time.Hour), 0, 0)
	between("and a short one again", n.ended("", time.Second), 0, 0)
	between("one that ends for a reason nobody knows", n.ended("something_new", time.Second), 750*time.Millisecond, 1250*time.Millisecond)
	for _, reason := range []string{"refresh_requested", "warning", itsTime} {
		between(reason, n.ended(reason, time.Second), 0, 0)
	}
	for _, reason := range []string{"link_disabled", "too_many_websockets"} {
		between(reason, n.ended(reason, time.Hour), 90*time.Second, 150*time.Second)
	}
}

func TestTokenRejectedForGoodEndsReceive(t *testing.T) {
	for _, code := range []string{"not_authed", "invalid_auth", "account_inactive", "token_revoked", "token_expired",
		"not_allowed_token_type", "no_permission", "missing_scope", "user_removed_from_team", "team_disabled", "forbidden_team"} {
		t.Run(code, func(t *testing.T) {
			t.Parallel()
			w := open(t, slackfake.Config{})
			w.Fail("apps.connections.open", slackfake.Fault{Error: code})
			ended := make(chan error, 1)
			go func() { ended <- w.Receive(t.Context(), handler{}) }()
			var gone *TokenError
			if err := wait(t, "the end", ended); !errors.As(err, &gone) || *gone != (TokenError{"SLACK_APP_TOKEN", code}) {
				t.Errorf("Receive: %v", err)
			}
		})
	}
}

func TestTokenOfTheWrongKindIsNamed(t *testing.T) {
	t.Parallel()
	w := open(t, slackfake.Config{}, func(c *Config) { c.AppToken = c.BotToken })
	err := w.Receive(t.Context(), handler{})
	want := "slack: SLACK_APP_TOKEN is rejected (not_allowed_token_type); it is the wrong kind of token: SLACK_APP_TOKEN is xapp-…, SLACK_BOT_TOKEN is xoxb-…"
	if err == nil || err.Error() != want {
		t.Errorf("Receive: %v", err)
	}
}

func TestRevokedTokenEndsReceive(t *testing.T) {
	t.Parallel()
	w := open(t, slackfake.Config{})
	stop := w.start(handler{})
	w.await("sockets", func() bool { return w.Sockets() == 2 })
	w.RevokeToken(w.Workspace.BotToken(), "token_revoked")
	if _, err := w.Post(t.Context(), "C0OPS", cards["pending"], words.Mentions{}); err == nil || errors.As(err, new(*causes.RefusedError)) {
		t.Errorf("a card is refused for good over the token: %v", err)
	}
	w.await("sockets closed", func() bool { return w.Sockets() == 0 }) // of its own accord
	var gone *TokenError
	if err := stop(); !errors.As(err, &gone) || *gone != (TokenError{"SLACK_BOT_TOKEN", "token_revoked"}) {
		t.Errorf("Receive: %v", err)
	}
}
