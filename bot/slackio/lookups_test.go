package slackio

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/slack-go/slack"

	"cloudpc-bot/bot/causes"
	"cloudpc-bot/bot/cooldown"
)

// oracle is a method of Slack's that takes a second for each answer, and answers with how
// many questions it was sent.
type oracle struct {
	lookups[int]
	mu    sync.Mutex
	asked map[string]int
	fails map[int]error // by number of the question
	takes time.Duration
}

func newOracle() *oracle {
	return &oracle{lookups: lookups[int]{op: "test", now: time.Now}, asked: map[string]int{}, fails: map[int]error{}, takes: time.Second}
}

func (o *oracle) ask(ctx context.Context, key string, fresh bool) (int, error) {
	return o.get(ctx, key, fresh, func(ctx context.Context) (int, error) {
		o.mu.Lock()
		o.asked[key]++
		n := o.asked[key]
		o.mu.Unlock()
		t := time.NewTimer(o.takes)
		defer t.Stop()
		select {
		case <-t.C:
			return n, o.fails[n]
		case <-ctx.Done():
			return 0, ctx.Err()
		}
	})
}

// told is what somebody who asked was told.
type told struct {
	n    int
	err  error
	took time.Duration
}

// asks puts a question and says where the answer will be.
func (o *oracle) asks(ctx context.Context, key string, fresh bool) <-chan told {
	c := make(chan told, 1)
	began := time.Now()
	go func() {
		n, err := o.ask(ctx, key, fresh)
		c <- told{n, err, time.Since(began)}
	}()
	synctest.Wait()
	return c
}

func (o *oracle) wants(t *testing.T, c <-chan told, n int, took time.Duration) {
	t.Helper()
	if got := <-c; got.n != n || got.err != nil || got.took != took {
		t.Errorf("got %d, %v after %v; want %d after %v", got.n, got.err, got.took, n, took)
	}
}

func TestWhoComesWhileAQuestionIsUnderWaySharesTheNextOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newOracle()
		first := o.asks(t.Context(), "k", true)
		time.Sleep(300 * time.Millisecond)
		var later []<-chan told
		for range 30 {
			later = append(later, o.asks(t.Context(), "k", true))
		}
		o.wants(t, first, 1, time.Second)
		for _, c := range later {
			o.wants(t, c, 2, 1700*time.Millisecond)
		}
		if o.asked["k"] != 2 {
			t.Errorf("%d questions for 31 who asked", o.asked["k"])
		}
	})
}

func TestWhoNeedsNoFreshAnswerTakesWhatThereIs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newOracle()
		first := o.asks(t.Context(), "k", true)
		time.Sleep(300 * time.Millisecond)
		joins := o.asks(t.Context(), "k", false)
		o.wants(t, first, 1, time.Second)
		o.wants(t, joins, 1, 700*time.Millisecond)
		fresh := o.asks(t.Context(), "k", true) // is under way
		o.wants(t, o.asks(t.Context(), "k", false), 1, 0)
		o.wants(t, fresh, 2, time.Second)
		time.Sleep(lookupTTL - time.Second - 1) // since the second was sent
		o.wants(t, o.asks(t.Context(), "k", false), 2, 0)
		time.Sleep(time.Nanosecond)
		o.wants(t, o.asks(t.Context(), "k", false), 3, time.Second)
	})
}

func TestNewsOvertakesAQuestion(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newOracle()
		before := []<-chan told{o.asks(t.Context(), "k", true), o.asks(t.Context(), "k", false)}
		other := o.asks(t.Context(), "other", true)
		time.Sleep(300 * time.Millisecond)
		waits := o.asks(t.Context(), "k", true)
		time.Sleep(300 * time.Millisecond)
		o.forget("k")
		behind := []<-chan told{o.asks(t.Context(), "k", true), o.asks(t.Context(), "k", false)}
		for _, c := range before {
			o.wants(t, c, 2, 2*time.Second)
		}
		o.wants(t, waits, 2, 1700*time.Millisecond)
		for _, c := range behind {
			o.wants(t, c, 2, 1400*time.Millisecond)
		}
		o.wants(t, other, 1, time.Second)
		for key, want := range map[string]int{"k": 2, "other": 1} { // news of one are none of the other
			if n, err := o.ask(t.Context(), key, false); n != want || err != nil || o.asked[key] != want {
				t.Errorf("%s: %d, %v after %d questions, want %d", key, n, err, o.asked[key], want)
			}
		}
	})
}

func TestNewsOfWhatIsKnownIsHeeded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newOracle()
		o.wants(t, o.asks(t.Context(), "k", false), 1, time.Second)
		o.forget("k")
		o.wants(t, o.asks(t.Context(), "k", false), 2, time.Second)
	})
}

func TestNewsThatNobodyWaitsForIsNoQuestion(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newOracle()
		ctx, leave := context.WithCancel(t.Context())
		c := o.asks(ctx, "k", true)
		waits := o.asks(ctx, "k", true)
		o.forget("k")
		leave()
		for _, c := range []<-chan told{c, waits} {
			if got := <-c; !errors.Is(got.err, context.Canceled) {
				t.Errorf("who left: %v", got.err)
			}
		}
		time.Sleep(time.Minute)
		synctest.Wait()
		if o.asked["k"] != 1 || len(o.open) != 0 {
			t.Errorf("%d questions, %d open", o.asked["k"], len(o.open))
		}
		o.wants(t, o.asks(t.Context(), "k", false), 2, time.Second) // what was overtaken is not known
	})
}

func TestWhoLeavesEndsNoQuestion(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newOracle()
		ctx, leave := context.WithCancel(t.Context())
		leaves, waits := o.asks(ctx, "k", true), o.asks(ctx, "k", true)
		stays, next := o.asks(t.Context(), "k", false), o.asks(t.Context(), "k", true)
		time.Sleep(300 * time.Millisecond)
		leave()
		for _, c := range []<-chan told{leaves, waits} {
			if got := <-c; !errors.Is(got.err, context.Canceled) || got.took != 300*time.Millisecond {
				t.Errorf("who left: %+v", got)
			}
		}
		o.wants(t, stays, 1, time.Second)
		o.wants(t, next, 2, 2*time.Second)
	})
}

func TestAFailureIsSharedByThoseWhoWaitedForItOnly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newOracle()
		o.fails[1] = errors.New("500")
		both := []<-chan told{o.asks(t.Context(), "k", true), o.asks(t.Context(), "k", false)}
		next := o.asks(t.Context(), "k", true)
		for _, c := range both {
			if got := <-c; !errors.Is(got.err, o.fails[1]) {
				t.Errorf("got %+v", got)
			}
		}
		o.wants(t, next, 2, 2*time.Second)
	})
}

func TestEachQuestionHasATimeOfItsOwn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newOracle()
		o.takes = time.Hour
		first := o.asks(t.Context(), "k", true)
		time.Sleep(300 * time.Millisecond)
		next := o.asks(t.Context(), "k", true)
		for c, want := range map[<-chan told]time.Duration{first: lookupTimeout, next: 2*lookupTimeout - 300*time.Millisecond} {
			if got := <-c; !errors.Is(got.err, context.DeadlineExceeded) || got.took != want {
				t.Errorf("got %+v, want to wait %v", got, want)
			}
		}
	})
}

// A rest of the method is told at once to whoever waits, and is over when it is over.
func TestNoQuestionIsSentWhileTheMethodRests(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &Client{Config: Config{Log: newLogs().logger(), Now: time.Now}, cooldowns: cooldowns{Book: cooldown.Book{Now: time.Now}}}
		l, sent := lookups[int]{op: "test", now: time.Now}, 0
		ask := func(context.Context) (n int, err error) {
			err = s.callUnlessCooling("test", func() error {
				sent++
				n = sent
				time.Sleep(time.Second)
				if n == 2 {
					return &slack.RateLimitedError{RetryAfter: 10 * time.Second}
				}
				return nil
			})
			return n, err
		}
		get := func(key string, fresh bool, want int, rest time.Duration) {
			t.Helper()
			n, err := l.get(t.Context(), key, fresh, ask)
			var slow *causes.ThrottledError
			if rest > 0 && (!errors.As(err, &slow) || slow.After != rest) || rest == 0 && (err != nil || n != want) {
				t.Errorf("%s: %d, %v; want %d, or to wait %v", key, n, err, want, rest)
			}
		}
		get("known", false, 1, 0)
		var all sync.WaitGroup
		for i := range 30 {
			all.Go(func() { get(fmt.Sprint(i%3), true, 0, 10*time.Second) })
			synctest.Wait()
			if i == 0 { // the others find the method resting
				time.Sleep(time.Second)
				synctest.Wait()
			}
		}
		all.Wait()
		time.Sleep(4 * time.Second)
		get("known", false, 1, 0)
		get("known", true, 0, 6*time.Second)
		if sent != 2 {
			t.Errorf("%d questions", sent)
		}
		time.Sleep(6 * time.Second)
		get("known", true, 3, 0)
	})
}

// Whoever comes and goes, and whatever is heard meanwhile: nobody gets an answer that was
// asked for before them, or before the news, and everybody gets one.
func TestFreshIsNoOlderThanTheAskerAndTheNews(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := lookups[time.Time]{op: "test", now: time.Now}
		var mu sync.Mutex
		var news time.Time
		var all sync.WaitGroup
		for i := range 200 {
			all.Go(func() {
				time.Sleep(time.Duration(i*37%1000) * time.Millisecond)
				if i%10 == 0 {
					mu.Lock()
					news = time.Now()
					l.forget("k")
					mu.Unlock()
				}
				came := time.Now()
				sent, err := l.get(t.Context(), "k", true, func(context.Context) (time.Time, error) {
					sent := time.Now()
					time.Sleep(13 * time.Millisecond)
					return sent, nil
				})
				mu.Lock()
				defer mu.Unlock()
				if err != nil || sent.Before(came) || sent.Before(news) && news.Before(time.Now()) {
					t.Errorf("sent %v, came %v, news %v: %v", sent, came, news, err)
				}
			})
		}
		all.Wait()
		if len(l.open) != 0 {
			t.Errorf("%d are open", len(l.open))
		}
	})
}
