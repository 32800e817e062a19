package slackio

import (
	"context"
	"sync"
	"time"

	"cloudpc-bot/bot"
)

const (
	dwell = 2 * time.Second // the longest that somebody stands in a line
	queue = 3               // and how many do at once; who waits there is a hand less for all else
)

// pace lets one post into a channel at a time, and the next one so much later. Whose turn is
// far off does not stand and wait: they are given a turn and come back for it, so that a long
// line of one channel holds up nobody else.
type pace struct {
	every time.Duration

	mu    sync.Mutex // guards all lines
	lines map[string]*line
}

// line is where the posts of one channel wait.
type line struct {
	door   chan struct{}        // held by who posts
	inside int                  // who stands here, the one who posts included
	free   time.Time            // before it nobody posts
	next   time.Time            // the first turn that is nobody's yet
	turns  map[string]time.Time // whose turn is when, of those who were put off
}

// enter comes back when who may post into a channel, which they say the end of by leave. It
// fails with *bot.ThrottledError when their turn is not soon.
func (p *pace) enter(ctx context.Context, channel, who string) (leave func(), err error) {
	if p.every <= 0 {
		return func() {}, nil
	}
	l, err := p.admit(channel, who)
	if err != nil {
		return nil, err
	}
	select {
	case l.door <- struct{}{}:
	case <-ctx.Done():
		p.leave(l)
		return nil, ctx.Err()
	}
	p.mu.Lock()
	timer := time.NewTimer(time.Until(l.free))
	p.mu.Unlock()
	defer timer.Stop()
	select {
	case <-timer.C:
		return func() {
			p.mu.Lock()
			l.free = time.Now().Add(p.every) // from the answer on: calls overtake one another on their way
			p.mu.Unlock()
			p.leave(l)
			<-l.door
		}, nil
	case <-ctx.Done():
		p.leave(l)
		<-l.door
		return nil, ctx.Err()
	}
}

// admit lets somebody into the line, or gives them a turn to come back for, which they keep.
func (p *pace) admit(channel, who string) (*line, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.lines == nil {
		p.lines = map[string]*line{}
	}
	l := p.lines[channel]
	if l == nil {
		l = &line{door: make(chan struct{}, 1), turns: map[string]time.Time{}}
		p.lines[channel] = l
	}
	now := time.Now()
	turn, has := l.turns[who]
	if !has {
		turn = now
		if l.next.After(now) {
			turn = l.next
		}
		l.next = turn.Add(p.every)
	}
	wait := max(turn.Sub(now), l.free.Sub(now), time.Duration(l.inside)*p.every)
	if wait > dwell || l.inside >= queue {
		l.forget(now)
		l.turns[who] = now.Add(wait)
		return nil, &bot.ThrottledError{After: wait}
	}
	delete(l.turns, who)
	l.inside++
	return l, nil
}

func (p *pace) leave(l *line) {
	p.mu.Lock()
	defer p.mu.Unlock()
	l.inside--
}

// forget drops the turns of those who have not come back: another process did it for them.
func (l *line) forget(now time.Time) {
	for who, turn := range l.turns {
		if now.Sub(turn) > time.Minute {
			delete(l.turns, who)
		}
	}
}
