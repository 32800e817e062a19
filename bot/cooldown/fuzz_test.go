package cooldown

import (
	"testing"
	"time"
)

func FuzzRetryAfter(f *testing.F) {
	for _, s := range []string{"", "0", "-1", "7", "1.5", "1767225600", "Wed, 26 Nov 2026 12:00:30 GMT", "soon", "99999999999999999999", "+3", "0x10", " 5 "} {
		f.Add(s)
	}
	now := time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, header string) {
		if d := RetryAfter(header, now); d < 0 {
			t.Errorf("%q asks to wait for %v", header, d)
		}
	})
}
