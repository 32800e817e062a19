package slackio

import (
	"errors"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"cloudpc-bot/bot/causes"
	"cloudpc-bot/bot/cooldown"
	"cloudpc-bot/bot/judge"
	"cloudpc-bot/bot/slackfake"
	"cloudpc-bot/bot/words"
)

// waits are the answers that ask to wait, and for how long the bot does; 0 = it is an error
// that passes, like any other.
func waits(now time.Time) map[string]wish {
	return map[string]wish{
		"seconds":              {slackfake.Fault{RetryAfterText: "7"}, 7 * time.Second},
		"a fraction":           {slackfake.Fault{RetryAfterText: "1.5"}, 2 * time.Second},
		"a date":               {slackfake.Fault{RetryAfterText: now.Add(90 * time.Second).Format(http.TimeFormat)}, 90 * time.Second},
		"forty minutes":        {slackfake.Fault{RetryAfterText: "2400"}, cooldown.Longest},
		"status 200, 3":        {slackfake.Fault{Error: "ratelimited", Status: 200, RetryAfterText: "3"}, 3 * time.Second},
		"other spelling, 3":    {slackfake.Fault{Error: "rate_limited", Status: 200, RetryAfterText: "3"}, 3 * time.Second},
		"status 200, 0":        {slackfake.Fault{Error: "ratelimited", Status: 200, RetryAfterText: "0"}, 0},
		"status 200, nothing":  {slackfake.Fault{Error: "ratelimited"}, 0},
		"zero":                 {slackfake.Fault{RetryAfterText: "0"}, 0},
		"negative":             {slackfake.Fault{RetryAfterText: "-1"}, 0},
		"seconds since 1970":   {slackfake.Fault{RetryAfterText: "1800000000"}, 0},
		"text":                 {slackfake.Fault{RetryAfterText: "soon"}, 0},
		"a date in the past":   {slackfake.Fault{RetryAfterText: now.Add(-time.Minute).Format(http.TimeFormat)}, 0},
		"no header":            {slackfake.Fault{Status: 429}, 0},
		"another error's, 200": {slackfake.Fault{Error: "internal_error", Status: 200, RetryAfterText: "3"}, 0},
	}
}

type wish struct {
	fault slackfake.Fault
	want  time.Duration
}

func TestARetryAfterIsReadTheSameEverywhere(t *testing.T) {
	now := &clock{at: time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)}
	w := open(t, slackfake.Config{}, func(c *Config) { c.Now = now.now })
	at, err := w.Post(t.Context(), "C0OPS", cards["pending"], words.Mentions{})
	if err != nil {
		t.Fatal(err)
	}
	for method, do := range map[string]func() error{
		"chat.postMessage":      func() error { return w.Reply(t.Context(), at, "so", words.Mentions{}) },
		"chat.update":           func() error { return w.Redraw(t.Context(), at, cards["pending"]) },
		"chat.postEphemeral":    func() error { return w.Whisper(t.Context(), "C0OPS", ben, "psst") },
		"conversations.open":    func() error { return w.Tell(t.Context(), ben, "psst") },
		"users.info":            func() error { _, err := w.Standing(t.Context(), ben, true); return err },
		"conversations.info":    func() error { _, err := w.Place(t.Context(), "C0OPS", true); return err },
		"usergroups.users.list": func() error { _, err := w.Members(t.Context(), "S0NONE", true); return err },
	} {
		for name := range waits(now.now()) {
			row := waits(now.now())[name]
			row.fault.Times = 1
			w.Fail(method, row.fault)
			err := do()
			var slow *causes.ThrottledError
			switch {
			case err == nil, errors.As(err, new(*causes.RefusedError)):
				t.Errorf("%s, %s: %v, want an error that passes", method, name, err)
			case errors.As(err, &slow) != (row.want > 0), slow != nil && slow.After != row.want:
				t.Errorf("%s, %s: %v, want to be asked to wait %v", method, name, err, row.want)
			}
			now.pass(row.want)
			if err := do(); err != nil && !errors.Is(err, judge.ErrNoGroup) {
				t.Errorf("%s, %s: afterwards: %v", method, name, err)
			}
			now.pass(time.Hour)
		}
	}
}

func TestALongRestIsLoggedOnce(t *testing.T) {
	now := &clock{at: time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)}
	w := open(t, slackfake.Config{}, func(c *Config) { c.Now = now.now })
	w.Fail("chat.postMessage", slackfake.Fault{RetryAfter: 40 * time.Minute})
	w.Fail("users.info", slackfake.Fault{RetryAfter: cooldown.Long})
	for _, passed := range []time.Duration{0, 0, cooldown.Longest - time.Second, time.Second} {
		now.pass(passed)
		_ = w.Tell(t.Context(), ben, "psst")
		_, _ = w.Standing(t.Context(), ben, true)
	}
	if n := len(w.called("chat.postMessage")); n != 2 {
		t.Errorf("called %d times, want again after five minutes", n)
	}
	var said []string
	for line := range strings.Lines(w.logs.String()) {
		if strings.Contains(line, "level=WARN") {
			_, line, _ = strings.Cut(strings.TrimSpace(line), " ")
			said = append(said, line)
		}
	}
	want := []string{
		`level=WARN msg="Slack asked the bot to wait" service=Slack method=chat.postMessage until=2026-11-26T12:05:00.000Z`,
		`level=WARN msg="Slack asked the bot to wait" service=Slack method=chat.postMessage until=2026-11-26T12:10:00.000Z`,
	}
	if diff := cmp.Diff(want, said); diff != "" {
		t.Errorf("warnings (-want +got):\n%s", diff)
	}
}

func TestManyThatAreAskedToWaitAreOneWarning(t *testing.T) {
	t.Parallel()
	w := open(t, slackfake.Config{})
	w.Fail("conversations.open", slackfake.Fault{RetryAfter: 40 * time.Minute})
	arrived, release := w.hold("conversations.open")
	var all sync.WaitGroup
	for range 10 {
		all.Go(func() { _ = w.Tell(w.within(), ben, "psst") })
	}
	for range 10 {
		wait(t, "a call", arrived)
	}
	release()
	all.Wait()
	if n := strings.Count(w.logs.String(), "Slack asked the bot to wait"); n != 1 {
		t.Errorf("logged %d times", n)
	}
}

func TestStartingWhileSlackAsksToWaitMayBeTriedAgain(t *testing.T) {
	for name, row := range waits(time.Now()) {
		w := open(t, slackfake.Config{})
		w.Fail("auth.test", row.fault)
		if _, err := Open(t.Context(), w.config()); !errors.Is(err, ErrUnreachable) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestAResponseURLThatAsksForNonsenseIsNotLeftAlone(t *testing.T) {
	t.Parallel()
	w := open(t, slackfake.Config{})
	w.receive(handler{})
	w.acked(w.Type("U0ADA", "C0OPS", "help"))
	w.Fail("response_url", slackfake.Fault{RetryAfterText: "0", Times: 1})
	for range 2 {
		if err := w.Whisper(w.within(), "C0OPS", ada, "psst"); err != nil {
			t.Error(err)
		}
	}
	if diff := cmp.Diff([]string{"postEphemeral", "response_url"}, w.sources("U0ADA")); diff != "" {
		t.Errorf("whispers (-want +got):\n%s", diff)
	}
}
