// Package skew reads from a service's answers how far its clock is from this machine's.
//
// It cannot tell which of the two is wrong; if several services agree, it is this machine's.
package skew

import (
	"net/http"
	"sync/atomic"
	"time"
)

// Of returns how far the clock behind an answer's Date header is ahead of this machine's; negative is
// behind. sent and received are this machine's times of the request and its answer. A Date has whole
// seconds (www.rfc-editor.org/rfc/rfc9110#section-5.6.7) and was written at some moment in between, so
// several values fit: Of returns the one nearest to zero, and a slow answer never looks like skew. It
// reports false if the header is missing or cannot be read.
func Of(h http.Header, sent, received time.Time) (ahead time.Duration, ok bool) {
	at, err := http.ParseTime(h.Get("Date"))
	if err != nil {
		return 0, false
	}
	return between(at, at.Add(time.Second), sent, received), true
}

// Reading is [Of] for a clock that was read exactly, such as a database's.
func Reading(at, sent, received time.Time) (ahead time.Duration) {
	return between(at, at, sent, received)
}

// between returns the skew nearest to zero, if a clock showed a time from earliest to latest at a
// moment from sent to received.
func between(earliest, latest, sent, received time.Time) time.Duration {
	return max(earliest.Sub(received), min(latest.Sub(sent), 0))
}

// Latest is the skew that the latest dated answer showed. The zero value knows nothing. It is safe for
// concurrent use.
type Latest struct{ ahead atomic.Pointer[time.Duration] }

// Note takes over what an answer shows; see [Of].
func (l *Latest) Note(h http.Header, sent, received time.Time) {
	if ahead, ok := Of(h, sent, received); ok {
		l.ahead.Store(&ahead)
	}
}

// Ahead returns how far the service's clock is ahead of this machine's; false = no answer was dated.
func (l *Latest) Ahead() (time.Duration, bool) {
	if ahead := l.ahead.Load(); ahead != nil {
		return *ahead, true
	}
	return 0, false
}
