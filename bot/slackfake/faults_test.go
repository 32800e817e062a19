package slackfake

import (
	"net/http"
	"strings"
	"testing"
	"time"
)

func try(t *testing.T, w *Workspace) (*http.Response, error) {
	t.Helper()
	r, _ := http.NewRequestWithContext(within(t), http.MethodPost, w.URL()+"chat.postMessage", strings.NewReader("channel=C0OPS&text=hi&token="+w.BotToken()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	res, err := http.DefaultTransport.RoundTrip(r)
	if err == nil {
		t.Cleanup(func() { res.Body.Close() })
	}
	return res, err
}

func TestBothLies(t *testing.T) {
	w := open(t, Config{})
	w.Fail("chat.postMessage", Fault{Times: 1, Drop: true})
	if _, err := try(t, w); err == nil || len(w.Messages("C0OPS")) != 0 {
		t.Errorf("failed and nothing happened: %v, %d messages", err, len(w.Messages("C0OPS")))
	}
	w.Fail("chat.postMessage", Fault{Times: 1, DropAfter: true})
	if _, err := try(t, w); err == nil || len(w.Messages("C0OPS")) != 1 {
		t.Errorf("failed and it happened anyway: %v, %d messages", err, len(w.Messages("C0OPS")))
	}
	if _, err := try(t, w); err != nil || len(w.Messages("C0OPS")) != 2 {
		t.Errorf("afterwards: %v", err)
	}
	for i, c := range w.Calls() {
		if want := []string{"dropped", "dropped", ""}[i]; c.Error != want || (c.Status == 0) != (want != "") {
			t.Errorf("call %d is %+v", i, c)
		}
	}
}

func TestFaultsAnswerWithoutActing(t *testing.T) {
	for _, c := range []struct {
		name   string
		fault  Fault
		status int
		code   string
		retry  string
	}{
		{"error", Fault{Error: "fatal_error"}, 200, "fatal_error", ""},
		{"throttled", Fault{RetryAfter: 1500 * time.Millisecond}, 429, "ratelimited", "2"},
		{"throttled by a proxy", Fault{Status: 429}, 429, "ratelimited", ""},
		{"throttled for nothing", Fault{RetryAfterText: "0"}, 429, "ratelimited", "0"},
		{"throttled until a date", Fault{RetryAfterText: "Thu, 26 Nov 2026 12:00:00 GMT"}, 429, "ratelimited", "Thu, 26 Nov 2026 12:00:00 GMT"},
		{"throttled, and the status says fine", Fault{Error: "ratelimited", Status: 200, RetryAfter: 3 * time.Second}, 200, "ratelimited", "3"},
		{"server error", Fault{Status: 503}, 503, "", ""},
		{"error with a status", Fault{Status: 500, Error: "internal_error"}, 500, "internal_error", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := open(t, Config{})
			w.Fail("*", c.fault)
			res := call(t, w, "chat.postMessage", "channel=C0OPS", "text=hi")
			if res.status != c.status || res.body.Error != c.code || res.header.Get("Retry-After") != c.retry || len(w.Messages("C0OPS")) != 0 {
				t.Errorf("%d %s Retry-After %q", res.status, res.raw, res.header.Get("Retry-After"))
			}
			w.Heal()
			call(t, w, "chat.postMessage", "channel=C0OPS", "text=hi").wants(t, "")
		})
	}
	w := open(t, Config{})
	w.Fail("chat.postMessage", Fault{Garbage: true})
	if res := call(t, w, "chat.postMessage", "channel=C0OPS", "text=hi"); res.status != 200 || strings.HasPrefix(res.raw, "{") || len(w.Messages("C0OPS")) != 0 {
		t.Errorf("%d %s", res.status, res.raw)
	}
}

func TestFaultsChooseByChannelAndCount(t *testing.T) {
	w := open(t, Config{})
	w.AddChannel(Channel{ID: "C0TWO", BotIn: true})
	w.Fail("chat.postMessage", Fault{Times: 2, Channel: "C0TWO", Error: "fatal_error"})
	post := func(channel string) response { return call(t, w, "chat.postMessage", "channel="+channel, "text=x") }
	post("C0OPS").wants(t, "")
	post("C0TWO").wants(t, "fatal_error")
	call(t, w, "users.info", "user=U0ADA").wants(t, "")
	post("C0TWO").wants(t, "fatal_error")
	post("C0TWO").wants(t, "")
}

func TestDelayOnlyDelays(t *testing.T) {
	w := open(t, Config{})
	w.Fail("chat.postMessage", Fault{Delay: 20 * time.Millisecond})
	start := time.Now()
	call(t, w, "chat.postMessage", "channel=C0OPS", "text=x").wants(t, "")
	if took := time.Since(start); took < 20*time.Millisecond {
		t.Errorf("it took %v", took)
	}
}

func TestResponseURLsFailToo(t *testing.T) {
	w := open(t, Config{})
	online(t, w)
	w.Fail("response_url", Fault{Times: 1, Status: 500})
	link := w.Type("U0ADA", "C0OPS", "").ResponseURL
	if res := respondTo(t, link, `{"text":"x"}`); res.status != 500 || len(w.Sees("U0ADA")) != 0 {
		t.Errorf("%d %s", res.status, res.raw)
	}
	if res := respondTo(t, link, `{"text":"x"}`); res.status != 200 {
		t.Errorf("%d %s", res.status, res.raw)
	}
}
