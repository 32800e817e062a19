package bot_test

import (
	"context"
	"regexp"
	"strings"
	"testing"
	"time"

	"cloudpc-bot/bot/words"
)

// TestToldAgainItSaysTheSame tells a whole story a second time, from its events and the request as it is at
// the end: each audience would read the same words. So a cursor that was lost repeats a message and
// contradicts none. Only progress changes as time goes by.
func TestToldAgainItSaysTheSame(t *testing.T) {
	t.Parallel()
	for end, lines := range map[string][]string{
		"ready": {
			"ben presses Approve", "dan can say not now", "time passes 31 minutes", "graph saw POST …", "graph says provisioning", "time passes 3 minutes",
			"graph says provisioned", "time passes 3 minutes", "thread later Done.", "dan sees ready again",
		},
		"failed":  {"ben presses Approve", "dan can say not now", "time passes 31 minutes", "graph saw POST …", "graph says failed", "time passes 20 minutes", "card Failed.", "dan sees erased, but"},
		"vetoed":  {"ben presses Approve", "dan can say not now", "dan presses the notice of dan", "thread later said “not now”", "dan sees Thanks"},
		"denied":  {"ben presses Approve", "dan can say not now", "ben presses Deny", "thread later Denied", "dan sees will not be erased for now"},
		"expired": {"time passes 3 hours", "time passes 6 hours", "thread later Expired"},
	} {
		t.Run(end, func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			w := newWorld(ctx, t, "sqlite")
			for _, line := range append([]string{
				"set APPROVALS=1", "set NOTIFY_OWNER=true", "set OWNER_NOTICE=30m", "ada types /reprovision CPC-ada os=windows11", "card Needs … approval",
			}, lines...) {
				if err := w.say(line); err != nil {
					t.Fatalf("%s: %v\n%s", line, err, w.picture())
				}
			}
			w.settled()
			eyes := w.open()
			r := w.all(eyes)[0]
			events, err := eyes.Events(ctx, r.ID, 0)
			if err != nil {
				t.Fatal(err)
			}
			var thread, private strings.Builder
			for _, m := range w.slack.Messages(r.Card.Channel) {
				if m.ThreadTS == r.Card.TS {
					thread.WriteString(m.Text + "\n")
				}
			}
			for _, m := range w.slack.Messages(w.slack.DM(user("dan"))) {
				private.WriteString(m.Text + "\n")
			}
			said := 0
			for _, e := range events {
				for audience, was := range map[string]*strings.Builder{"thread": &thread, "owner": &private} {
					line, ok := words.ThreadLine(r, e)
					if audience == "owner" {
						line, ok = words.OwnerLine(r, e, words.Links{})
						ok = ok && !r.Announced.IsZero()
					}
					if !ok {
						continue
					}
					if said++; !strings.Contains(named(was.String()), named(string(line))) {
						t.Errorf("%s, to the %s: told again it says %q; it was said:\n%s", e.Kind, audience, line, was)
					}
				}
			}
			if said < len(events)/3 {
				t.Errorf("only %d lines of %d events were looked at", said, len(events))
			}
		})
	}
}

var aMention = regexp.MustCompile(`<@U_(\w+)>`)

// named is a text with names instead of mentions: who is not called is shown by their name.
func named(text string) string {
	return aMention.ReplaceAllStringFunc(text, func(m string) string { return "@" + strings.ToLower(aMention.FindStringSubmatch(m)[1]) })
}
