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
	maxWait    = 2 * time.Second      // the longest that somebody stands in a line
	maxWaiting = 3                    // and how many do at once; who waits there is a hand less for all else
	maxLate    = 2 * time.Second      // who comes back later than that has let others pass
	turnKept   = 2 * cooldown.Longest // how long a place is kept for who does not come back
)

// channelLimiter lets one post into a channel at a time, and the next one so much later. Whose turn is
// far off does not stand and wait: they are given a place and come back for it, so that a long
// line of one channel holds up nobody else. They are told to come a little before their turn, so
// that a moment's delay on their way costs nobody a turn.
type channelLimiter struct {
	every time.Duration

	mu    sync.Mutex // guards all lines
	lanes map[string]*lane
}

// lane is where the posts of one channel wait.
type lane struct {
	slot   chan struct{} // held by who posts
	freeAt time.Time     // before it nobody posts
	turns  []*turn       // by who came first
}

// turn is somebody's in a line, until they have posted. Nobody who came behind them goes in
// before them, unless they are late; then others may pass, but do not take the place.
type turn struct {
	who    string
	inside bool      // they stand here, or post
	due    time.Time // when they are to come back; while they are not inside
}

// enter comes back when who may post into a channel. They say the end of that by leave, and
// whether it is done: if not, they come again. It fails with *causes.ThrottledError when their
// turn is not soon.
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
			l.freeAt = time.Now().Add(p.every) // from the answer on: calls overtake one another on their way
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

// admit lets somebody into the line, or says when to come back to the place they have there.
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

// turn is somebody's place, the last one if they had none, and how many post before them.
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

// leave takes somebody out of the line, who has posted, or else comes back when they can.
func (p *channelLimiter) leave(l *lane, own *turn, done bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	own.inside, own.due = false, time.Now()
	if done {
		l.turns = slices.DeleteFunc(l.turns, func(p *turn) bool { return p == own })
	}
}
