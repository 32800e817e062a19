package slackio

import (
	"net/http"
	"strconv"
	"time"

	"cloudpc-bot/bot/cooldown"
)

// retryAfter is a transport that rewrites throttling answers into the one form that slack-go handles:
// status 429 with Retry-After in whole seconds. slack-go reads "0" as no wait at all, returns a parse
// error for a fraction, a date or text, and ignores the header of an answer with status 200. If the
// header makes no sense, retryAfter removes it.
type retryAfter struct {
	next http.RoundTripper
	now  func() time.Time
}

func (t retryAfter) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := t.next.RoundTrip(req)
	if err != nil || resp.Header.Get("Retry-After") == "" {
		return resp, err
	}
	switch wait := cooldown.RetryAfter(resp.Header.Get("Retry-After"), t.now()); {
	case wait == 0:
		resp.Header.Del("Retry-After")
	case resp.StatusCode == http.StatusTooManyRequests || limited(resp):
		resp.StatusCode, resp.Status = http.StatusTooManyRequests, "429 Too Many Requests"
		resp.Header.Set("Retry-After", strconv.FormatInt(int64((wait+time.Second-1)/time.Second), 10))
	}
	return resp, nil
}

// limited reports whether an answer with status 200 says in its body that the call was rate limited. It
// leaves the body readable.
func limited(resp *http.Response) bool {
	return resp.StatusCode == http.StatusOK && limit(verdictOf(resp).code)
}

// limit reports whether Slack's error code is one of the two spellings of "rate limited". rate_limited is
// that of chat.postMessage (docs.slack.dev/reference/methods/chat.postMessage).
func limit(code string) bool { return code == "ratelimited" || code == "rate_limited" }
