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
	dwell = 2 * time.Second      // the longest that somebody stands in a line
	queue = 3                    // and how many do at once; who waits there is a hand less for all else
	late  = 2 * time.Second      // who comes back later than that has let others pass
	kept  = 2 * cooldown.Longest // how long a place is kept for who does not come back
)

// pace lets one post into a channel at a time, and the next one so much later. Whose turn is
// far off does not stand and wait: they are given a place and come back for it, so that a long
// line of one channel holds up nobody else. They are told to come a little before their turn, so
// that a moment's delay on their way costs nobody a turn.
type pace struct {
	every time.Duration

	mu    sync.Mutex // guards all lines
	lines map[string]*line
}

// line is where the posts of one channel wait.
type line struct {
	door   chan struct{} // held by who posts
	free   time.Time     // before it nobody posts
	places []*place      // by who came first
}

// place is somebody's in a line, until they have posted. Nobody who came behind them goes in
// before them, unless they are late; then others may pass, but do not take the place.
type place struct {
	who    string
	inside bool      // they stand here, or post
	due    time.Time // when they are to come back; while they are not inside
}

// enter comes back when who may post into a channel. They say the end of that by leave, and
// whether it is done: if not, they come again. It fails with *bot.ThrottledError when their
// turn is not soon.
func (p *pace) enter(ctx context.Context, channel, who string) (leave func(done bool), err error) {
	if p.every <= 0 {
		return func(bool) {}, nil
	}
	l, own, err := p.admit(channel, who)
	if err != nil {
		return nil, err
	}
	select {
	case l.door <- struct{}{}:
	case <-ctx.Done():
		p.leave(l, own, false)
		return nil, ctx.Err()
	}
	p.mu.Lock()
	timer := time.NewTimer(time.Until(l.free))
	p.mu.Unlock()
	defer timer.Stop()
	select {
	case <-timer.C:
		return func(done bool) {
			p.mu.Lock()
			l.free = time.Now().Add(p.every) // from the answer on: calls overtake one another on their way
			p.mu.Unlock()
			p.leave(l, own, done)
			<-l.door
		}, nil
	case <-ctx.Done():
		p.leave(l, own, false)
		<-l.door
		return nil, ctx.Err()
	}
}

// admit lets somebody into the line, or says when to come back to the place they have there.
func (p *pace) admit(channel, who string) (*line, *place, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.lines == nil {
		p.lines = map[string]*line{}
	}
	l := p.lines[channel]
	if l == nil {
		l = &line{door: make(chan struct{}, 1)}
		p.lines[channel] = l
	}
	now := time.Now()
	own, ahead := l.place(who, now)
	wait := max(0, l.free.Sub(now)) + time.Duration(ahead)*p.every
	if ahead < queue && wait <= dwell {
		own.inside = true
		return l, own, nil
	}
	early := min(dwell*3/4, p.every*3/2)
	after := max(wait-early, min(p.every, early))
	own.due = now.Add(after)
	return nil, nil, &causes.ThrottledError{After: after}
}

// place is somebody's place, the last one if they had none, and how many post before them.
func (l *line) place(who string, now time.Time) (own *place, ahead int) {
	l.places = slices.DeleteFunc(l.places, func(p *place) bool { return !p.inside && now.Sub(p.due) > kept })
	for _, p := range l.places {
		switch {
		case own == nil && !p.inside && p.who == who:
			own = p
		case p.inside, own == nil && now.Sub(p.due) <= late:
			ahead++
		}
	}
	if own == nil {
		own = &place{who: who}
		l.places = append(l.places, own)
	}
	return own, ahead
}

// leave takes somebody out of the line, who has posted, or else comes back when they can.
func (p *pace) leave(l *line, own *place, done bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	own.inside, own.due = false, time.Now()
	if done {
		l.places = slices.DeleteFunc(l.places, func(p *place) bool { return p == own })
	}
}
