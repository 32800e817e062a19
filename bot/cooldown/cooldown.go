// Package cooldown is the one notion of "come back later" that Slack, Graph and Entra share:
// what a Retry-After says, for how long it is heeded, and what is left alone meanwhile.
//
// A rest that a service asks for is no failure: whoever meets one comes back when it is over
// and grows no back-off by it.
package cooldown

import (
	"math"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Longest is for how long one Retry-After keeps a read or a post away: whatever a service says,
// it is asked again after that, until the purpose of asking ends. Only the call that erases a
// machine waits for as long as Graph asks, and is given up where that is too long.
const Longest = 5 * time.Minute

// Long is a rest that operators should hear of.
const Long = time.Minute

// nonsense is no time to wait any more: it is a date in seconds since 1970, or a typo.
const nonsense = 365 * 24 * time.Hour

// RetryAfter reads the header of that name: seconds, with a fraction rounded up, or a date as
// HTTP writes it (RFC 9110, 10.2.3). What makes no sense (0, negative, a date in seconds, text,
// a date that has passed) is read like a missing header: it is zero, and the caller backs off.
func RetryAfter(header string, now time.Time) time.Duration {
	header = strings.TrimSpace(header)
	if seconds, err := strconv.ParseFloat(header, 64); err == nil {
		if !(seconds > 0 && seconds < nonsense.Seconds()) { // NaN is neither
			return 0
		}
		return time.Duration(math.Ceil(seconds)) * time.Second
	}
	if date, err := http.ParseTime(header); err == nil {
		if d := date.Sub(now); d > 0 && d < nonsense {
			return d
		}
	}
	return 0
}

// Cap is for how long a rest is heeded by whoever reads or posts.
func Cap(d time.Duration) time.Duration { return min(d, Longest) }

// Book keeps what is to be left alone, by key, and until when. The zero value is ready.
type Book struct {
	Now func() time.Time // nil = time.Now

	mu    sync.Mutex
	until map[string]time.Time
}

// most is how many keys a book remembers; beyond it those that are over are dropped first.
const most = 4096

func (b *Book) now() time.Time {
	if b.Now == nil {
		return time.Now()
	}
	return b.Now()
}

// Left is for how long a key is still to be left alone, zero when it need not be.
func (b *Book) Left(key string) time.Duration {
	b.mu.Lock()
	defer b.mu.Unlock()
	return max(0, b.until[key].Sub(b.now()))
}

// Begin leaves a key alone for d, or for Longest if that is sooner. A rest under way is never
// made shorter. It returns the moment at which the rest ends.
func (b *Book) Begin(key string, d time.Duration) time.Time {
	b.mu.Lock()
	defer b.mu.Unlock()
	now := b.now()
	if b.until == nil {
		b.until = map[string]time.Time{}
	}
	if len(b.until) >= most {
		for k, end := range b.until {
			if !end.After(now) {
				delete(b.until, k)
			}
		}
	}
	end := now.Add(Cap(d))
	if end.After(b.until[key]) {
		b.until[key] = end
	}
	return b.until[key]
}
