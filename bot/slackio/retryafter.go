package slackio

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"strconv"
	"time"

	"cloudpc-bot/bot/cooldown"
)

// retryAfter is a transport that answers with nothing but what slack-go understands of a wish to
// wait: status 429 and a Retry-After of whole seconds. slack-go takes "0" for a wait of none,
// fails over a fraction, a date or text, and does not look at the header where the status is 200.
// Behind it a wish that makes no sense is an answer without the header.
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

// limited reports whether an answer with status 200 says in its body that it is none.
func limited(resp *http.Response) bool {
	if resp.StatusCode != http.StatusOK {
		return false
	}
	body := resp.Body
	raw, err := io.ReadAll(io.LimitReader(body, longestAnswer))
	resp.Body = struct { // as if nobody had read it
		io.Reader
		io.Closer
	}{io.MultiReader(bytes.NewReader(raw), body), body}
	var verdict struct {
		OK    bool   `json:"ok"`
		Error string `json:"error"`
	}
	return err == nil && json.Unmarshal(raw, &verdict) == nil && !verdict.OK && limit(verdict.Error)
}

// limit reports whether Slack's error says that it was asked too often.
func limit(code string) bool { return code == "ratelimited" || code == "rate_limited" }
