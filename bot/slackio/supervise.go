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
	soon    = time.Second      // first pause after a connection that failed or did not last
	later   = time.Minute      // longest such pause
	minutes = 2 * time.Minute  // pause after Slack said that it does not want another socket (link_disabled, too_many_websockets)
	steady  = 30 * time.Second // a connection that lasted this long was not short

	opening = "apps.connections.open"
)

// opens limits how often sockets are requested, over all connections and whatever ended them: never more
// than two in a second, and ten a minute in the long run, after a burst of 100. The second limit is for a
// peer that asks for a refresh every time, which counts as no failure. The numbers are ours: Slack's
// reference puts apps.connections.open in Tier 3, which is 50 calls a minute
// (docs.slack.dev/reference/methods/apps.connections.open, docs.slack.dev/apis/web-api/rate-limits), and
// the comments of its Python SDK in Tier 1, which is one.
type opens struct{ burst, steady *rate.Limiter }

func newOpens() opens {
	return opens{rate.NewLimiter(rate.Every(1250*time.Millisecond), 2), rate.NewLimiter(rate.Every(6*time.Second), 100)}
}

// turn waits until a socket may be requested. A cooldown of apps.connections.open holds back all
// connections.
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
		sleep(ctx, left+jitter(min(left/4, 5*time.Second))) // so that not all processes come back at once
	}
}

// Receive keeps the sockets open and hands every envelope to h, several at once. It returns nil when ctx
// ends, after the running handlers, their acknowledgements and what follows those. It returns an error,
// for instance a *TokenError, if Slack rejects the bot for good.
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

// keep keeps one socket open, and briefly two: the predecessor is retired when the successor has received
// its hello, and not before, however long that takes.
func (s *Client) keep(ctx context.Context, h intake.Handler, opens opens, sockets *sync.WaitGroup) {
	var before []*socket // predecessors that are still open
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
		c.replaces, c.stopping = slices.Clone(before), ctx.Done()
		sockets.Go(func() { c.serve(h) })
		select {
		case <-c.leaving:
		case <-ctx.Done():
			return
		}
		s.observer().Reconnected(observedReason(c.reason()))
		before = append(slices.DeleteFunc(before, (*socket).ended), c)
		pause := t.ended(c.reason(), time.Since(began))
		if pause > 0 {
			s.Log.Warn("the bot did not replace a socket at once", "service_reason", c.reason(), "pause", pause)
		}
		sleep(ctx, pause)
	}
}

// failed pauses after a socket could not be opened. If Slack rejects the app token, it ends Receive.
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
	s.observer().Reconnected("not_opened")
	s.Log.Warn("Slack did not open a socket", "error", withoutURL(err), "pause", pause)
	sleep(ctx, pause)
}

// trouble counts consecutive sockets that could not be opened or did not last.
type trouble struct{ n int }

// failed returns the pause after a socket that could not be opened.
func (t *trouble) failed() time.Duration {
	t.n++
	return backOff(t.n)
}

// ended returns the pause before a socket is replaced; reason may be empty. A refresh is never counted
// as trouble, however soon it comes. A short socket that ends without a reason is replaced at once the
// first time, since that may be chance and people notice the gap. If Slack says that it does not want
// another socket, the pause is about two minutes.
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

// jitter returns a random duration within a quarter of d to either side.
func jitter(d time.Duration) time.Duration { return d - d/4 + rand.N(d/2+1) }

func sleep(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-t.C:
	}
}
