package slackio

import (
	"errors"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/slack-go/slack"

	"cloudpc-bot/bot/causes"
	"cloudpc-bot/bot/cooldown"
)

// cooldowns records until when each method must not be called. Slack limits a method for the whole
// workspace, whatever channel or person a call is about (docs.slack.dev/apis/web-api/rate-limits). A
// 429 without a usable Retry-After starts no cooldown: it is an ordinary temporary error, and its
// caller backs off.
type cooldowns struct {
	cooldown.Book
	warning sync.Mutex // makes sure that of several calls that meet the same cooldown only one logs it
}

// startCooldown holds back calls of a method for d, capped at cooldown.Longest.
func (s *Client) startCooldown(method string, d time.Duration) {
	s.cooldowns.warning.Lock()
	defer s.cooldowns.warning.Unlock()
	known := s.cooldowns.Left(method) > cooldown.Long
	until := s.cooldowns.Begin(method, d)
	s.observer().Cooldown("slack", until)
	if d > cooldown.Long && !known {
		s.Log.Warn("Slack asked the bot to wait", "service", "Slack", "method", method, "until", until)
	}
}

// callUnlessCooling runs call, unless the method is cooling down. In that case it sends nothing, does
// not wait, and returns a *causes.ThrottledError that says when to come back.
func (s *Client) callUnlessCooling(method string, call func() error) error {
	if rest := s.cooldowns.Left(method); rest > 0 {
		return &causes.ThrottledError{After: rest}
	}
	err := s.understood(method, call())
	var slow *causes.ThrottledError
	if errors.As(err, &slow) {
		s.startCooldown(method, slow.After)
	}
	return err
}

// throttled returns the error that slack-go would return for a 429, and nil for any other status. A
// 429 without Retry-After is a StatusCodeError.
func throttled(resp *http.Response) error {
	if resp.StatusCode != http.StatusTooManyRequests {
		return nil
	}
	if wait, err := strconv.Atoi(resp.Header.Get("Retry-After")); err == nil {
		return &slack.RateLimitedError{RetryAfter: time.Duration(wait) * time.Second}
	}
	return slack.StatusCodeError{Code: resp.StatusCode, Status: resp.Status}
}
