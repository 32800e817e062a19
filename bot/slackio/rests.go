package slackio

import (
	"errors"
	"sync"
	"time"

	"cloudpc-bot/bot"
)

// rests keeps until when Slack does not want a method called. It is about the method in the
// whole workspace, whatever channel or person the call was about.
type rests struct {
	now   func() time.Time
	mu    sync.Mutex
	until map[string]time.Time
}

// left is how long a method is still to be left alone.
func (r *rests) left(method string) time.Duration {
	r.mu.Lock()
	defer r.mu.Unlock()
	return max(0, r.until[method].Sub(r.now()))
}

func (r *rests) begin(method string, d time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.until == nil {
		r.until = map[string]time.Time{}
	}
	if end := r.now().Add(d); end.After(r.until[method]) {
		r.until[method] = end
	}
}

// calling makes a call of a method, unless Slack wants it left alone: then nothing is sent,
// nobody waits, and the caller learns when to come back.
func (s *Client) calling(method string, call func() error) error {
	if rest := s.rests.left(method); rest > 0 {
		return &bot.ThrottledError{After: rest}
	}
	err := s.understood(method, call())
	var slow *bot.ThrottledError
	if errors.As(err, &slow) {
		s.rests.begin(method, slow.After)
	}
	return err
}
