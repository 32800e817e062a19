package slackfake

import (
	"net/http"
	"strings"
	"testing"
	"time"
)

func TestResponseURLHasFiveUsesInHalfAnHour(t *testing.T) {
	c := newClock()
	w := open(t, Config{Now: c.now})
	online(t, w)
	link := w.Type("U0ADA", "C0OPS", "").ResponseURL
	respondTo(t, link, `{}`).wants(t, "no_text")
	respondTo(t, link, `{"blocks":[{"type":"bogus"}]}`).wants(t, "invalid_blocks")
	for range 5 {
		if res := respondTo(t, link, `{"text":"psst"}`); res.status != http.StatusOK || res.raw != "ok" {
			t.Fatalf("%d %s", res.status, res.raw)
		}
	}
	if res := respondTo(t, link, `{"text":"psst"}`).wants(t, "used_url"); res.status != http.StatusNotFound {
		t.Errorf("the sixth: %d", res.status)
	}
	link = w.Type("U0ADA", "C0OPS", "").ResponseURL
	c.pass(30*time.Minute + time.Second)
	if res := respondTo(t, link, `{"text":"psst"}`).wants(t, "expired_url"); res.status != http.StatusNotFound {
		t.Errorf("late: %d", res.status)
	}
	if res := respondTo(t, link+"0", `{"text":"psst"}`); res.status != http.StatusNotFound {
		t.Errorf("guessed: %d", res.status)
	}
	if n := len(w.Ephemerals("U0ADA")); n != 5 {
		t.Errorf("ada was shown %d", n)
	}
	if last := w.Calls()[len(w.Calls())-1]; last.Method != "response_url" || last.Args["text"] != "psst" || last.Error != "no_service" {
		t.Errorf("logged as %+v", last)
	}
}

func TestResponseURLNeedsNoMembership(t *testing.T) {
	w := open(t, Config{})
	online(t, w)
	for _, channel := range []string{"C0LOBBY", "G0BOARD", "D0TWO"} {
		respondTo(t, w.Type("U0ADA", channel, "").ResponseURL, `{"text":"invite me"}`)
		respondTo(t, w.Type("U0ADA", channel, "").ResponseURL, `{"response_type":"in_channel","text":"hello all"}`)
		if m := w.Messages(channel); len(m) != 1 || m[0].Plain() != "hello all" {
			t.Errorf("%s has %+v", channel, m)
		}
	}
	if got := strings.Join(w.Sees("U0ADA"), ","); got != "invite me,invite me,invite me" {
		t.Errorf("ada sees %s", got)
	}
}

func TestReplaceOriginal(t *testing.T) {
	w := open(t, Config{})
	online(t, w)
	m := card(t, w)
	press := func() string { return w.PressStale("U0BEN", m, "approve").ResponseURL }
	respondTo(t, press(), `{"text":"only for you"}`).wants(t, "")
	if w.Messages("C0OPS")[0].Updated != 0 || len(w.Ephemerals("U0BEN")) != 1 {
		t.Error("without replace_original it is a new message for the one who pressed")
	}
	respondTo(t, press(), `{"replace_original":true,"response_type":"ephemeral","text":"Approved"}`).wants(t, "")
	now := w.Messages("C0OPS")[0]
	if now.Plain() != "Approved" || now.Updated != 1 || now.Ephemeral {
		t.Errorf("%+v", now)
	}
	respondTo(t, press(), `{"delete_original":true}`).wants(t, "")
	if !w.Messages("C0OPS")[0].Deleted {
		t.Error("it is still there")
	}
}

func TestReplaceAnEphemeral(t *testing.T) {
	w := open(t, Config{})
	online(t, w)
	respondTo(t, w.Type("U0ADA", "G0BOARD", "").ResponseURL, `{"text":"pick","blocks":`+buttons+`}`)
	e := w.Ephemerals("U0ADA")[0]
	g := w.Press("U0ADA", e.Message, "approve")
	respondTo(t, g.ResponseURL, `{"replace_original":true,"text":"picked"}`).wants(t, "")
	if now := w.Ephemerals("U0ADA"); len(now) != 1 || now[0].Plain() != "picked" || !now[0].Ephemeral {
		t.Errorf("%+v", now)
	}
	if sees := w.Sees("U0ADA"); len(sees) != 2 || sees[1] != "picked" {
		t.Errorf("ada sees %q", sees)
	}
}

func TestACommandHasNoOriginal(t *testing.T) {
	w := open(t, Config{})
	online(t, w)
	link := w.Type("U0ADA", "C0OPS", "").ResponseURL
	respondTo(t, link, `{"text":"one"}`)
	respondTo(t, link, `{"text":"two","replace_original":true}`)
	respondTo(t, link, `{"delete_original":true}`).wants(t, "message_not_found")
	if got := len(w.Ephemerals("U0ADA")); got != 2 {
		t.Errorf("ada was shown %d messages", got)
	}
}
