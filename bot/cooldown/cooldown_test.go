package cooldown

import (
	"net/http"
	"testing"
	"time"
)

func TestRetryAfter(t *testing.T) {
	now := time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)
	for header, want := range map[string]time.Duration{
		"":           0,
		"1":          time.Second,
		" 30 ":       30 * time.Second,
		"2400":       40 * time.Minute,
		"95.249":     96 * time.Second,
		"0.2":        time.Second,
		"0":          0,
		"-1":         0,
		"-0.5":       0,
		"NaN":        0,
		"Inf":        0,
		"1e300":      0,
		"soon":       0,
		"1800000000": 0, // a date in seconds
		now.Add(90 * time.Second).Format(http.TimeFormat):    90 * time.Second,
		now.Add(-90 * time.Second).Format(http.TimeFormat):   0,
		now.AddDate(20, 0, 0).Format(http.TimeFormat):        0,
		"2026-11-26T12:01:00Z":                               0,
		"99999999999999999999999999999999999999999999999999": 0,
	} {
		if got := RetryAfter(header, now); got != want {
			t.Errorf("%q: %v, want %v", header, got, want)
		}
	}
}

func TestARestIsKeptAndBounded(t *testing.T) {
	now := time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)
	b := Book{Now: func() time.Time { return now }}
	b.Begin("a", time.Minute)
	b.Begin("a", time.Second) // makes it no shorter
	b.Begin("b", time.Hour)
	for key, want := range map[string]time.Duration{"a": time.Minute, "b": Longest, "c": 0} {
		if got := b.Left(key); got != want {
			t.Errorf("%s: %v, want %v", key, got, want)
		}
	}
	now = now.Add(Longest)
	if got := b.Left("b"); got != 0 {
		t.Errorf("over, and %v are left", got)
	}
}
