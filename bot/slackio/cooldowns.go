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

// cooldowns keeps until when Slack does not want a method called. It is about the method in the
// whole workspace, whatever channel or person the call was about. Behind a 429 that does not
// say until when there is no rest: it is an error that passes, and its caller backs off.
type cooldowns struct {
	cooldown.Book
	warning sync.Mutex // a rest is logged by one of those who were asked for it
}

// startCooldown leaves a method alone for as long as Slack asks, or for cooldown.Longest.
func (s *Client) startCooldown(method string, d time.Duration) {
	s.cooldowns.warning.Lock()
	defer s.cooldowns.warning.Unlock()
	known := s.cooldowns.Left(method) > cooldown.Long
	if until := s.cooldowns.Begin(method, d); d > cooldown.Long && !known {
		s.Log.Warn("asked to be left alone", "service", "Slack", "method", method, "until", until)
	}
}

// callUnlessCooling makes a call of a method, unless Slack wants it left alone: then nothing is sent,
// nobody waits, and the caller learns when to come back.
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

// throttled is slack-go's error of an answer that asks to wait, nil where it does not.
func throttled(resp *http.Response) error {
	if resp.StatusCode != http.StatusTooManyRequests {
		return nil
	}
	if wait, err := strconv.Atoi(resp.Header.Get("Retry-After")); err == nil {
		return &slack.RateLimitedError{RetryAfter: time.Duration(wait) * time.Second}
	}
	return slack.StatusCodeError{Code: resp.StatusCode, Status: resp.Status}
}
