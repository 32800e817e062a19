// Package cooldown implements "come back later" for Slack, Graph and Entra: it parses a Retry-After
// header, caps the wait, and remembers which calls to hold back until when.
//
// A cooldown that a service asks for is not a failure. A caller that meets one comes back when it
// has ended, and does not increase its back-off.
//
// Cooldowns are kept in memory, per process: another replica learns of one by meeting it itself.
package cooldown

import (
	"math"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Longest caps the cooldown that one Retry-After can cause for a read or a post. Whatever the
// service says, the bot tries again after five minutes, for as long as the result is still needed.
// Only the call that erases a machine waits for as long as Graph asks; if that is too long, the bot
// gives up the call.
const Longest = 5 * time.Minute

// Long is the threshold for the log: a longer cooldown is worth a warning to operators.
const Long = time.Minute

// nonsense is too long to be a wait. A number this large is a Unix timestamp or a typo.
const nonsense = 365 * 24 * time.Hour

// RetryAfter parses a Retry-After header: a number of seconds, with a fraction rounded up, or an
// HTTP date (RFC 9110, section 10.2.3). Slack documents whole seconds
// (docs.slack.dev/apis/web-api/rate-limits), but proxies may send anything. A value that makes no
// sense (0, negative, a Unix timestamp, text, a date in the past) counts as a missing header: the
// result is zero, and the caller applies its own back-off.
func RetryAfter(header string, now time.Time) time.Duration {
	header = strings.TrimSpace(header)
	if seconds, err := strconv.ParseFloat(header, 64); err == nil {
		if !(seconds > 0 && seconds < nonsense.Seconds()) { // NaN fails both comparisons
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

// Cap limits a cooldown for reads and posts to [Longest].
func Cap(d time.Duration) time.Duration { return min(d, Longest) }

// Book records until when each key is cooling down. What a key stands for, such as a method or a
// host, is the caller's choice. The zero value is ready to use; a Book is safe for concurrent use.
type Book struct {
	Now func() time.Time // nil = time.Now

	mu    sync.Mutex
	until map[string]time.Time
}

// most is the number of keys at which Begin starts to drop the cooldowns that have ended. It is
// not a hard limit: running cooldowns are never dropped.
const most = 4096

func (b *Book) now() time.Time {
	if b.Now == nil {
		return time.Now()
	}
	return b.Now()
}

// Left returns how long the key's cooldown still lasts, or zero if there is none.
func (b *Book) Left(key string) time.Duration {
	b.mu.Lock()
	defer b.mu.Unlock()
	return max(0, b.until[key].Sub(b.now()))
}

// Begin starts a cooldown of d for the key, capped at [Longest]. It never shortens a cooldown that
// is already running. It returns the time at which the cooldown ends.
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
