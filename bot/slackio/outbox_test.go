package slackio

import (
	"context"
	"errors"
	"testing"
	"time"

	"cloudpc-bot/auth"
	"cloudpc-bot/bot/causes"
	"cloudpc-bot/bot/ledger"
	"cloudpc-bot/bot/slackfake"
	"cloudpc-bot/bot/words"
)

func TestErrorsSayWhetherToTryAgain(t *testing.T) {
	now := &clock{at: time.Now()}
	w := open(t, slackfake.Config{}, func(c *Config) { c.Now = now.now })
	at, err := w.Post(t.Context(), "C0OPS", cards["pending"], words.Mentions{})
	if err != nil {
		t.Fatal(err)
	}
	ops := map[string]func() error{
		"chat.postMessage":   func() error { _, err := w.Post(t.Context(), "C0OPS", cards["pending"], words.Mentions{}); return err },
		"chat.update":        func() error { return w.Redraw(t.Context(), at, cards["pending"]) },
		"chat.postEphemeral": func() error { return w.Whisper(t.Context(), "C0OPS", ada, "psst") },
		"conversations.open": func() error { return w.Tell(t.Context(), ada, "psst") },
	}
	for name, row := range map[string]struct {
		fault slackfake.Fault
		kind  string
	}{
		"asked to wait":     {slackfake.Fault{RetryAfter: 7 * time.Second}, "throttled"},
		"archived":          {slackfake.Fault{Error: "is_archived"}, "refused"},
		"odd blocks":        {slackfake.Fault{Error: "invalid_blocks"}, "refused"},
		"lacks a scope":     {slackfake.Fault{Error: "missing_scope"}, "refused"},
		"ratelimited, 200":  {slackfake.Fault{Error: "ratelimited"}, "passing"},
		"internal error":    {slackfake.Fault{Error: "internal_error"}, "passing"},
		"moves to a Grid":   {slackfake.Fault{Error: "org_login_required"}, "passing"},
		"channel migrates":  {slackfake.Fault{Error: "external_channel_migrating"}, "passing"},
		"list of addresses": {slackfake.Fault{Error: "accesslimited"}, "refused"},
		"500":               {slackfake.Fault{Status: 500}, "passing"},
		"429 without after": {slackfake.Fault{Status: 429}, "passing"},
		"dropped":           {slackfake.Fault{Drop: true}, "passing"},
		"answer lost":       {slackfake.Fault{DropAfter: true}, "passing"},
		"garbage":           {slackfake.Fault{Garbage: true}, "passing"},
	} {
		for op, do := range ops {
			if op == "chat.postEphemeral" && row.kind == "refused" {
				continue // falls back to a direct message
			}
			w.Fail(op, row.fault)
			err := do()
			w.Heal()
			now.pass(time.Minute) // what one fault asks for is not the next one's
			var no *causes.RefusedError
			var slow *causes.ThrottledError
			kind := "passing"
			switch {
			case err == nil:
				kind = "none"
			case errors.As(err, &no):
				kind = "refused"
				if no.Op != op || no.Code != row.fault.Error {
					t.Errorf("%s: %s: refused as %+v", op, name, no)
				}
			case errors.As(err, &slow):
				kind = "throttled"
				if slow.After != row.fault.RetryAfter {
					t.Errorf("%s: %s: after %v", op, name, slow.After)
				}
			}
			if kind != row.kind {
				t.Errorf("%s: %s: %s (%v), want %s", op, name, kind, err, row.kind)
			}
		}
	}
}

func TestReplyStandsInTheThread(t *testing.T) {
	w := open(t, slackfake.Config{})
	at, err := w.Post(t.Context(), "C0OPS", cards["pending"], words.Mentions{})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Reply(t.Context(), at, "Ben approved. See #general and https://example.com.", words.Mentions{}); err != nil {
		t.Fatal(err)
	}
	thread := w.Thread("C0OPS", at.TS)
	if len(thread) != 1 || thread[0].Text != "Ben approved. See #general and https://example.com." {
		t.Fatalf("the thread is %+v", thread)
	}
	c := w.called("chat.postMessage")[1]
	if c.Args["unfurl_links"] != "false" || c.Args["unfurl_media"] != "false" || c.Args["link_names"] == "1" {
		t.Errorf("sent without manners: %v", c.Args)
	}
}

func TestTellOpensTheDirectMessages(t *testing.T) {
	w := open(t, slackfake.Config{})
	if err := w.Tell(t.Context(), ada, "Your machine is ready."); err != nil {
		t.Fatal(err)
	}
	if m := w.Messages(w.DM("U0ADA")); len(m) != 1 || m[0].Text != "Your machine is ready." {
		t.Errorf("direct messages are %+v", m)
	}
	var no *causes.RefusedError
	if err := w.Tell(t.Context(), auth.Person{Org: "T0HOME", ID: "U0NOBODY"}, "?"); !errors.As(err, &no) || no.Code != "user_not_found" {
		t.Errorf("nobody was told: %v", err)
	}
}

func TestAMessageThatCannotBeChangedStandsAsItIs(t *testing.T) {
	w := open(t, slackfake.Config{})
	m := w.posted(words.PressApprove)
	for code, gone := range map[string]bool{
		"edit_window_closed": false, "cant_update_message": false, "message_not_found": true, "invalid_blocks": false,
	} {
		w.Fail("chat.update", slackfake.Fault{Error: code, Times: 1})
		err := w.Redraw(t.Context(), ledger.Thread{Channel: m.Channel, TS: m.TS}, cards["succeeded"])
		var no *causes.RefusedError
		if !errors.As(err, &no) || no.Gone() != gone {
			t.Errorf("%s: %v", code, err)
		}
	}
	if now := w.Messages(m.Channel)[0]; now.Updated != 0 || string(now.Blocks) != string(m.Blocks) {
		t.Errorf("it is\n%s", now.Plain())
	}
}

func TestPaceIsKeptByChannel(t *testing.T) {
	w := open(t, slackfake.Config{}, func(c *Config) { c.Pace = time.Hour })
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	at, err := w.Post(ctx, "C0OPS", cards["pending"], words.Mentions{})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Tell(ctx, ada, "another channel"); err != nil {
		t.Errorf("another channel waits: %v", err)
	}
	if err := w.Redraw(ctx, at, cards["succeeded"]); err != nil {
		t.Errorf("a redraw waits: %v", err)
	}
	var slow *causes.ThrottledError
	if err := w.Reply(ctx, at, "too soon", words.Mentions{}); !errors.As(err, &slow) || slow.After < 59*time.Minute || len(w.Thread("C0OPS", at.TS)) != 0 {
		t.Errorf("the second post into a channel did not wait: %v", err)
	}
}

func TestPaceLetsTheNextPostThrough(t *testing.T) {
	t.Parallel()
	const pace = 100 * time.Millisecond
	w := open(t, slackfake.Config{}, func(c *Config) { c.Pace = pace })
	began := time.Now()
	for range 3 {
		if _, err := w.Post(t.Context(), "C0OPS", cards["resolving"], words.Mentions{}); err != nil {
			t.Fatal(err)
		}
	}
	if took := time.Since(began); took < 2*pace {
		t.Errorf("three posts took %v", took)
	}
}

func TestLinkLeadsToTheCard(t *testing.T) {
	w := open(t, slackfake.Config{})
	if got, want := w.Link(ledger.Thread{Channel: "C0OPS", TS: "1800000000.000100"}), "https://home.slack.com/archives/C0OPS/p1800000000000100"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
