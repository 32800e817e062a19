package skew_test

import (
	"net/http"
	"testing"
	"time"

	"cloudpc-bot/bot/skew"
)

func TestOnlyWhatTheAnswerProvesIsSkew(t *testing.T) {
	sent := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	for _, row := range []struct {
		date time.Duration // after sent
		took time.Duration
		want time.Duration
	}{
		{0, 0, 0},
		{0, 3 * time.Second, 0}, // somewhere in between
		{-time.Second, 100 * time.Millisecond, 0},                // written in the last moment of that second
		{-2 * time.Second, 100 * time.Millisecond, -time.Second}, // behind
		{10 * time.Second, 2 * time.Second, 8 * time.Second},
		{-10 * time.Minute, 2 * time.Second, -10*time.Minute + time.Second},
	} {
		h := http.Header{"Date": {sent.Add(row.date).Format(http.TimeFormat)}}
		if got, ok := skew.Of(h, sent, sent.Add(row.took)); !ok || got != row.want {
			t.Errorf("%v in %v: %v, %v; want %v", row.date, row.took, got, ok, row.want)
		}
	}
	if got := skew.Reading(sent.Add(time.Minute), sent, sent.Add(time.Second)); got != 59*time.Second {
		t.Errorf("a reading: %v", got)
	}
	var l skew.Latest
	l.Note(http.Header{}, sent, sent)
	l.Note(http.Header{"Date": {"yesterday"}}, sent, sent)
	if _, ok := l.Ahead(); ok {
		t.Error("no date, and yet a skew")
	}
	l.Note(http.Header{"Date": {sent.Add(time.Hour).Format(http.TimeFormat)}}, sent, sent)
	if got, ok := l.Ahead(); !ok || got != time.Hour {
		t.Errorf("%v, %v", got, ok)
	}
}
