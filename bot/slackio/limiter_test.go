package slackio

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/slack-go/slack"

	"cloudpc-bot/bot/causes"
)

// street is one channel that many post into, who come back when they are told to.
type street struct {
	channelLimiter
	mu     sync.Mutex
	came   int
	posted []string // in this order
	late   map[string]time.Duration
}

const (
	pause  = time.Second
	answer = 80 * time.Millisecond // of Slack's, to a post
)

func newStreet() *street {
	return &street{channelLimiter: channelLimiter{every: pause}, late: map[string]time.Duration{}}
}

// post comes until who has posted. Before each try it does what is given, and when it comes
// back it is somewhat late. Their turn is when they were told to come back at first.
func (s *street) post(t *testing.T, who string, before func(), late time.Duration) {
	s.mu.Lock()
	s.came++
	s.mu.Unlock()
	var turn time.Time
	for {
		before()
		leave, err := s.enter(t.Context(), "C0OPS", who)
		var slow *causes.ThrottledError
		switch {
		case errors.As(err, &slow) && slow.After > 0:
			if turn.IsZero() { // nobody could know how long the answers of those before take
				turn = time.Now().Add(time.Duration(slow.After.Seconds() * float64(pause+answer)))
			}
			time.Sleep(slow.After + late)
			continue
		case err != nil:
			t.Errorf("%s: %v", who, err)
			return
		case turn.IsZero():
			turn = time.Now()
		}
		s.mu.Lock()
		s.posted = append(s.posted, who)
		s.late[who] = time.Since(turn)
		s.mu.Unlock()
		time.Sleep(answer)
		leave(true)
		return
	}
}

// inTurn fails where somebody posted later than by most after their turn, and where they all
// together took longer than the pace allows.
func (s *street) inTurn(t *testing.T, began time.Time, most time.Duration) {
	t.Helper()
	if len(s.posted) != s.came {
		t.Errorf("%d of %d have posted", len(s.posted), s.came)
	}
	for who, late := range s.late {
		if late > most {
			t.Errorf("%s posted %v after their turn", who, late)
		}
	}
	if took, want := time.Since(began), time.Duration(s.came)*(pause+answer); took > want+most {
		t.Errorf("%d posts took %v, want %v", s.came, took, want)
	}
}

// The bot asks for the channel before each post. Here every third question is throttled for a
// second, and whoever is late by that does not lose their turn.
func TestEverybodyPostsInTurnThoughLookUpsAreThrottled(t *testing.T) {
	for _, people := range []int{10, 30, 100} {
		synctest.Test(t, func(t *testing.T) {
			s, began := newStreet(), time.Now()
			c := &Client{Config: Config{Log: newLogs().logger()}}
			places, asked := lookups[int]{op: "conversations.info", now: time.Now}, 0
			lookUp := func() {
				for {
					_, err := places.get(t.Context(), "C0OPS", true, func(context.Context) (int, error) {
						return 0, c.callUnlessCooling("conversations.info", func() error {
							time.Sleep(30 * time.Millisecond)
							if asked++; asked%3 == 0 {
								return &slack.RateLimitedError{RetryAfter: time.Second}
							}
							return nil
						})
					})
					var slow *causes.ThrottledError
					if !errors.As(err, &slow) {
						return
					}
					time.Sleep(slow.After)
				}
			}
			var all sync.WaitGroup
			for i := range people {
				all.Go(func() { s.post(t, fmt.Sprint("R-", i), lookUp, 20*time.Millisecond) })
				synctest.Wait()
			}
			all.Wait()
			s.inTurn(t, began, 5*time.Second)
			if asked < people/2 {
				t.Errorf("%d questions", asked)
			}
		})
	}
}

func TestNewcomersOvertakeNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, began := newStreet(), time.Now()
		var all sync.WaitGroup
		for i := range 15 { // each of them comes back late, each time
			all.Go(func() { s.post(t, fmt.Sprint("first-", i), func() {}, 1500*time.Millisecond) })
			synctest.Wait()
		}
		for i := range 40 {
			all.Go(func() { s.post(t, fmt.Sprint("new-", i), func() {}, 0) })
			synctest.Wait()
			time.Sleep(200 * time.Millisecond)
		}
		all.Wait()
		s.inTurn(t, began, 5*time.Second)
	})
}

func TestAPlaceIsKeptOverALongRest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, began := newStreet(), time.Now()
		var all sync.WaitGroup
		over := began.Add(5*time.Minute + 3*time.Second)
		rest := func() { // chat.postMessage wants to be left alone, once all have come
			if time.Since(began) > 0 {
				time.Sleep(time.Until(over))
			}
		}
		for i := range 20 {
			all.Go(func() { s.post(t, fmt.Sprint("first-", i), rest, 0) })
			synctest.Wait()
		}
		time.Sleep(time.Until(over) + time.Millisecond) // when the others have come back
		for i := range 20 {
			all.Go(func() { s.post(t, fmt.Sprint("new-", i), func() {}, 0) })
			synctest.Wait()
		}
		all.Wait()
		first := slices.IndexFunc(s.posted, func(who string) bool { return strings.HasPrefix(who, "new") })
		if first != 20 {
			t.Errorf("somebody new posted as number %d: %v", first+1, s.posted)
		}
		if took, want := time.Since(over), 40*(pause+answer)+3*time.Second; took > want {
			t.Errorf("took %v, want at most %v", took, want)
		}
	})
}

func TestWhoDoesNotComeBackHoldsUpNobodyForLong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStreet()
		gone := 0
		for i := range 20 { // another process posts for them
			leave, err := s.enter(t.Context(), "C0OPS", fmt.Sprint("gone-", i))
			if err == nil {
				leave(true)
				continue
			}
			gone++
		}
		began := time.Now()
		s.post(t, "stays", func() {}, 0)
		if took, most := time.Since(began), time.Duration(gone+1)*(pause+answer)+maxLate; took > most {
			t.Errorf("waited %v, want at most %v", took, most)
		}
		began = time.Now()
		s.post(t, "next", func() {}, 0)
		if took := time.Since(began); took > 2*pause {
			t.Errorf("the next one waited %v", took)
		}
		time.Sleep(turnKept + time.Minute)
		s.post(t, "last", func() {}, 0)
		if n := len(s.lanes["C0OPS"].turns); n != 0 {
			t.Errorf("%d places are kept for ever", n)
		}
	})
}

func TestAPostThatComesToNothingKeepsItsPlace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, began := newStreet(), time.Now()
		leave, err := s.enter(t.Context(), "C0OPS", "first")
		if err != nil {
			t.Fatal(err)
		}
		var all sync.WaitGroup
		for i := range 10 {
			all.Go(func() { s.post(t, fmt.Sprint("R-", i), func() {}, 0) })
			synctest.Wait()
		}
		leave(false) // Slack asked to wait for a second
		time.Sleep(time.Second)
		s.post(t, "first", func() {}, 0)
		if took := time.Since(began); took > 5*time.Second {
			t.Errorf("who was first has posted after %v", took)
		}
		all.Wait()
	})
}

// Whatever the pace, whoever comes back when told to is in before long, and the pace is kept.
func TestAnyPaceIsKept(t *testing.T) {
	for _, every := range []time.Duration{20 * time.Millisecond, 200 * time.Millisecond, 2 * time.Second, 10 * time.Second} {
		synctest.Test(t, func(t *testing.T) {
			p := channelLimiter{every: every}
			var mu sync.Mutex
			var last time.Time
			most, tries := 0, 0
			var all sync.WaitGroup
			began := time.Now()
			for i := range 20 {
				all.Go(func() {
					for n := 1; ; n++ {
						came := time.Now()
						leave, err := p.enter(t.Context(), "C0OPS", fmt.Sprint(i))
						var slow *causes.ThrottledError
						if errors.As(err, &slow) && slow.After > 0 {
							time.Sleep(slow.After)
							continue
						}
						mu.Lock()
						if err != nil || !last.IsZero() && time.Since(last) < every || time.Since(came) > maxWait+maxWaiting*every/2 {
							t.Errorf("pace %v: %v after the last one, %v after coming: %v", every, time.Since(last), time.Since(came), err)
						}
						most, tries = max(most, n), tries+n
						last = time.Now()
						mu.Unlock()
						leave(true)
						return
					}
				})
			}
			all.Wait()
			if took := time.Since(began); took > 20*every+time.Second {
				t.Errorf("pace %v: 20 took %v", every, took)
			}
			if most > 4 {
				t.Errorf("pace %v: somebody tried %d times, all %d", every, most, tries)
			}
		})
	}
}

func TestWhoLeavesTheLineIsNotWaitedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := channelLimiter{every: time.Second}
		leave, err := p.enter(t.Context(), "C0OPS", "first")
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		left := make(chan error)
		go func() { _, err := p.enter(ctx, "C0OPS", "second"); left <- err }()
		synctest.Wait()
		cancel()
		if err := <-left; !errors.Is(err, context.Canceled) {
			t.Errorf("who left: %v", err)
		}
		leave(true)
		if leave, err = p.enter(t.Context(), "C0OPS", "third"); err != nil {
			t.Fatal(err)
		}
		leave(true)
	})
}
