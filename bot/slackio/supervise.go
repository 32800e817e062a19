package slackio

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"github.com/slack-go/slack"
	"golang.org/x/time/rate"

	"cloudpc-bot/bot/cooldown"
	"cloudpc-bot/bot/intake"
)

const (
	soon    = time.Second     // first pause after a connection that failed or was short
	later   = time.Minute     // longest of those pauses
	minutes = 2 * time.Minute // pause after Slack said that it wants no socket of ours
	steady  = 30 * time.Second

	opening = "apps.connections.open"
)

// opens keeps the sockets from being asked for too often, whatever ends them: never more than
// two in a second, over all of them, and no more than ten a minute where that goes on for long,
// as with a peer that politely asks for a refresh each time.
type opens struct{ burst, steady *rate.Limiter }

func newOpens() opens {
	return opens{rate.NewLimiter(rate.Every(1250*time.Millisecond), 2), rate.NewLimiter(rate.Every(6*time.Second), 100)}
}

// turn waits until a socket may be asked for. Slack's wish for a rest is about all of them.
func (s *Client) turn(ctx context.Context, o opens) error {
	for {
		if err := o.steady.Wait(ctx); err != nil {
			return err
		}
		if err := o.burst.Wait(ctx); err != nil {
			return err
		}
		left := s.cooldowns.Left(opening)
		if left == 0 {
			return nil
		}
		sleep(ctx, left+jitter(min(left/4, 5*time.Second))) // not all processes at once
	}
}

// Receive keeps the sockets up and hands what they bring to h.
func (s *Client) Receive(ctx context.Context, h intake.Handler) error {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	opens := newOpens()
	var sockets sync.WaitGroup
	for range s.Connections {
		sockets.Go(func() { s.keep(ctx, h, opens, &sockets) })
	}
	var err error
	select {
	case <-ctx.Done():
	case err = <-s.fatal:
		stop(err)
	}
	sockets.Wait()
	s.after.Wait()
	return err
}

// keep has one socket open at a time, and for a moment two: the predecessor goes when the
// successor is greeted, and not before, however long that takes.
func (s *Client) keep(ctx context.Context, h intake.Handler, opens opens, sockets *sync.WaitGroup) {
	var before []*socket // that live still
	for t := (trouble{}); ctx.Err() == nil; {
		if s.turn(ctx, opens) != nil {
			return
		}
		began := time.Now()
		c, err := s.dial(ctx)
		if err != nil {
			s.failed(ctx, err, t.failed())
			continue
		}
		c.replaces = slices.Clone(before)
		sockets.Go(func() { c.serve(h) })
		select {
		case <-c.leaving:
		case <-ctx.Done():
			return
		}
		before = append(slices.DeleteFunc(before, (*socket).ended), c)
		pause := t.ended(c.reason(), time.Since(began))
		if pause > 0 {
			s.Log.Warn("socket not replaced at once", "reason", c.reason(), "pause", pause)
		}
		sleep(ctx, pause)
	}
}

// failed waits after a socket that was not opened, or gives up.
func (s *Client) failed(ctx context.Context, err error, pause time.Duration) {
	var slow *slack.RateLimitedError
	var no slack.SlackErrorResponse
	switch {
	case ctx.Err() != nil:
		return
	case errors.As(err, &slow):
		s.startCooldown(opening, slow.RetryAfter)
		pause = max(pause, cooldown.Cap(slow.RetryAfter))
	case errors.As(err, &no) && rejected(no.Err):
		s.giveUp(&TokenError{"SLACK_APP_TOKEN", no.Err})
		<-ctx.Done()
		return
	}
	s.Log.Warn("socket not opened", "error", withoutURL(err), "pause", pause)
	sleep(ctx, pause)
}

// trouble counts the sockets in a row that were not opened or were short.
type trouble struct{ n int }

// failed is the pause after a socket that was not opened.
func (t *trouble) failed() time.Duration {
	t.n++
	return backOff(t.n)
}

// ended is the pause after a socket that is to be replaced, for a reason or none. A refresh is
// none of the trouble, however soon it comes. What ends without a word may once be chance, and
// a gap is felt; Slack's wish for no socket of ours is heeded.
func (t *trouble) ended(reason string, lasted time.Duration) time.Duration {
	switch {
	case reason == "link_disabled", reason == "too_many_websockets":
		t.n = 0
		return jitter(minutes)
	case reason == "warning", reason == "refresh_requested", reason == itsTime, lasted >= steady:
		t.n = 0
		return 0
	}
	if t.n++; t.n == 1 {
		return 0
	}
	return backOff(t.n - 1)
}

func backOff(failed int) time.Duration {
	return jitter(min(soon<<min(failed-1, 10), later))
}

// jitter spreads a duration by a quarter to either side.
func jitter(d time.Duration) time.Duration { return d - d/4 + rand.N(d/2+1) }

func sleep(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-t.C:
	}
}
