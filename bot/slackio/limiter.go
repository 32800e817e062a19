package slackio

import (
	"context"
	"slices"
	"sync"
	"time"

	"cloudpc-bot/bot/causes"
	"cloudpc-bot/bot/cooldown"
)

const (
	maxWait    = 2 * time.Second      // the longest that a caller blocks in enter
	maxWaiting = 3                    // how many callers may block per channel at once; a blocked caller is a worker less for everything else
	maxLate    = 2 * time.Second      // a caller that comes back later than this may be overtaken
	turnKept   = 2 * cooldown.Longest // how long a place is kept for a caller that does not come back
)

// channelLimiter allows one post into a channel at a time, and the next one at least every later.
//
// A caller whose turn is far off does not block. It gets a place in the channel's queue and a
// *causes.ThrottledError that says when to come back, so that one busy channel does not tie up the
// workers of all others. The time to come back is a little before the turn, so that a small delay
// does not waste the turn.
type channelLimiter struct {
	every time.Duration // minimum time from one answer to the next post; 0 = no limit

	mu    sync.Mutex       // guards all lanes
	lanes map[string]*lane // by channel id
}

// lane is the queue of one channel.
type lane struct {
	slot   chan struct{} // held by the caller that posts
	freeAt time.Time     // no post before this time
	turns  []*turn       // in order of arrival
}

// turn is one caller's place in a lane, kept until the post is done. Nobody who came later is let in
// first, unless this caller is late in coming back; then others may overtake it, but it keeps its
// place.
type turn struct {
	who    string    // what the post is about; see Client.post
	inside bool      // the caller is blocked in enter, or posting
	due    time.Time // when the caller is to come back, while not inside
}

// enter returns when the caller may post into the channel. The caller must call leave when the post is
// over: with true if it is done, with false if it will be tried again, which keeps the place. enter
// fails with *causes.ThrottledError if the turn is not soon, and with ctx's error if ctx ends.
func (p *channelLimiter) enter(ctx context.Context, channel, who string) (leave func(done bool), err error) {
	if p.every <= 0 {
		return func(bool) {}, nil
	}
	l, own, err := p.admit(channel, who)
	if err != nil {
		return nil, err
	}
	select {
	case l.slot <- struct{}{}:
	case <-ctx.Done():
		p.leave(l, own, false)
		return nil, ctx.Err()
	}
	p.mu.Lock()
	timer := time.NewTimer(time.Until(l.freeAt))
	p.mu.Unlock()
	defer timer.Stop()
	select {
	case <-timer.C:
		return func(done bool) {
			p.mu.Lock()
			l.freeAt = time.Now().Add(p.every) // counted from the answer, since requests can overtake one another on the wire
			p.mu.Unlock()
			p.leave(l, own, done)
			<-l.slot
		}, nil
	case <-ctx.Done():
		p.leave(l, own, false)
		<-l.slot
		return nil, ctx.Err()
	}
}

// admit lets the caller in to wait for its turn, or fails with the time to come back. Either way the
// caller has a place in the lane afterwards.
func (p *channelLimiter) admit(channel, who string) (*lane, *turn, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.lanes == nil {
		p.lanes = map[string]*lane{}
	}
	l := p.lanes[channel]
	if l == nil {
		l = &lane{slot: make(chan struct{}, 1)}
		p.lanes[channel] = l
	}
	now := time.Now()
	own, ahead := l.place(who, now)
	wait := max(0, l.freeAt.Sub(now)) + time.Duration(ahead)*p.every
	if ahead < maxWaiting && wait <= maxWait {
		own.inside = true
		return l, own, nil
	}
	early := min(maxWait*3/4, p.every*3/2)
	after := max(wait-early, min(p.every, early))
	own.due = now.Add(after)
	return nil, nil, &causes.ThrottledError{After: after}
}

// place finds the caller's place, or appends one, and counts the posts that go first. It drops the
// places of callers that did not come back within turnKept.
func (l *lane) place(who string, now time.Time) (own *turn, ahead int) {
	l.turns = slices.DeleteFunc(l.turns, func(p *turn) bool { return !p.inside && now.Sub(p.due) > turnKept })
	for _, p := range l.turns {
		switch {
		case own == nil && !p.inside && p.who == who:
			own = p
		case p.inside, own == nil && now.Sub(p.due) <= maxLate:
			ahead++
		}
	}
	if own == nil {
		own = &turn{who: who}
		l.turns = append(l.turns, own)
	}
	return own, ahead
}

// leave ends a caller's turn. If the post is done, the place is freed; otherwise it is kept for the
// next attempt.
func (p *channelLimiter) leave(l *lane, own *turn, done bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	own.inside, own.due = false, time.Now()
	if done {
		l.turns = slices.DeleteFunc(l.turns, func(p *turn) bool { return p == own })
	}
}
