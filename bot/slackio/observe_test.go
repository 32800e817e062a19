package slackio

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"cloudpc-bot/bot/intake"
	"cloudpc-bot/bot/ledger"
	"cloudpc-bot/bot/slackfake"
	"cloudpc-bot/bot/words"
)

// recorder is an observer that keeps what it is told.
type recorder struct {
	mu   sync.Mutex
	told []string
}

func (r *recorder) tell(format string, args ...any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.told = append(r.told, fmt.Sprintf(format, args...))
}

func (r *recorder) CalledSlack(method string, status int, ok bool) {
	r.tell("called %s %d %v", method, status, ok)
}
func (r *recorder) Cooldown(service string, until time.Time) {
	r.tell("cooldown %s %v", service, time.Until(until).Round(time.Minute))
}
func (r *recorder) Acknowledged(envelope string, took time.Duration, written bool) {
	r.tell("acknowledged %s %v %v", envelope, took > 0 && took < time.Minute, written)
}
func (r *recorder) Reconnected(reason string) { r.tell("reconnected %s", reason) }

// since returns what was told since the last call, without the repeated calls of apps.connections.open.
func (r *recorder) since() (told []string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, line := range r.told {
		if !strings.Contains(line, opening) {
			told = append(told, line)
		}
	}
	r.told = nil
	return told
}

// A call is told of by its method and by what came of it, and nothing else of it: no address and no error.
func TestEveryCallOfSlackIsObserved(t *testing.T) {
	t.Parallel()
	var seen recorder
	w := open(t, slackfake.Config{}, func(c *Config) { c.Observer = &seen })
	if got := seen.since(); !slices.Equal(got, []string{"called auth.test 200 true"}) {
		t.Errorf("at the start: %q", got)
	}
	post := func() { _ = w.Reply(w.within(), ledger.Thread{Channel: "C0OPS", TS: "1.1"}, "so", words.Mentions{}) }
	for name, row := range map[string]struct {
		fault slackfake.Fault
		want  []string
	}{
		"refused":   {slackfake.Fault{Error: "invalid_arguments"}, []string{"called chat.postMessage 200 false"}},
		"dropped":   {slackfake.Fault{Drop: true}, []string{"called chat.postMessage 0 false"}},
		"an outage": {slackfake.Fault{Status: 503}, []string{"called chat.postMessage 503 true"}},
	} {
		w.Fail("chat.postMessage", row.fault)
		post()
		w.Heal()
		if got := seen.since(); !slices.Equal(got, row.want) {
			t.Errorf("%s: %q, want %q", name, got, row.want)
		}
	}
	w.Fail("chat.postMessage", slackfake.Fault{RetryAfter: 4 * time.Minute, Times: 1})
	post()
	post() // is not sent
	if got, want := seen.since(), []string{"called chat.postMessage 429 true", "cooldown slack 4m0s"}; !slices.Equal(got, want) {
		t.Errorf("throttled: %q, want %q", got, want)
	}
}

func TestAcknowledgementsAndSocketsAreObserved(t *testing.T) {
	t.Parallel()
	var seen recorder
	w := open(t, slackfake.Config{}, func(c *Config) { c.Observer = &seen })
	stop := w.receive(handler{
		ask:   func(intake.Ask) intake.Response { return intake.Response{} },
		click: func(intake.Click) intake.Response { return intake.Response{Unacked: true} },
	})
	for began, open, app := time.Now(), 0, 0; open != 2 || app == 0; open, app = w.OpenSockets() { // once one has got its hello
		if time.Since(began) > patience {
			t.Fatalf("%d sockets, and %d of the app", open, app)
		}
		time.Sleep(time.Millisecond)
	}
	m := w.posted(words.PressDeny)
	seen.since()
	w.acked(w.Type("U0ADA", "C0OPS", "help"))
	var got []string
	w.awaitTold(&seen, &got, "acknowledged slash_commands true true")
	w.Press("U0ADA", m, "deny")
	w.awaitTold(&seen, &got, "acknowledged interactive true false")
	w.DropSockets()
	w.awaitTold(&seen, &got, "reconnected dropped")
	_ = stop()
	for _, line := range append(got, seen.since()...) {
		if strings.Contains(line, "help") || strings.Contains(line, "U0ADA") || strings.Contains(line, "/hooks/") {
			t.Errorf("told %q", line)
		}
	}
}

// awaitTold waits until the observer was told a line.
func (w *world) awaitTold(r *recorder, got *[]string, line string) {
	w.t.Helper()
	for began := time.Now(); !slices.Contains(*got, line); time.Sleep(5 * time.Millisecond) {
		if *got = append(*got, r.since()...); time.Since(began) > patience {
			w.t.Fatalf("not told %q: %q", line, *got)
		}
	}
}
