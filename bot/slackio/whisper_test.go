package slackio

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"cloudpc-bot/bot/causes"
	"cloudpc-bot/bot/intake"
	"cloudpc-bot/bot/slackfake"
	"cloudpc-bot/bot/words"
)

func TestClickIsAnsweredBehindItsAcknowledgement(t *testing.T) {
	t.Parallel()
	w := open(t, slackfake.Config{})
	stop := w.receive(handler{click: func(intake.Click) intake.Response { return intake.Response{Line: "Ben was first."} }})
	m := w.posted(words.PressApprove)
	arrived, release := w.hold("response_url")

	g := w.Press("U0ADA", m, "approve")
	wait(t, "the whisper", arrived)
	w.acked(g) // while the whisper hangs
	ended := make(chan error, 1)
	go func() { ended <- stop() }()
	w.await("sockets closed", func() bool { return w.Sockets() == 0 })
	release()
	if err := wait(t, "the end", ended); err != nil {
		t.Errorf("Receive: %v", err)
	}
	if diff := cmp.Diff([]string{"response_url"}, w.sources("U0ADA")); diff != "" {
		t.Errorf("whispers (-want +got):\n%s", diff)
	}
	c := w.called("response_url")[0]
	if c.Args["replace_original"] != "false" || c.Args["response_type"] != "ephemeral" {
		t.Errorf("sent %v", c.Args)
	}
	if now := w.Messages("C0OPS")[0]; now.Updated != 0 || len(now.Buttons()) != 1 {
		t.Errorf("the card was touched:\n%s", now.Plain())
	}
}

func TestStoppingWaitsForWhatIsBeingWhispered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := &Client{Config: Config{Connections: 2, Log: newLogs().logger()}, fatal: make(chan error, 1)}
		whispered, ended := make(chan struct{}), false
		c.after.Go(func() { <-whispered })
		ctx, stop := context.WithCancel(t.Context())
		stop()
		go func() { _ = c.Receive(ctx, handler{}); ended = true }()
		synctest.Wait()
		if ended {
			t.Error("Receive did not wait")
		}
		close(whispered)
		synctest.Wait()
		if !ended {
			t.Error("Receive did not end")
		}
	})
}

func TestWhisperFindsAnotherWay(t *testing.T) {
	for name, row := range map[string]struct {
		spoil   func(w *world)
		sources []string
		direct  bool
	}{
		"response_url":  {func(*world) {}, []string{"response_url"}, false},
		"expired":       {func(w *world) { w.clock.pass(31 * time.Minute) }, []string{"postEphemeral"}, false},
		"dropped":       {func(w *world) { w.Fail("response_url", slackfake.Fault{Drop: true}) }, []string{"postEphemeral"}, false},
		"garbage":       {func(w *world) { w.Fail("response_url", slackfake.Fault{Garbage: true}) }, []string{"postEphemeral"}, false},
		"expired, away": {func(w *world) { w.clock.pass(31 * time.Minute); w.evict() }, nil, true},
		"dropped, away": {func(w *world) { w.Fail("response_url", slackfake.Fault{Status: 500}); w.evict() }, nil, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := open(t, slackfake.Config{})
			w.receive(handler{click: func(intake.Click) intake.Response {
				row.spoil(w)
				return intake.Response{Line: "Ben was first."}
			}})
			w.acked(w.Press("U0ADA", w.posted(words.PressApprove), "approve"))
			w.await("the whisper", func() bool { return len(w.Sees("U0ADA")) > 0 })
			if diff := cmp.Diff(row.sources, w.sources("U0ADA")); diff != "" {
				t.Errorf("sources (-want +got):\n%s", diff)
			}
			if direct := len(w.Messages(w.DM("U0ADA"))) == 1; direct != row.direct {
				t.Errorf("by direct message: %v, want %v", direct, row.direct)
			}
			if diff := cmp.Diff([]string{"Ben was first."}, w.Sees("U0ADA")); diff != "" {
				t.Errorf("sees (-want +got):\n%s", diff)
			}
		})
	}
}

// evict takes the bot out of #ops.
func (w *world) evict() { w.SetChannel("C0OPS", func(c *slackfake.Channel) { c.BotIn = false }) }

func TestResponseURLIsUsedWithinItsBudget(t *testing.T) {
	t.Parallel()
	clock := &clock{at: time.Now()}
	w := open(t, slackfake.Config{}, func(c *Config) { c.Now = clock.now })
	w.receive(handler{})
	whisper := func() {
		t.Helper()
		if err := w.Whisper(w.within(), "C0OPS", ada, "psst"); err != nil {
			t.Error(err)
		}
	}
	w.acked(w.Type("U0ADA", "C0OPS", "help"))
	for range 6 {
		whisper()
	}
	w.acked(w.Type("U0ADA", "C0OPS", "help"))
	clock.pass(30 * time.Minute)
	whisper()
	url, eph := "response_url", "postEphemeral"
	if diff := cmp.Diff([]string{url, url, url, url, url, eph, eph}, w.sources("U0ADA")); diff != "" {
		t.Errorf("sources (-want +got):\n%s", diff)
	}
	if n := len(w.called("response_url")); n != 5 {
		t.Errorf("response_url was called %d times", n)
	}
}

func TestWhisperBelongsToOnePersonInOneChannel(t *testing.T) {
	t.Parallel()
	w := open(t, slackfake.Config{})
	w.receive(handler{})
	w.acked(w.Type("U0ADA", "C0OPS", "help"))
	if err := w.Whisper(w.within(), "C0OPS", ben, "psst"); err != nil {
		t.Error(err)
	}
	if err := w.Whisper(w.within(), "C0LOBBY", ada, "psst"); err != nil {
		t.Error(err)
	}
	if n := len(w.called("response_url")); n != 0 {
		t.Errorf("somebody else's response_url was used %d times", n)
	}
	if diff := cmp.Diff([]string{"postEphemeral"}, w.sources("U0BEN")); diff != "" {
		t.Errorf("ben's (-want +got):\n%s", diff)
	}
	if n := len(w.Messages(w.DM("U0ADA"))); n != 1 {
		t.Errorf("ada has %d direct messages", n)
	}
}

func TestWhisperThatWouldPassIsNotForced(t *testing.T) {
	t.Parallel()
	w := open(t, slackfake.Config{})
	w.Fail("chat.postEphemeral", slackfake.Fault{RetryAfter: 7 * time.Second})
	err := w.Whisper(t.Context(), "C0OPS", ada, "psst")
	var slow *causes.ThrottledError
	if !errors.As(err, &slow) || slow.After != 7*time.Second {
		t.Errorf("got %v", err)
	}
	if n := len(w.called("conversations.open")); n != 0 {
		t.Errorf("went on to a direct message")
	}
}

func TestFormIsOpenedAndBroughtBack(t *testing.T) {
	t.Parallel()
	w := open(t, slackfake.Config{})
	forms := make(chan intake.Form, 1)
	w.receive(handler{
		click: func(c intake.Click) intake.Response {
			return intake.Response{Form: &intake.Form{Request: "R-7K3F", Machine: "CPC-reception-desk"}, Line: "Denied."}
		},
		submit: func(f intake.Form) intake.Response { forms <- f; return intake.Response{Line: "Thank you."} },
	})
	m := w.posted(words.PressDeny)
	for _, reason := range []string{"too many\nthis week", ""} {
		w.acked(w.Press("U0BEN", m, "deny"))
		w.await("the form", func() bool { return len(w.Views("U0BEN")) == 1 })
		v := w.Views("U0BEN")[0]
		if !strings.Contains(v.Plain(), "Denied: CPC-reception-desk") || v.CallbackID != "deny-reason" || v.Private != "R-7K3F" {
			t.Errorf("the form is %s %s:\n%s", v.CallbackID, v.Private, v.Plain())
		}
		g := w.Submit("U0BEN", v.ID, map[string]map[string]any{"reason": {"reason": reason}})
		if ack := w.acked(g); ack.Payload != nil {
			t.Errorf("payload is %s", ack.Payload)
		}
		want := intake.Form{Request: "R-7K3F", By: ben, Reason: reason}
		if diff := cmp.Diff(want, wait(t, "the form", forms)); diff != "" {
			t.Errorf("form (-want +got):\n%s", diff)
		}
		if n := len(w.Views("U0BEN")); n != 0 {
			t.Errorf("%d forms are still open", n)
		}
	}
	w.await("thanks by direct message", func() bool { return len(w.Messages(w.DM("U0BEN"))) == 2 })
	w.await("whispers", func() bool { return len(w.sources("U0BEN")) == 2 })
}

// TestMachineIsConfirmedByItsName opens the form, keeps it open over a name that is not the machine's, and brings
// back what was typed.
func TestMachineIsConfirmedByItsName(t *testing.T) {
	t.Parallel()
	w := open(t, slackfake.Config{})
	sent := make(chan intake.Confirmation, 1)
	w.receive(handler{
		click: func(intake.Click) intake.Response {
			return intake.Response{Confirm: &intake.ConfirmForm{Request: "R-7K3F", Index: 12, Machine: "CPC-reception-desk", WantReason: true}}
		},
		confirm: func(c intake.Confirmation) intake.Response {
			sent <- c
			if c.Name != "CPC-reception-desk" {
				return intake.Response{Errors: map[intake.Field]words.Line{intake.FieldName: words.NotItsName("CPC-reception-desk")}}
			}
			return intake.Response{}
		},
	})
	w.acked(w.Press("U0BEN", w.posted(words.PressPick), "pick"))
	w.await("the form", func() bool { return len(w.Views("U0BEN")) == 1 })
	v := w.Views("U0BEN")[0]
	if !strings.Contains(v.Plain(), "All files and apps on CPC-reception-desk will be erased") || v.CallbackID != "confirm-own" || v.Private != "R-7K3F 12" {
		t.Errorf("the form is %s %s:\n%s", v.CallbackID, v.Private, v.Plain())
	}
	for _, name := range []string{"CPC-other", "CPC-reception-desk"} {
		g := w.Submit("U0BEN", v.ID, map[string]map[string]any{"name": {"name": name}, "reason": {"reason": "slow"}})
		ack := w.acked(g)
		if open := strings.Contains(string(ack.Payload), "This is not the name of the Cloud PC"); open != (name == "CPC-other") {
			t.Errorf("%s: payload is %s", name, ack.Payload)
		}
		want := intake.Confirmation{By: ben, Request: "R-7K3F", Index: 12, Name: name, Reason: "slow"}
		if diff := cmp.Diff(want, wait(t, "the form", sent)); diff != "" {
			t.Errorf("form (-want +got):\n%s", diff)
		}
	}
	w.await("no form", func() bool { return len(w.Views("U0BEN")) == 0 })
}

func TestLateFormIsMissedAndTheWordIsNot(t *testing.T) {
	t.Parallel()
	w := open(t, slackfake.Config{})
	w.receive(handler{click: func(intake.Click) intake.Response {
		w.clock.pass(4 * time.Second)
		return intake.Response{Form: &intake.Form{Request: "R-7K3F", Machine: "CPC-ada"}, Line: "Denied."}
	}})
	w.acked(w.Press("U0BEN", w.posted(words.PressDeny), "deny"))
	w.await("the whisper", func() bool { return len(w.sources("U0BEN")) == 1 })
	w.logs.await(t, "expired_trigger_id", 1)
	if n := len(w.Views("U0BEN")); n != 0 {
		t.Errorf("%d forms are open", n)
	}
}
