package bot_test

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"cloudpc-bot/bot/ledger"
	"cloudpc-bot/bot/slackfake"
	"cloudpc-bot/graph/graphfake"
)

// rests writes down when a method asked to be left alone, and who did not do it.
type rests struct {
	mu    sync.Mutex
	asked map[string]time.Time // when the newest wish was answered
	broke []string
	times int
}

const rest = 2 * time.Second // of every wish

// onCall leaves a quarter of a second to what was on its way already when the answer came.
func (r *rests) onCall(c slackfake.Call, phase string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch now := time.Now(); {
	case phase == slackfake.Answered && c.Status == http.StatusTooManyRequests:
		r.asked[c.Method] = now
		r.times++
	case phase == slackfake.Arrived:
		if since := now.Sub(r.asked[c.Method]); since > rest/8 && since < rest {
			r.broke = append(r.broke, fmt.Sprintf("%s was called %v after it asked for %v", c.Method, since, rest))
		}
	}
}

// TestAHundredRequestsAreToldToTheEnd is a channel in which far more happens than Slack
// takes, while both services throttle.
func TestAHundredRequestsAreToldToTheEnd(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		rooms  int
		pace   time.Duration
		within time.Duration
	}{
		"one channel, sped up":            {1, 15 * time.Millisecond, 3 * time.Minute},
		"25 channels, a message a second": {25, time.Second, 3 * time.Minute},
		"one channel, a message a second": {1, time.Second, 15 * time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			if row.within > 3*time.Minute && os.Getenv("CHAOS_REQUESTS") == "" {
				t.Skip("SKIPPED: it takes minutes; make chaos runs it")
			}
			if row.rooms > 1 && testing.Short() {
				t.Skip("SKIPPED: it takes 10 s; make test runs it, and the race run has the same code in one channel")
			}
			t.Parallel()
			ctx, cancel := context.WithTimeout(t.Context(), row.within)
			defer cancel()
			hundredTold(ctx, t, row.rooms, row.pace, row.within/2)
		})
	}
}

func hundredTold(ctx context.Context, t *testing.T, rooms int, pace, waits time.Duration) {
	const requests = 100
	w := newWorld(ctx, t, "sqlite", func(c *slackfake.Config) { c.Pace = float64(time.Second) / float64(pace) })
	w.waits = waits
	w.set["APPROVALS"], w.set["REQUESTERS"], w.set["SLACK_PACE"], w.set["FOLLOW_INTERVAL"] = "1", "cem", pace.String(), "200ms"
	for n := range rooms {
		w.slack.AddChannel(slackfake.Channel{ID: room(n), Name: room(n), BotIn: true, Members: []string{user("ada"), user("ben"), user("cem")}})
	}
	if err := w.start(); err != nil {
		t.Fatal(err)
	}
	heeded := &rests{asked: map[string]time.Time{}}
	w.slack.OnCall(heeded.onCall)
	eyes := w.open()
	throttle := func() {
		for _, method := range []string{"chat.postMessage", "chat.update"} {
			w.slack.Fail(method, slackfake.Fault{RetryAfter: rest, Times: 1})
		}
	}
	for n := range requests {
		name := fmt.Sprintf("CPC-%03d", n)
		w.tenant.Add(graphfake.CloudPC{DisplayName: name, Status: "provisioned", UserPrincipalName: "dan@example.com"})
		if _, err := w.slack.Type(user("cem"), room(n%rooms), name).WaitAck(ctx); err != nil {
			t.Fatal(err)
		}
	}
	waiting := w.pending(eyes, requests)
	w.tenant.Fail(graphfake.Match{Kind: graphfake.Reprovision}, graphfake.Fault{Status: http.StatusTooManyRequests, RetryAfter: time.Second, Times: 20})
	roots := func() (all []slackfake.Message) {
		for n := range rooms {
			all = append(all, slices.DeleteFunc(w.slack.Messages(room(n)), func(m slackfake.Message) bool { return m.ThreadTS != "" })...)
		}
		return all
	}
	cards := map[string]slackfake.Message{}
	for _, m := range roots() {
		cards[m.TS] = m
	}
	if len(cards) != requests {
		t.Errorf("%d cards stand", len(cards))
	}
	throttle()
	for _, r := range waiting {
		if _, err := w.slack.Press(user("ben"), cards[r.Card.TS], "approve").WaitAck(ctx); err != nil {
			t.Fatal(err)
		}
	}
	w.reach(eyes, ledger.Provisioning, requests)
	throttle()
	for _, r := range waiting {
		w.tenant.Finish(r.Target.ID, "provisioned")
	}
	w.reach(eyes, ledger.Succeeded, requests, w.told)

	inOrder := regexp.MustCompile(`^Approved by @ben\.\n(Not erased yet: [^\n]*\n)?Accepted by Microsoft\.[^\n]*\n(@cem )?Done\. [^\n]*$`)
	for _, m := range roots() {
		if !strings.Contains(m.Plain(), " was rebuilt in ") || len(m.Buttons()) > 0 {
			t.Errorf("the card shows: %s", m.Plain())
		}
		if told := strings.Join(w.replies(m), "\n"); !inOrder.MatchString(told) {
			t.Errorf("the thread tells:\n%s", told)
		}
	}
	if n := len(w.tenant.Posts()); n != requests+20 {
		t.Errorf("%d POSTs", n)
	}
	for _, broke := range heeded.broke {
		t.Error(broke)
	}
	if heeded.times != 4 { // more were for its pace
		t.Errorf("Slack asked to wait %d times", heeded.times)
	}
}
