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

// rests keeps until when Slack does not want a method called. It is about the method in the
// whole workspace, whatever channel or person the call was about. Behind a 429 that does not
// say until when there is no rest: it is an error that passes, and its caller backs off.
type rests struct {
	cooldown.Book
	warning sync.Mutex // a rest is logged by one of those who were asked for it
}

// rest leaves a method alone for as long as Slack asks, or for cooldown.Longest.
func (s *Client) rest(method string, d time.Duration) {
	s.rests.warning.Lock()
	defer s.rests.warning.Unlock()
	known := s.rests.Left(method) > cooldown.Long
	if until := s.rests.Begin(method, d); d > cooldown.Long && !known {
		s.Log.Warn("asked to be left alone", "service", "Slack", "method", method, "until", until)
	}
}

// calling makes a call of a method, unless Slack wants it left alone: then nothing is sent,
// nobody waits, and the caller learns when to come back.
func (s *Client) calling(method string, call func() error) error {
	if rest := s.rests.Left(method); rest > 0 {
		return &causes.ThrottledError{After: rest}
	}
	err := s.understood(method, call())
	var slow *causes.ThrottledError
	if errors.As(err, &slow) {
		s.rest(method, slow.After)
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
