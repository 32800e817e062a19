package slackio

import (
	"errors"
	"sync"
	"testing"
	"time"

	"cloudpc-bot/bot/causes"
	"cloudpc-bot/bot/ledger"
	"cloudpc-bot/bot/slackfake"
	"cloudpc-bot/bot/words"
)

func TestMethodThatAskedForRestIsNotCalledUntilThen(t *testing.T) {
	t.Parallel()
	at := ledger.Thread{}
	for method, do := range map[string]func(w *world) error{
		"chat.postMessage": func(w *world) error { return w.Reply(w.within(), at, "so", words.Mentions{}) },
		"chat.update":      func(w *world) error { return w.Redraw(w.within(), at, cards["pending"]) },
		"chat.postEphemeral": func(w *world) error {
			return w.Whisper(w.within(), "C0OPS", ben, "psst")
		},
		"conversations.open": func(w *world) error { return w.Tell(w.within(), ben, "psst") },
	} {
		now := &clock{at: time.Now()}
		w := open(t, slackfake.Config{}, func(c *Config) { c.Now = now.now })
		var err error
		if at, err = w.Post(w.within(), "C0OPS", cards["pending"], words.Mentions{}); err != nil {
			t.Fatal(err)
		}
		before := len(w.called(method))
		w.Fail(method, slackfake.Fault{RetryAfter: 30 * time.Second, Times: 1})
		for _, passed := range []time.Duration{0, 0, 29 * time.Second} {
			now.pass(passed)
			var slow *causes.ThrottledError
			if err := do(w); !errors.As(err, &slow) || slow.After != 30*time.Second-passed {
				t.Errorf("%s: %v", method, err)
			}
			if n := len(w.called(method)) - before; n != 1 {
				t.Errorf("%s was called %d times", method, n)
			}
		}
		now.pass(2 * time.Second)
		if err := do(w); err != nil || len(w.called(method)) != before+2 {
			t.Errorf("%s afterwards: %v", method, err)
		}
	}
}

func TestThrottledResponseURLLeavesOtherWays(t *testing.T) {
	t.Parallel()
	w := open(t, slackfake.Config{})
	w.receive(handler{})
	w.acked(w.Type("U0ADA", "C0OPS", "help"))
	w.Fail("response_url", slackfake.Fault{RetryAfter: time.Hour, Times: 1})
	for range 3 {
		if err := w.Whisper(w.within(), "C0OPS", ada, "psst"); err != nil {
			t.Error(err)
		}
	}
	if n := len(w.called("response_url")); n != 1 {
		t.Errorf("response_url was called %d times", n)
	}
	if n := len(w.called("chat.postEphemeral")); n != 3 {
		t.Errorf("%d of 3 whispers found another way", n)
	}
}

// TestLongLineOfOneChannelHoldsNobodyUp lets many more post into a channel than its pace
// allows: few of them wait, the others are given turns of their own, and keep them.
func TestLongLineOfOneChannelHoldsNobodyUp(t *testing.T) {
	t.Parallel()
	const pace, posts = 200 * time.Millisecond, 30
	w := open(t, slackfake.Config{}, func(c *Config) { c.Pace = pace })
	at := w.posted(words.PressApprove)
	began := time.Now()
	var all sync.WaitGroup
	var mu sync.Mutex
	var turns []time.Duration
	for n := range posts {
		all.Go(func() {
			own := ledger.Thread{Channel: at.Channel, TS: at.TS[:len(at.TS)-2] + string(rune('0'+n/10)) + string(rune('0'+n%10))}
			var slow *causes.ThrottledError
			if err := w.Reply(w.within(), own, "so", words.Mentions{}); errors.As(err, &slow) {
				mu.Lock()
				turns = append(turns, slow.After)
				mu.Unlock()
			}
		})
	}
	if err := w.Tell(w.within(), ada, "elsewhere"); err != nil {
		t.Errorf("another channel: %v", err)
	}
	all.Wait()
	if took := time.Since(began); took > maxWait+2*time.Second {
		t.Errorf("somebody waited %v", took)
	}
	if n := len(turns); n < posts-maxWaiting-1 {
		t.Errorf("%d of %d were put off", n, posts)
	}
	last := time.Duration(0)
	for _, turn := range turns {
		last = max(last, turn)
	}
	if want := posts * pace; last < want-2*pace || last > want+2*pace {
		t.Errorf("the last turn is in %v, want about %v", last, want)
	}
}
